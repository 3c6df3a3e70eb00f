import { createTestDatabase } from '@tests/support/database';
import { fillAccount, type SampleRows } from '@tests/support/sample-account';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Caller } from '@/db/session';
import { jobsQuery } from '@/domain/training/job-requests';
import { listJobs } from '@/domain/training/list-jobs';
import { jobsAnswer } from '@/domain/training/schema';
import { manualClock, userCtx } from '../ledger/support';
import { NOW } from './people';

const db = await createTestDatabase();
const clock = manualClock(NOW);
let anna: Caller;
let berta: Caller;
let rows: SampleRows;

beforeAll(async () => {
  [anna, berta] = [await db.createUser(), await db.createUser()];
  rows = await fillAccount(db.admin, anna.userId, 5);
  await fillAccount(db.admin, berta.userId, 5);
  await db.admin.query(
    `update lora_training_jobs set tags = '{"team": "vision"}', base_model = 'big/model', current_cost = 1.25
     where id = $1`,
    [rows.failed[0]],
  );
  await db.admin.query(
    `insert into lora_estimates (job_id, user_id, gpu_type, gpu_count, trainer, parameters, rank, max_length, tokens, steps,
       currency, cost_low, cost_middle, cost_high, duration_low_ms, duration_middle_ms, duration_high_ms, breakdown, basis)
     values ($1, $2, 'cpu', 1, 'tiny', 1, 1, 1, 1, 1, 'USD', 1, 2.5, 3, 1, 2, 3, '{}', '{}')`,
    [rows.failed[0], anna.userId],
  );
});
afterAll(() => db.drop());

const list = async (query: Record<string, string>) => {
  const answer = await listJobs(userCtx(db, anna, clock), jobsQuery.parse(query));
  expect(jobsAnswer.parse(answer)).toEqual(answer);
  return answer;
};
const idsOf = async (query: Record<string, string>) => (await list(query)).jobs.map(({ id }) => id).sort();

test.each<[Record<string, string>, () => string[]]>([
  [{}, () => [...rows.waiting, ...rows.failed]],
  [{ origin: 'import' }, () => rows.jobs],
  [{ origin: 'any' }, () => [...rows.jobs, ...rows.waiting, ...rows.failed]],
  [{ status: 'queued' }, () => rows.waiting],
  [{ status: 'running,failed' }, () => rows.failed],
  [{ status: 'queued,failed,queued' }, () => [...rows.waiting, ...rows.failed]],
  [{ status: 'completed' }, () => []],
  [{ status: 'completed,failed', origin: 'any' }, () => [...rows.jobs, ...rows.failed]],
  [{ base_model: 'big/model' }, () => rows.failed.slice(0, 1)],
  [{ tag: 'team:vision' }, () => rows.failed.slice(0, 1)],
  [{ tag: 'team:VISION' }, () => []],
  [{ tag: 'team:' }, () => []],
])('%j', async (query, expected) => {
  expect(await idsOf(query)).toEqual([...expected()].sort());
});

test('by dataset, also one of somebody else’s that finds nothing', async () => {
  expect(await idsOf({ dataset_id: rows.datasets.at(-1) ?? '' })).toEqual([...rows.waiting, ...rows.failed].sort());
  const { rows: theirs } = await db.admin.query<{ id: string }>('select id from lora_datasets where user_id = $1', [
    berta.userId,
  ]);
  for (const { id } of theirs) expect(await idsOf({ dataset_id: id })).toEqual([]);
});

test('pages with a filter give each job once', async () => {
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await list({ status: 'queued,failed', limit: '2', ...(cursor && { cursor }) });
    seen.push(...page.jobs.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  expect(seen.sort()).toEqual([...rows.waiting, ...rows.failed].sort());
});

test('each has what it cost and was expected to, exactly; imported ones ask the ledger on their page', async () => {
  const { jobs } = await list({ tag: 'team:vision' });
  expect(jobs).toMatchObject([
    {
      cost: 1.25,
      cost_exact: '1.2500000000',
      estimated_cost: 2.5,
      estimated_cost_exact: '2.5000000000',
      currency: 'USD',
      gpu_type: 'cpu',
    },
  ]);
  expect((await list({ origin: 'import' })).jobs[0]).toMatchObject({
    cost: null,
    cost_exact: null,
    estimated_cost: null,
  });
});
