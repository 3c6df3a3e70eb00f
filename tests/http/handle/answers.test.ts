import { expect, test } from 'vitest';
import { ANNA, contentOf, lines, serveSamples } from './samples';

const { call, url } = serveSamples();
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
  const response = await fetch(`${url()}/api/things`, { headers: headers as Record<string, string> });
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
  expect(response.headers.get('cache-control')).toBe('private, no-store');
  expect(await contentOf(response)).toEqual({
    status: 401,
    error: 'Not signed in',
    details: expect.not.stringMatching(/signature|session|expired/),
  });
});

test('a refreshed session travels with the answer, also when the answer is a refusal', async () => {
  for (const path of ['/api/things', '/api/things?limit=x']) {
    const response = await fetch(url() + path, { headers: { cookie: 'session=old' } });
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
  expect(await contentOf(response)).toEqual({ status, error: expect.any(String), details });
  expect(response.headers.get('retry-after')).toBe(kind === 'away' ? '7' : null);
});

test('a failure of ours is in the log under its request id, and nowhere in the answer', async () => {
  const response = await call('/api/failing?kind=bug');
  expect(await response.text()).not.toMatch(/relation|lora_cost/);
  const logged = lines.find((line) => line.includes(response.headers.get('x-request-id') ?? 'none'));
  expect(logged).toContain('lora_cost_records');
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
