import { createTestDatabase, type TestDatabase } from '@tests/support/database';
import { startTestServer, type TestCaller, type TestServer } from '@tests/support/http';
import { fillAccount } from '@tests/support/sample-account';
import { type ProxyMode, startTcpProxy, type TcpProxy } from '@tests/support/tcp-proxy';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '@/db/session';
import { operations } from '@/http/api';

const LONGEST_MS = 3_000;
const BACK_WITHIN_MS = 5_000;

let db: TestDatabase;
let proxy: TcpProxy;
let database: Database;
let server: TestServer;
let caller: TestCaller;
let id: string;
let upTo: string;

beforeAll(async () => {
  db = await createTestDatabase();
  const { hostname, port } = new URL(db.adminUrl);
  proxy = await startTcpProxy({ host: hostname, port: Number(port) });
  const [appUrl = '', workerUrl = ''] = [db.appUrl, db.workerUrl].map(
    (url) => Object.assign(new URL(url), { port: proxy.port }).href,
  );
  database = openDatabase({ appUrl, workerUrl, poolSize: 4 });
  server = await startTestServer({ db, database });
  caller = await server.createUser();
  id = (await fillAccount(db.admin, caller.userId, 5)).notifications[0] ?? '';
  upTo = (await server.json<{ data: { up_to: string } }>('/api/notifications', { caller })).body.data.up_to;
});
afterAll(async () => {
  await server.close();
  await database.close();
  await proxy.close();
  await db.drop();
});

const BODIES: Readonly<Record<string, unknown>> = {
  '/api/me': { currency: 'EUR' },
  '/api/auth/sign-in': { email: 'a@example.test', password: 'x' },
  '/api/auth/sign-up': { email: 'b@example.test', password: 'correct horse battery' },
  '/api/auth/reset-password': { token: 'x', password: 'correct horse battery' },
  '/api/jobs': { dataset_id: '00000000-0000-4000-8000-000000000000' },
  '/api/jobs/estimate': { dataset_id: '00000000-0000-4000-8000-000000000000' },
};

const TOKEN = 'x'.repeat(43);

function datasetForm(): FormData {
  const form = new FormData();
  form.set('file', new Blob(['{"prompt":"a","completion":"b"}\n']), 'train.jsonl');
  return form;
}

/** A request that is right in every way, so that only the database can be in its way. */
async function ask(method: string, path: string) {
  const body = method === 'GET' ? undefined : path.endsWith('/read-all') ? { up_to: upTo } : BODIES[path];
  const query = path.endsWith('/changes') ? `?after=${upTo}` : '';
  const startedMs = performance.now();
  const address = path.replace('{id}', id).replace('{token}', TOKEN) + query;
  const answer = await server.json<{ error?: string; details?: string }>(address, {
    method,
    caller,
    ...(method === 'POST' && path === '/api/datasets' && { form: datasetForm() }),
    ...(body !== undefined && { body }),
    ...(path.endsWith('/sign-out') && { headers: { cookie: caller.cookie } }),
  });
  return { ...answer, ms: performance.now() - startedMs };
}

const needsDatabase = operations.filter(({ path }) => path !== '/api/openapi.json');

describe.each<ProxyMode>(['refuse', 'reset', 'silent'])('while the database is away (%s)', (mode) => {
  const answers = new Map<string, Awaited<ReturnType<typeof ask>>>();
  beforeAll(async () => {
    await proxy.turn(mode);
    await Promise.all(
      needsDatabase.map(async ({ method, path }) => answers.set(`${method} ${path}`, await ask(method, path))),
    );
  });
  afterAll(() => proxy.turn('pass'));

  test.each(needsDatabase.map(({ method, path }) => [method, path]))(
    '%s %s is 503 with Retry-After within 3 s, in our shape',
    async (method, path) => {
      const { status, headers, body, ms } = answers.get(`${method} ${path}`) ?? (await ask(method, path));
      expect({ status, ...body }).toEqual({ status: 503, error: 'Unavailable', details: expect.any(String) });
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(body.details).not.toMatch(/ECONN|127\.0\.0\.1|postgres|timeout exceeded/i);
      expect(ms).toBeLessThan(LONGEST_MS);
    },
  );

  test('20 requests at once are all answered in time', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('GET', '/api/costs')));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(503));
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(LONGEST_MS);
  });

  test('what needs no database is answered', async () => {
    expect((await ask('GET', '/api/openapi.json')).status).toBe(200);
    expect(await server.json('/api/health?check=alive')).toMatchObject({
      status: 200,
      body: { data: { alive: true } },
    });
    expect((await server.json('/api/costs?period=x', { caller })).status).toBe(400);
  });
});

test('once the database is back, requests are answered within 5 s', async () => {
  await proxy.turn('silent');
  await ask('GET', '/api/costs');
  await proxy.turn('pass');
  const startedMs = performance.now();
  while ((await ask('GET', '/api/costs')).status !== 200)
    expect(performance.now() - startedMs).toBeLessThan(BACK_WITHIN_MS);
  // what health said is kept for a second
  while ((await ask('GET', '/api/health')).status !== 200)
    expect(performance.now() - startedMs).toBeLessThan(BACK_WITHIN_MS);
});
