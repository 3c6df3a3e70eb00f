import { gzipSync } from 'node:zlib';
import { exchange } from '@tests/support/raw-http';
import { describe, test } from 'vitest';
import { operations } from '@/http/api';
import { expectRefusal, LONG, type Refusal, serveAccount } from './account';

const { caller, rows, send, server } = serveAccount();

const writing = operations.filter(({ method, path }) => method !== 'GET' && !path.startsWith('/api/auth/'));
/** The forms of the others have tests of their own, in tests/http/uploads. */
const takingJson = writing.filter(({ upload }) => !upload);
const addressOf = (path: string) => path.replace('{id}', rows().notifications[0] ?? '');

describe.each(takingJson.map(({ method, path }) => [method, path] as const))('the body of %s %s', (method, path) => {
  const at = () => addressOf(path);

  test.each([
    ['no JSON', 'nonsense', 400],
    ['half a JSON', '{"a":', 400],
    ['a list', '[]', 400],
    ['null', 'null', 400],
    ['a text', '"a"', 400],
    ['an unknown field', '{"user_id":"00000000-0000-4000-8000-000000000000"}', 400],
    ['a name twice', '{"a":1,"a":2}', 400],
    ['__proto__', '{"__proto__":{"admin":true}}', 400],
    ['constructor.prototype', '{"constructor":{"prototype":{"admin":true}}}', 400],
    ['NUL', '{"a":"\\u0000"}', 400],
    ['a lone surrogate', '{"a":"\\ud800"}', 400],
    ['1e400', '{"a":1e400}', 400],
    ['40 digits', `{"a":${'1234567890'.repeat(4)}}`, 400],
    ['depth 33', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, 400],
    ['depth 10,000', '{"a":'.repeat(10_000), 400],
    ['1,001 names', `{${Array.from({ length: 1_001 }, (_, i) => `"k${i}":1`).join(',')}}`, 400],
    ['100,000 names', `{${Array.from({ length: 100_000 }, (_, i) => `"${i}":1`).join(',')}}`, 413],
    ['more than 64 kB', `{"a":"${'x'.repeat(70_000)}"}`, 413],
  ])('%s', async (_, text, status) => {
    expectRefusal(await send(method, at(), text), status);
  });

  test('bytes that are not UTF-8', async () => {
    expectRefusal(await send(method, at(), new Uint8Array([0x7b, 0xff, 0x7d])), 400, /UTF-8/);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/json', ''])(
    'as %s',
    async (type) => {
      expectRefusal(await send(method, at(), '{}', { 'content-type': type }), 415, /Content-Type: application\/json/);
    },
  );

  test('compressed', async () => {
    expectRefusal(await send(method, at(), gzipSync('{}'), { 'content-encoding': 'gzip' }), 415, /Content-Encoding/);
  });
});

test.each(writing.map(({ method, path }) => [method, path] as const))(
  '%s %s asked for by a page of another site with a cookie',
  async (method, path) => {
    const headers = { cookie: caller().cookie, 'sec-fetch-site': 'cross-site' };
    const response = await fetch(server().url + addressOf(path), { method, headers });
    expectRefusal({ status: response.status, body: (await response.json()) as Refusal }, 403);
  },
);

describe('PATCH /api/me', () => {
  test.each([
    ['{}', /timezone, currency or both/],
    ['{"timezone":"Europe/Nowhere"}', /^timezone: send the name of a zone/],
    ['{"timezone":""}', /^timezone/],
    ['{"timezone":1}', /^timezone: send a text/],
    ['{"timezone":null}', /^timezone: send a text/],
    [`{"timezone":"${LONG}"}`, /^timezone/],
    ['{"currency":"usd"}', /^currency: send three capital letters/],
    ['{"curency":"USD"}', /did you mean "currency"/],
    ['{"email":"a@b.c"}', /"email"/],
  ])('%.60s', async (text, sentence) => {
    expectRefusal(await send('PATCH', '/api/me', text), 400, sentence);
  });

  test('without a body', async () => {
    expectRefusal(await send('PATCH', '/api/me', null), 400);
  });
});

describe('POST /api/notifications/read-all', () => {
  test.each([
    '{}',
    '{"up_to":1}',
    '{"up_to":""}',
    '{"up_to":"x"}',
    '{"up_to":"000000000000.99999999999999999999999"}',
    '{"upto":"x"}',
  ])('%s', async (text) => expectRefusal(await send('POST', '/api/notifications/read-all', text), 400, /up_to/));
});

test('headers over 16 kB are 431, in our shape', async () => {
  const { host } = new URL(server().url);
  const long = await exchange(
    server().url,
    `GET /api/costs HTTP/1.1\r\nHost: ${host}\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`,
  );
  expectRefusal({ status: long.status, body: JSON.parse(long.body) }, 431);
});

test('bytes that are no HTTP are 400, in our shape', async () => {
  const broken = await exchange(server().url, 'nonsense\r\n\r\n');
  expectRefusal({ status: broken.status, body: JSON.parse(broken.body) }, 400);
});
