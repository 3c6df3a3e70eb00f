import { createTestDatabase } from '@tests/support/database';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Caller } from '@/db/session';
import { cancelJob } from '@/domain/training/cancel-job';
import { claimJob } from '@/domain/training/claim-job';
import { manualClock, systemCtx } from '../ledger/support';
import { addDataset, claim, type JobCtx, jobCtx, NOW, openQueue, startJob } from './people';
import { jobRow, noticesOf, WORKER } from './support';

const db = await createTestDatabase();
const work = openQueue(db);
const clock = manualClock(NOW);
let anna: Caller;
let ctx: JobCtx;
let id: string;

beforeAll(() => work.start());
beforeEach(async () => {
  anna = await db.createUser();
  ctx = jobCtx(db, anna, clock, work);
  id = (await startJob(ctx, { dataset_id: await addDataset(db, anna), name: 'run' })).job.id;
});
afterAll(async () => {
  await work.stop();
  await db.drop();
});

const typesOf = async () => (await noticesOf(db, id)).map(({ type }) => type);
const worker = { ...WORKER, executors: ['local'] };

describe('a job that waits', () => {
  test('has ended with the call, cost nothing and is told of once', async () => {
    const job = await cancelJob(ctx, { id });
    expect(job).toMatchObject({ status: 'cancelled', cost: 0, projected_cost: { middle: { amount: 0 } } });
    expect(job.can).toEqual({ cancel: false, retry: true });
    expect(new Date(job.ended_at ?? '').toISOString()).toBe(NOW);
    expect(await cancelJob(ctx, { id })).toEqual(job);
    expect(await typesOf()).toEqual(['job_queued', 'job_cancelled']);
    expect((await noticesOf(db, id))[1]?.message).toMatch(/had not started and cost nothing/);
    const { rows } = await db.admin.query('select 1 from lora_cost_records where job_ref = $1 and not is_estimate', [
      id,
    ]);
    expect(rows).toEqual([]);
  });

  test('no worker claims it any more, though its item is still in the queue', async () => {
    await cancelJob(ctx, { id });
    expect((await work.take('run-job', 100)).map((item) => item.id)).toContain(id);
    expect(await claimJob(systemCtx(db, clock), { jobId: id, ...worker })).toBeNull();
  });

  test('and was taken away from a dead worker: it tells what its runs cost', async () => {
    await db.admin.query(
      `with a as (insert into lora_job_attempts (job_id, user_id, number, executor, worker, host, lease_until, price, units,
         started_at, ended_at, outcome, cost)
       values ($1, $2, 1, 'local', 'w', 'h', now(), '{}', 1, '2026-11-20T09:00Z', '2026-11-20T09:10Z', 'lost', 0.25))
       update lora_training_jobs set current_cost = 0.25, started_at = '2026-11-20T09:00Z' where id = $1`,
      [id, anna.userId],
    );
    const [, notice] = await cancelJob(ctx, { id }).then(() => noticesOf(db, id));
    expect(notice?.message).toMatch(/^It cost \$0\.250 in 10 min\./);
  });
});

describe('a job that a worker has in hand', () => {
  test.each(['initializing', 'running'])('%s: is asked to stop, once, and goes on until it has', async (status) => {
    await claim(db, id);
    await db.admin.query('update lora_training_jobs set status = $2 where id = $1', [id, status]);
    const job = await cancelJob(ctx, { id });
    expect(job).toMatchObject({ status, cancel_requested_at: expect.stringContaining('2026-11-20T10:00:00') });
    clock.set('2026-11-20T11:00:00Z');
    expect((await cancelJob(ctx, { id })).cancel_requested_at).toBe(job.cancel_requested_at);
    clock.set(NOW);
    expect(await typesOf()).toEqual(['job_queued']);
  });
});

describe('a job that has ended', () => {
  test.each(['completed', 'failed'])('%s: conflict, with a sentence', async (status) => {
    await db.admin.query('update lora_training_jobs set status = $2, ended_at = now() where id = $1', [id, status]);
    await expect(cancelJob(ctx, { id })).rejects.toMatchObject({
      code: 'conflict',
      details: expect.stringContaining(`it is ${status}`),
    });
    expect(await typesOf()).toEqual(['job_queued']);
  });
});

test('cancelling and claiming at the same moment: one of them has it', async () => {
  const dataset = await addDataset(db, anna);
  for (let i = 0; i < 25; i += 1) {
    id = (await startJob(ctx, { dataset_id: dataset, name: `race ${i}` })).job.id;
    const [job, held] = await Promise.all([
      cancelJob(ctx, { id }),
      claimJob(systemCtx(db, clock), { jobId: id, ...worker }),
    ]);
    const row = await jobRow(db, id);
    if (held === null) expect([row.status, job.status]).toEqual(['cancelled', 'cancelled']);
    else expect([row.status, row.cancel_requested_at]).toEqual(['initializing', new Date(NOW)]);
  }
});

test('a job of somebody else is not there, and stays as it is', async () => {
  const berta = await db.createUser();
  const before = await jobRow(db, id);
  await expect(cancelJob(jobCtx(db, berta, clock, work), { id })).rejects.toMatchObject({ code: 'not_found' });
  expect(await jobRow(db, id)).toEqual(before);
  await cancelJob(ctx, { id });
  expect((await jobRow(db, id)).status).toBe('cancelled');
});
