import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { exchange } from '@tests/support/raw-http';
import { type RunningServer, serveRoutes } from '@tests/support/serve-routes';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { Caller, Database } from '@/db/session';
import { handle } from '@/http/handle';
import { createLimiter } from '@/http/limiter';
import { route, unknownAddress } from '@/http/route';
import { type Authentication, provideRuntime, type RuntimeParts } from '@/http/runtime';
import { systemClock } from '@/lib/clock';
import { badInput, conflict, notFound, unauthenticated, unavailable } from '@/lib/errors';
import { asUserId } from '@/lib/ids';
import { createLogger } from '@/lib/log';

const ANNA = '8d0ef0b2-3f6f-4d1c-9a53-1f2f5a0c7e11';
const caller: Caller = { userId: asUserId(ANNA), email: null, sessionId: null, expiresAt: new Date(0) };

/** Knows the token "good" and the cookie "session=good"; "session=old" is refreshed on the way. */
async function authenticate(request: Request): Promise<Authentication> {
  const authorization = request.headers.get('authorization');
  const cookie = request.headers.get('cookie');
  const given = authorization ?? cookie;
  if (given === null) return { caller: null, setCookies: [] };
  if (given === 'session=old') return { caller, setCookies: ['session=good; HttpOnly', 'more=1'] };
  if (given === 'Bearer good' || given === 'session=good') return { caller, setCookies: [] };
  throw unauthenticated('the signature is wrong');
}

const lines: string[] = [];
const parts = (): RuntimeParts => ({
  database: {
    asUser: ({ userId }: Caller) => ({ kind: 'user', userId }),
    asService: () => ({ kind: 'service' }),
  } as unknown as Database,
  authenticate,
  identityFetch: null,
  countPendingMigrations: async () => 0,
  clock: systemClock,
  log: createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } }),
  limiter: createLimiter({ multiplier: 1_000 }),
  publicHost: null,
  version: '0.0.0',
});

const failures = {
  bad: () => badInput('limit: send a whole number.'),
  gone: () => notFound('job'),
  conflict: () => conflict('Send another id.'),
  away: () => unavailable('The database does not answer.', new Error('ECONNREFUSED 10.0.0.7:5432'), 7),
  session: () => unauthenticated('The session has ended.'),
  bug: () => new Error('relation "lora_cost_records" does not exist at character 15'),
  // as thrown by the server's copy of lib/errors, whose class is not that of the routes
  foreign: () =>
    Object.assign(new Error('x'), { name: 'PipelineError', code: 'conflict', details: 'Send another id.' }),
  forged: () => Object.assign(new Error('x'), { name: 'PipelineError', code: 'toString', details: 'no' }),
  number: () => 42,
};

const query = z.object({
  limit: z.string().regex(/^\d+$/, 'send a whole number').transform(Number).default(20),
  period: z.enum(['week', 'month']).optional(),
});
const body = z.strictObject({ name: z.string().max(20), tags: z.record(z.string(), z.string()).optional() });
const failing = z.object({ kind: z.enum(Object.keys(failures) as [keyof typeof failures]) });

const routes = {
  '/api/things': route({
    GET: handle({ query }, async (ctx, input) => ({ user: ctx.userId, kind: ctx.session.kind, ...input })),
    POST: handle({ body, status: 201, maxBytes: 200 }, async (_ctx, input) => input),
  }),
  '/api/things/[id]': route({
    PATCH: handle({ params: z.object({ id: z.uuid() }) }, async (_ctx, { id }) => id),
    DELETE: handle({ params: z.object({ id: z.uuid() }), cache: 'no-store' }, async () => undefined),
  }),
  '/api/tagged': route({
    GET: handle.conditional({}, async (_ctx, _input, known) => ({
      tag: 'v1',
      data: known.includes('v1') ? null : { n: 1 },
    })),
  }),
  '/api/open': route({
    POST: handle({ access: 'public' }, async (ctx, _input, { setCookie }) => {
      setCookie('a=1; HttpOnly');
      return { kind: ctx.session.kind };
    }),
  }),
  '/api/failing': route({
    GET: handle({ query: failing }, async (_ctx, { kind }) => {
      throw failures[kind]();
    }),
  }),
  '/api/[[...unknown]]': unknownAddress(),
};

let server: RunningServer;
beforeAll(async () => {
  server = await serveRoutes(
    Object.entries(routes).map(([address, exports]) => ({ address, load: async () => exports })),
  );
});
afterAll(() => server.close());
beforeEach(() => {
  lines.length = 0;
  provideRuntime(parts());
});

const BEARER = { authorization: 'Bearer good' };
const call = (path: string, init: RequestInit = {}) =>
  fetch(server.url + path, { ...init, headers: { ...BEARER, ...(init.headers as Record<string, string>) } });
const send = (path: string, text: BodyInit, headers: Record<string, string> = {}) =>
  call(path, { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...headers } });
const refusal = async (response: Response) => ({ status: response.status, ...((await response.json()) as object) });

test('a verb gets its account and its parsed input, and its answer leaves in our shape', async () => {
  const response = await call('/api/things?limit=5');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ success: true, data: { user: ANNA, kind: 'user', limit: 5 } });
  expect(response.headers.get('cache-control')).toBe('private, no-cache');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('nothing to say is null, with the declared cache policy', async () => {
  const response = await call(`/api/things/${ANNA}`, { method: 'DELETE' });
  expect(await response.json()).toEqual({ success: true, data: null });
  expect(response.headers.get('cache-control')).toBe('private, no-store');
});

test('a public route looks at no credential, and may send cookies', async () => {
  const response = await call('/api/open', { method: 'POST', headers: { authorization: 'Bearer bad' } });
  expect(await response.json()).toEqual({ success: true, data: { kind: 'service' } });
  expect(response.headers.getSetCookie()).toEqual(['a=1; HttpOnly']);
});

test.each([
  ['nothing', {}],
  ['a bad token', { authorization: 'Bearer bad' }],
  ['a bad cookie', { cookie: 'session=bad' }],
  ['a bad token beside a good cookie', { authorization: 'Bearer bad', cookie: 'session=good' }],
])('%s is 401 in the same words', async (_, headers) => {
  const response = await fetch(`${server.url}/api/things`, { headers: headers as Record<string, string> });
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
  expect(response.headers.get('cache-control')).toBe('private, no-store');
  expect(await refusal(response)).toEqual({
    status: 401,
    error: 'Not signed in',
    details: expect.not.stringMatching(/signature|session|expired/),
  });
});

test('a refreshed session travels with the answer, also when the answer is a refusal', async () => {
  for (const path of ['/api/things', '/api/things?limit=x']) {
    const response = await fetch(server.url + path, { headers: { cookie: 'session=old' } });
    expect(response.headers.getSetCookie()).toEqual(['session=good; HttpOnly', 'more=1']);
  }
});

test.each([
  ['bad', 400, 'limit: send a whole number.'],
  ['gone', 404, 'There is no such job, or it is not yours. Check the id.'],
  ['conflict', 409, 'Send another id.'],
  ['away', 503, 'The database does not answer.'],
  ['session', 401, expect.stringContaining('Sign in')],
  ['bug', 500, expect.stringContaining('X-Request-Id')],
  ['foreign', 409, 'Send another id.'],
  ['forged', 500, expect.stringContaining('X-Request-Id')],
  ['number', 500, expect.stringContaining('X-Request-Id')],
])('what a verb throws (%s) is %i', async (kind, status, details) => {
  const response = await call(`/api/failing?kind=${kind}`);
  expect(await refusal(response)).toEqual({ status, error: expect.any(String), details });
  expect(response.headers.get('retry-after')).toBe(kind === 'away' ? '7' : null);
});

test('a failure of ours is in the log under its request id, and nowhere in the answer', async () => {
  const response = await call('/api/failing?kind=bug');
  expect(await response.text()).not.toMatch(/relation|lora_cost/);
  const logged = lines.find((line) => line.includes(response.headers.get('x-request-id') ?? 'none'));
  expect(logged).toContain('lora_cost_records');
});

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
  expect(await refusal(await call(path))).toMatchObject({ status: 400, details: expect.stringContaining(sentence) });
});

test.each(['x', `${ANNA}x`, '%00', '..%2f..', 'null', '1; drop table users'])('the id %s is 400', async (id) => {
  const response = await call(`/api/things/${id}`, { method: 'PATCH' });
  expect(await refusal(response)).toMatchObject({ status: 400, error: 'Bad request' });
});

test('a body that fits reaches the verb', async () => {
  const response = await send('/api/things', '{"name":"a","tags":{"team":"b"}}', {
    'content-type': 'Application/JSON; charset="UTF-8"',
  });
  expect(await refusal(response)).toMatchObject({ status: 201, data: { name: 'a', tags: { team: 'b' } } });
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
  expect(await refusal(await send('/api/things', text))).toMatchObject({
    status: 400,
    details: expect.stringContaining(sentence),
  });
});

test('bytes that are not UTF-8 are 400', async () => {
  const response = await send('/api/things', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]));
  expect(await refusal(response)).toMatchObject({ status: 400, details: expect.stringContaining('UTF-8') });
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
  const { host } = new URL(server.url);
  const head = `POST /api/things HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer good\r\nTransfer-Encoding: chunked\r\n`;
  const answer = await exchange(
    server.url,
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
    const response = await fetch(server.url + path, {
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

test.each(['POST', 'PUT', 'DELETE'])('%s where there is none is 405 with Allow, in our shape', async (method) => {
  const response = await call('/api/tagged', { method });
  expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  expect(await refusal(response)).toMatchObject({ status: 405, error: 'Method not allowed' });
});

test('methods that no route can have are 405 as well', async () => {
  for (const method of ['TRACE', 'PROPFIND', 'PURGE']) {
    const text = await raw(`${method} /api/things HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1.1 405 /);
    expect(text).toContain('"error":"Method not allowed"');
  }
});

test('OPTIONS names the methods and allows no other site', async () => {
  const response = await call('/api/things', { method: 'OPTIONS', headers: { origin: 'http://evil.test' } });
  expect(response.status).toBe(204);
  expect(response.headers.get('allow')).toBe('GET, POST, HEAD, OPTIONS');
  expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test('HEAD is GET without a body', async () => {
  const response = await call('/api/things', { method: 'HEAD' });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('');
  expect((await fetch(`${server.url}/api/things`, { method: 'HEAD' })).status).toBe(401);
  expect((await call('/api/open', { method: 'HEAD' })).status).toBe(405);
});

test('an address without a route is 404 in our shape, for every method', async () => {
  for (const method of ['GET', 'POST', 'PATCH']) {
    expect(await refusal(await call('/api/nothing/here', { method }))).toMatchObject({
      status: 404,
      error: 'Not found',
    });
  }
  expect((await call('/api')).status).toBe(404);
});

test('addresses that cannot be decoded are 400 in our shape', async () => {
  for (const target of ['/api/%', '/api/%ff', '/api/things/%00', 'http://evil.test/', '/api\\things', '/api/%5c']) {
    const text = await raw(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1.1 400 /);
    expect(text).toContain('"error":"Bad request"');
  }
});

test.each([
  [null, 200],
  ['"v0"', 200],
  ['"v1"', 304],
  ['W/"v1"', 304],
  ['"v0", W/"v1"', 304],
  ['*', 304],
  ['v1', 200],
])('If-None-Match: %s is %i', async (header, status) => {
  const response = await call('/api/tagged', { headers: header === null ? {} : { 'if-none-match': header } });
  expect(response.status).toBe(status);
  expect(response.headers.get('etag')).toBe('W/"v1"');
  expect(response.headers.get('cache-control')).toBe('private, no-cache');
  expect(await response.text()).toBe(status === 304 ? '' : '{"success":true,"data":{"n":1}}');
});

test('a page of another site cannot change anything with a cookie, and ours can', async () => {
  const change = (headers: Record<string, string>) =>
    fetch(`${server.url}/api/things/${ANNA}`, { method: 'PATCH', headers: { cookie: 'session=good', ...headers } });
  expect((await change({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  expect((await change({ origin: server.url })).status).toBe(200);
  expect((await change({})).status).toBe(200);
  expect(await refusal(await change({ 'sec-fetch-site': 'cross-site' }))).toMatchObject({
    status: 403,
    error: 'Forbidden',
  });
  expect((await change({ origin: 'http://evil.test' })).status).toBe(403);
  expect((await change({ origin: 'http://evil.test', authorization: 'Bearer good' })).status).toBe(200);
});

test('too many requests are 429 with Retry-After, for an account and for an address that guesses', async () => {
  provideRuntime({ ...parts(), limiter: createLimiter({ multiplier: 0.005 }) });
  const statuses = async (headers: Record<string, string>) => {
    const seen: number[] = [];
    for (let i = 0; i < 8; i++) seen.push((await fetch(`${server.url}/api/things`, { headers })).status);
    return seen;
  };
  expect(await statuses({ authorization: 'Bearer bad' })).toEqual([401, 401, 401, 429, 429, 429, 429, 429]);
  expect(await statuses(BEARER)).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
  const response = await call('/api/things');
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(await refusal(response)).toMatchObject({ status: 429, error: 'Too many requests' });
});

function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => socket.write(text));
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('end', () => resolve(received)).on('error', reject);
  });
}
