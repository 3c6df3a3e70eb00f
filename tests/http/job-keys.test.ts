import { createTestDatabase } from '@tests/support/database';
import { startTestServer, type TestCaller, type TestServer } from '@tests/support/http';
import { fillAccount, type SampleRows } from '@tests/support/sample-account';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

type Answer = { success?: true; data?: { job: { id: string; retry_of: string | null } }; error?: string };

const db = await createTestDatabase();
let server: TestServer;
let anna: TestCaller;
let rows: SampleRows;
let address: readonly [path: string, body?: unknown];

beforeAll(async () => {
  server = await startTestServer({ db });
});
afterAll(async () => {
  await server.close();
  await db.drop();
});
beforeEach(async () => {
  anna = await server.createUser();
  rows = await fillAccount(server.db.admin, anna.userId, 5);
  address = ['/api/jobs', { dataset_id: rows.datasets[0] }];
});

const ask = (key: string, [path, body] = address, caller = anna) =>
  server.json<Answer>(path, { method: 'POST', body, caller, headers: { 'idempotency-key': key } });

async function countJobs(): Promise<number> {
  const { rows: found } = await server.db.admin.query<{ n: number }>(
    `select count(*)::int as n from lora_training_jobs where user_id = $1 and not id = any ($2)`,
    [anna.userId, [...rows.jobs, ...rows.waiting, ...rows.failed]],
  );
  return found[0]?.n ?? 0;
}

test.each(['/api/jobs', '/api/jobs/{id}/retry'])(
  '50 requests to %s at once are one job and one answer',
  async (path) => {
    if (path.endsWith('retry')) address = [path.replace('{id}', rows.failed[0] ?? '')];
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask('fifty')));
    expect([...new Set(answers.map(({ status }) => status))]).toEqual([201]);
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body);
    expect(await countJobs()).toBe(1);
    expect((await ask('another')).body.data?.job.id).not.toBe(answers[0]?.body.data?.job.id);
  },
);

test.each(['x', 'x'.repeat(200), '~!@ #$%^&*()_+{}|:"<>?'])('the key %.30j is taken', async (key) => {
  const first = await ask(key);
  expect(first.status).toBe(201);
  expect(await ask(key)).toMatchObject({ status: 201, body: first.body });
  expect(await countJobs()).toBe(1);
});

test('another body, and another operation, under the same key: 409', async () => {
  await ask('mine');
  const other = await ask('mine', ['/api/jobs', { dataset_id: rows.datasets[1] }]);
  expect(other).toMatchObject({ status: 409, body: { error: 'Conflict', details: expect.stringMatching(/new key/) } });
  expect((await ask('mine', [`/api/jobs/${rows.failed[0]}/retry`])).status).toBe(409);
  expect(await countJobs()).toBe(1);
});

test('another account with the same key has a job of its own', async () => {
  const berta = await server.createUser();
  const theirs = await fillAccount(server.db.admin, berta.userId, 5);
  const [mine, hers] = [await ask('same'), await ask('same', ['/api/jobs', { dataset_id: theirs.datasets[0] }], berta)];
  expect([mine.status, hers.status]).toEqual([201, 201]);
  expect(hers.body.data?.job.id).not.toBe(mine.body.data?.job.id);
});

test('a server that starts again gives the same answer', async () => {
  const first = await ask('restart');
  await server.close();
  server = await startTestServer({ db });
  expect(await ask('restart')).toMatchObject({ status: first.status, body: first.body });
});
