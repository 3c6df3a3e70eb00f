import { exchange } from '@tests/support/raw-http';
import { expect, test } from 'vitest';
import { createLimiter } from '@/http/limiter';
import { provideRuntime } from '@/http/runtime';
import { ANNA, BEARER, contentOf, parts, serveSamples } from './samples';

const { call, url } = serveSamples();

test.each(['POST', 'PUT', 'DELETE'])('%s where there is none is 405 with Allow, in our shape', async (method) => {
  const response = await call('/api/tagged', { method });
  expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  expect(await contentOf(response)).toMatchObject({ status: 405, error: 'Method not allowed' });
});

test('methods that no route can have are 405 as well', async () => {
  for (const method of ['TRACE', 'PROPFIND', 'PURGE']) {
    const { status, body } = await exchange(
      url(),
      `${method} /api/things HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(status).toBe(405);
    expect(body).toContain('"error":"Method not allowed"');
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
  expect((await fetch(`${url()}/api/things`, { method: 'HEAD' })).status).toBe(401);
  expect((await call('/api/open', { method: 'HEAD' })).status).toBe(405);
});

test('an address without a route is 404 in our shape, for every method', async () => {
  for (const method of ['GET', 'POST', 'PATCH']) {
    expect(await contentOf(await call('/api/nothing/here', { method }))).toMatchObject({
      status: 404,
      error: 'Not found',
    });
  }
  expect((await call('/api')).status).toBe(404);
});

test('addresses that cannot be decoded are 400 in our shape', async () => {
  for (const target of ['/api/%', '/api/%ff', '/api/things/%00', 'http://evil.test/', '/api\\things', '/api/%5c']) {
    const { status, body } = await exchange(url(), `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(status).toBe(400);
    expect(body).toContain('"error":"Bad request"');
  }
});

test('a page of another site cannot change anything with a cookie, and ours can', async () => {
  const change = (headers: Record<string, string>) =>
    fetch(`${url()}/api/things/${ANNA}`, { method: 'PATCH', headers: { cookie: 'session=good', ...headers } });
  expect((await change({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  expect((await change({ origin: url() })).status).toBe(200);
  expect((await change({})).status).toBe(200);
  expect(await contentOf(await change({ 'sec-fetch-site': 'cross-site' }))).toMatchObject({
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
    for (let i = 0; i < 8; i++) seen.push((await fetch(`${url()}/api/things`, { headers })).status);
    return seen;
  };
  expect(await statuses({ authorization: 'Bearer bad' })).toEqual([401, 401, 401, 429, 429, 429, 429, 429]);
  expect(await statuses(BEARER)).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
  const response = await call('/api/things');
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(await contentOf(response)).toMatchObject({ status: 429, error: 'Too many requests' });
});
