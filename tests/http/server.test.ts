import { startTestServer, type TestServer } from '@tests/support/http';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test('health says alive and ready, to anybody', async () => {
  const { status, body, headers } = await server.json('/api/health');
  expect({ status, body }).toEqual({
    status: 200,
    body: { success: true, data: { alive: true, ready: true, version: '0.0.0-test' } },
  });
  expect(headers.get('cache-control')).toBe('private, no-store');
});

test('an address under /api without a route is 404 in our shape', async () => {
  for (const path of ['/api', '/api/', '/api/nothing', '/api/health/more']) {
    expect(await server.json(path)).toMatchObject({ status: 404, body: { error: 'Not found' } });
  }
});
