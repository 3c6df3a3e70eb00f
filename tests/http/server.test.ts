import { startTestServer, type TestServer } from '@tests/support/http';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test('a caller is known by Bearer token and by cookie, and the token counts', async () => {
  const [anna, berta] = [await server.createUser(), await server.createUser()];
  const idFor = async (headers: Record<string, string>) => {
    const { status, body } = await server.json<{ data?: { id: string } }>('/api/me', { headers });
    return body.data?.id ?? status;
  };
  expect(await idFor({ authorization: anna.bearer })).toBe(anna.userId);
  expect(await idFor({ cookie: anna.cookie })).toBe(anna.userId);
  expect(await idFor({ authorization: berta.bearer, cookie: anna.cookie })).toBe(berta.userId);
  expect(await idFor({ authorization: 'Bearer bad', cookie: anna.cookie })).toBe(401);
  expect(await idFor({})).toBe(401);
});

test('a session that ended is refused at once, by token and by cookie', async () => {
  const anna = await server.createUser();
  expect((await server.json('/api/costs', { caller: anna })).status).toBe(200);
  await server.db.admin.query('delete from auth.sessions where id = $1', [anna.sessionId]);
  expect((await server.json('/api/costs', { caller: anna })).status).toBe(401);
  expect((await server.json('/api/costs', { headers: { cookie: anna.cookie } })).status).toBe(401);
});

test('an address under /api without a route is 404 in our shape', async () => {
  for (const path of ['/api', '/api/', '/api/nothing', '/api/health/more']) {
    expect(await server.json(path)).toMatchObject({ status: 404, body: { error: 'Not found' } });
  }
});
