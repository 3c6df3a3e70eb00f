import { gzipSync } from 'node:zlib';
import { exchange } from '@tests/support/raw-http';
import { expect, test } from 'vitest';
import { ANNA, BEARER, contentOf, serveSamples } from './samples';

const { call, send, url } = serveSamples();

test.each([
  ['/api/things?perod=week', 'did you mean "period"?'],
  ['/api/things?limit=1&limit=2', 'twice'],
  ['/api/things?limit=abc', 'limit: send a whole number.'],
  ['/api/things?limit=', 'limit: send a whole number.'],
  ['/api/things?period=day', 'period: send week or month.'],
  ['/api/things?period=%00', 'NUL'],
  ['/api/things?period=%', 'percent-encoding'],
  ['/api/things?__proto__=1', 'There is no parameter "__proto__"'],
])('%s is 400 and says why', async (path, sentence) => {
  expect(await contentOf(await call(path))).toMatchObject({ status: 400, details: expect.stringContaining(sentence) });
});

test.each(['x', `${ANNA}x`, '%00', '..%2f..', 'null', '1; drop table users'])('the id %s is 400', async (id) => {
  const response = await call(`/api/things/${id}`, { method: 'PATCH' });
  expect(await contentOf(response)).toMatchObject({ status: 400, error: 'Bad request' });
});

test('a body that fits reaches the verb', async () => {
  const response = await send('/api/things', '{"name":"a","tags":{"team":"b"}}', {
    'content-type': 'Application/JSON; charset="UTF-8"',
  });
  expect(await contentOf(response)).toMatchObject({ status: 201, data: { name: 'a', tags: { team: 'b' } } });
});

test.each([
  ['{"name":1}', 'name: send a text.'],
  ['{}', 'name: missing, send a text.'],
  ['{"name":"a","nam":"b"}', 'did you mean "name"?'],
  ['{"name":"a","tags":{"x":1}}', 'tags.x: send a text.'],
  ['{"name":"aaaaaaaaaaaaaaaaaaaaa"}', 'name: send at most 20 characters.'],
  ['[]', 'no object'],
  ['null', 'no object'],
  ['{"name":"a","name":"b"}', 'twice'],
  ['{"name":"\\u0000"}', 'NUL'],
  ['{"name":"\\ud800"}', 'surrogate'],
  ['{"__proto__":{}}', '__proto__'],
  ['nonsense', 'not JSON'],
])('the body %s is 400', async (text, sentence) => {
  expect(await contentOf(await send('/api/things', text))).toMatchObject({
    status: 400,
    details: expect.stringContaining(sentence),
  });
});

test('bytes that are not UTF-8 are 400', async () => {
  const response = await send('/api/things', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]));
  expect(await contentOf(response)).toMatchObject({ status: 400, details: expect.stringContaining('UTF-8') });
});

test.each([
  ['text/plain', {}],
  ['application/x-www-form-urlencoded', {}],
  ['multipart/form-data; boundary=x', {}],
  ['application/json; charset=latin1', {}],
  ['application/jsonp', {}],
  ['application/json', { 'content-encoding': 'gzip' }],
])('a body as %s %o is 415', async (type, headers) => {
  const response = await send('/api/things', gzipSync('{"name":"a"}'), { 'content-type': type, ...headers });
  expect(response.status).toBe(415);
});

test('a content type is asked for only where there is a body', async () => {
  expect((await call(`/api/things/${ANNA}`, { method: 'PATCH' })).status).toBe(200);
  expect((await call(`/api/things/${ANNA}`, { method: 'PATCH', body: '{}' })).status).toBe(415);
  const headers = { 'content-type': 'application/json' };
  expect((await call(`/api/things/${ANNA}`, { method: 'PATCH', body: '{}', headers })).status).toBe(200);
  expect((await call(`/api/things/${ANNA}`, { method: 'PATCH', body: '{"x":1}', headers })).status).toBe(400);
});

test('a body over the limit is 413, and the connection serves the next request', async () => {
  for (const size of [201, 70_000, 900_000]) {
    expect((await send('/api/things', 'x'.repeat(size))).status).toBe(413);
    expect((await send('/api/things', '{"name":"a"}')).status).toBe(201);
  }
});

test('a body without an announced length is 413 as soon as it is over the limit', async () => {
  const { host } = new URL(url());
  const head = `POST /api/things HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer good\r\nTransfer-Encoding: chunked\r\n`;
  const answer = await exchange(
    url(),
    `${head}Content-Type: application/json\r\n\r\n${'400\r\n'}${'x'.repeat(1024)}\r\n`,
  );
  expect(answer.status).toBe(413);
  expect(answer.headers.get('connection')).toBe('close');
  expect(answer.ms).toBeLessThan(2_000);
});

test.each([
  ['without a credential', {}, 401],
  ['at an address that does not take it', BEARER, 405],
])('a large body %s does not block the connection', async (_, headers, status) => {
  const path = status === 405 ? '/api/tagged' : '/api/things';
  for (let i = 0; i < 3; i++) {
    const response = await fetch(url() + path, {
      method: 'POST',
      body: 'x'.repeat(500_000),
      headers: headers as Record<string, string>,
    });
    expect(response.status).toBe(status);
    expect((await call('/api/things')).status).toBe(200);
  }
});

test('of an endless body only a bounded part is read', async () => {
  const response = await send('/api/things', 'x'.repeat(20_000_000)).catch((error: Error) => error);
  if (response instanceof Response) expect(response.status).toBe(413);
  expect((await send('/api/things', '{"name":"a"}')).status).toBe(201);
});
