import { createTestDatabase, type TestDatabase } from '@tests/support/database';
import { startTestServer, type TestServer, type TestServerOptions } from '@tests/support/http';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { unavailable } from '@/lib/errors';

const never = () => new Promise<never>(() => undefined);

let db: TestDatabase;
let server: TestServer | null = null;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterEach(async () => {
  await server?.close();
  server = null;
});
afterAll(() => db.drop());

async function health(options: TestServerOptions, path = '/api/health') {
  server = await startTestServer({ db, ...options });
  const startedMs = performance.now();
  const answer = await server.json<Record<string, unknown>>(path);
  return { ...answer, ms: performance.now() - startedMs };
}

const withPing = (ping: () => Promise<void>) => ({ database: { ...db.database, ping } });

test('alive and ready is 200, to anybody, and never kept', async () => {
  const { status, body, headers } = await health({});
  expect({ status, body }).toEqual({
    status: 200,
    body: { success: true, data: { alive: true, ready: true, version: '0.0.0-test' } },
  });
  expect(headers.get('cache-control')).toBe('private, no-store');
});

test.each<[string, () => TestServerOptions, RegExp]>([
  [
    'the database is away',
    () => withPing(() => Promise.reject(unavailable('ECONNREFUSED 10.0.0.7:5432'))),
    /database does not answer/,
  ],
  [
    'asking the database fails oddly',
    () => withPing(() => Promise.reject(new Error('password of postgres'))),
    /database does not answer/,
  ],
  ['the database is silent', () => withPing(never), /database does not answer/],
  ['migrations cannot be counted', () => ({ countPendingMigrations: never }), /database does not answer/],
  ['a migration is missing', () => ({ countPendingMigrations: async () => 2 }), /lacks migrations/],
])('where %s it is 503 within 3 s, without insides', async (_, options, sentence) => {
  const { status, body, headers, ms } = await health(options());
  expect({ status, ...body }).toEqual({ status: 503, error: 'Unavailable', details: expect.stringMatching(sentence) });
  expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(JSON.stringify(body)).not.toMatch(/ECONN|10\.0\.0\.7|password/);
  expect(ms).toBeLessThan(3_000);
});

test('alive alone never asks the database', async () => {
  const { status, body } = await health(
    withPing(() => Promise.reject(new Error('asked'))),
    '/api/health?check=alive',
  );
  expect({ status, body }).toEqual({
    status: 200,
    body: { success: true, data: { alive: true, version: '0.0.0-test' } },
  });
});

test('a thousand questions at once are one question to the database', async () => {
  let asked = 0;
  const ping = async () => {
    asked++;
    await db.database.ping();
  };
  await health(withPing(ping));
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => server?.json('/api/health')));
  expect(answers.filter((answer) => answer?.status === 200)).toHaveLength(1_000);
  expect(asked).toBeLessThan(10);
});

test('health is never refused for being asked too often', async () => {
  server = await startTestServer({ db, env: { rateLimit: 0.001 } });
  const caller = await server.createUser();
  for (let i = 0; i < 20; i++) expect((await server.json('/api/health')).status).toBe(200);
  const others = [];
  for (let i = 0; i < 5; i++) others.push((await server.json('/api/me', { caller })).status);
  expect(others).toContain(429);
});
