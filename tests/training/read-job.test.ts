import { createTestDatabase } from '@tests/support/database';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Caller } from '@/db/session';
import { endAttempt } from '@/domain/training/end-attempt';
import { findJobDetail, readJob } from '@/domain/training/read-job';
import { recordProgress } from '@/domain/training/record-progress';
import { jobDetail } from '@/domain/training/schema';
import { type ManualClock, manualClock } from '../ledger/support';
import { addDataset, type JobCtx, jobCtx, NOW, openQueue, startJob } from './people';
import { claimed, endOf, reportOf, type TrainingCtx, timelineOf, trainingCtx } from './support';

const db = await createTestDatabase();
const work = openQueue(db);
const START = Date.parse(NOW);
let clock: ManualClock;
let anna: Caller;
let ctx: JobCtx;
let system: TrainingCtx;
let id: string;

beforeAll(async () => {
  await work.start();
  // 3.60 an hour: a tenth of a cent for each second
  await db.admin.query(`update lora_prices set valid_to = now() where provider = 'local' and sku = 'this-machine'`);
  await db.admin.query(
    `insert into lora_prices (provider, sku, kind, gpu_type, gpu_count, purchase_option, unit, unit_price, version,
       valid_from, origin, observed_on)
     values ('local', 'this-machine', 'gpu', 'cpu', 1, 'owned', 'hour', 3.6, 99, '2020-01-01Z', 'a test', '2026-01-01')`,
  );
});
beforeEach(async () => {
  clock = manualClock(NOW);
  anna = await db.createUser();
  ctx = jobCtx(db, anna, clock, work);
  system = trainingCtx(db, NOW);
  id = (await startJob(ctx, { dataset_id: await addDataset(db, anna), name: 'run' })).job.id;
});
afterAll(async () => {
  await work.stop();
  await db.drop();
});

const read = () => findJobDetail(ctx, id);
const claimIt = () => claimed(system, id, { executors: ['local'] });
const run = timelineOf(START, [
  [10_000, { phase: 'training', step: 1, total: 100, loss: 3.5 }],
  [20_000, { step: 10, loss: 3, epoch: 0.5, tokens: 4_096 }],
  [30_000, { phase: 'evaluation', validation_loss: 3.2 }],
  [35_000, { phase: 'training', step: 20, loss: 2.5 }],
]);

/** What the ledger says, by a statement of its own. */
async function ledger() {
  const { rows } = await db.admin.query<{ phase: string; amount: string }>(
    `select coalesce(phase, 'all') as phase, sum(amount)::numeric(20, 10)::text as amount from lora_cost_records
     where job_ref = $1 and not is_estimate group by rollup (phase) order by 1`,
    [id],
  );
  const { all, ...phases } = Object.fromEntries(rows.map(({ phase, amount }) => [phase, amount]));
  return { all, phases };
}

test('a job that waits shows its configuration and what is expected', async () => {
  const job = await read();
  expect(jobDetail.parse(job)).toEqual(job);
  expect(job).toMatchObject({
    status: 'queued',
    cost_exact: '0.0000000000',
    dataset: { name: 'recipes' },
    preset: 'balanced',
    hyperparameters: { r: 16, per_device_train_batch_size: 8 },
    progress: { phase: null, step: 0, share: 0, time_left_ms: null, metrics: {} },
    rate_per_hour: null,
    cost_by_phase: [],
    attempts: [],
    failure_message: null,
    artifact_id: null,
    can: { cancel: true, retry: false },
    links: { metrics: `/api/jobs/${id}/metrics`, costs: `/api/jobs/${id}/costs`, model: null },
  });
  expect(job.estimate?.cost.low.amount_exact).toBe(job.projected_cost?.low.amount_exact);
  expect(job.projected_cost?.high).toEqual(job.estimate?.cost.high);
});

test('while it runs, what it shows equals the ledger at every tick', async () => {
  const held = await claimIt();
  expect(await read()).toMatchObject({ status: 'initializing', cost: 0, rate_per_hour: null });
  let before = 0;
  for (const seconds of [1, 9, 11, 25, 33, 36, 40, 1_000]) {
    await recordProgress(system, [reportOf(held, run, START + seconds * 1_000)]);
    const job = await read();
    const { all, phases } = await ledger();
    expect(job.cost_exact).toBe(all);
    expect(Object.fromEntries(job.cost_by_phase.map(({ phase, amount_exact }) => [phase, amount_exact]))).toEqual(
      phases,
    );
    expect(job.rate_per_hour).toEqual({ amount: 3.6, amount_exact: '3.6000000000' });
    expect(job.cost).toBeGreaterThan(before);
    expect(job.projected_cost?.low.amount).toBeGreaterThanOrEqual(job.cost ?? 0);
    before = job.cost ?? 0;
  }
  expect(await read()).toMatchObject({
    status: 'running',
    cost_exact: '1.0000000000',
    progress: {
      phase: 'training',
      step: 20,
      total_steps: 100,
      share: 0.2,
      epoch: 0.5,
      tokens: 4_096,
      metrics: { loss: 2.5, validation_loss: 3.2 },
    },
    attempts: [{ number: 1, ended_at: null, outcome: null, cost_exact: '1.0000000000' }],
  });
});

test('the time left is that of the steps left, at the pace of those made', async () => {
  const held = await claimIt();
  await recordProgress(system, [reportOf(held, run, START + 40_000)]);
  // 20 steps in the 25 seconds from the end of the setup to the last step
  expect((await read()).progress.time_left_ms).toBe(100_000);
});

test('an end is shown as it was: projected is what it cost, and nothing is left', async () => {
  const held = await claimIt();
  await recordProgress(system, [reportOf(held, run, START + 40_000)]);
  await endAttempt(system, endOf(held, START + 50_000, run, { end: { exitCode: 137, reason: 'out_of_memory' } }));
  const job = await read();
  const { all } = await ledger();
  expect(all).toBe('0.0500000000');
  const cost = { amount: 0.05, amount_exact: all };
  expect(job).toMatchObject({
    status: 'failed',
    cost_exact: all,
    rate_per_hour: null,
    projected_cost: { low: cost, middle: cost, high: cost },
    failure_cause: 'out_of_memory',
    failure_message: expect.any(String),
    progress: { phase: null, time_left_ms: null },
    attempts: [{ outcome: 'failed', cause: 'out_of_memory', exit_code: 137, cost_exact: all }],
    can: { cancel: false, retry: true },
  });
  expect(new Date(job.ended_at ?? '').getTime()).toBe(START + 50_000);
});

test('the price of a phase that is not billed is nothing an hour', async () => {
  const held = await claimIt();
  await db.admin.query(
    `update lora_job_attempts set price = jsonb_set(price, '{billedPhases}', '["training"]') where id = $1`,
    [held.attemptId],
  );
  await recordProgress(system, [reportOf(held, timelineOf(START, []), START + 5_000)]);
  expect(await read()).toMatchObject({ cost: 0, rate_per_hour: { amount: 0 } });
  await recordProgress(system, [reportOf(held, run, START + 25_000)]);
  expect(await read()).toMatchObject({ cost_exact: '0.0150000000', rate_per_hour: { amount: 3.6 } });
});

describe('the tag', () => {
  test('stays while nothing changes, also as time goes by, and changes with the job', async () => {
    const first = await readJob(ctx, { id });
    expect(first.data).not.toBeNull();
    clock.set('2026-11-20T10:30:00Z');
    expect(await readJob(ctx, { id }, [first.tag])).toEqual({ tag: first.tag, data: null });
    await claimIt();
    const second = await readJob(ctx, { id }, [first.tag]);
    expect(second.tag).not.toBe(first.tag);
    expect(second.data?.status).toBe('initializing');
  });
});

describe('an imported job', () => {
  const add = async (charges: readonly [day: string, amount: string, currency: string][]) => {
    const { rows } = await db.admin.query<{ id: string }>(
      `insert into lora_training_jobs (user_id, name, status, origin, external_ref, created_at, started_at, ended_at)
       values ($1, 'imported', 'completed', 'import', gen_random_uuid()::text, '2025-03-01Z', '2025-03-01Z', '2025-03-04Z')
       returning id`,
      [anna.userId],
    );
    const imported = rows[0]?.id ?? '';
    for (const [day, amount, currency] of charges) {
      await db.admin.query(
        `insert into lora_cost_records (user_id, job_id, job_ref, source, cost_type, amount, currency, state, billing_period, recorded_at)
         values ($1, $2, $2, 'import:x:' || gen_random_uuid(), 'compute', $3, $5, 'final', $4::date, $4::timestamptz)`,
        [anna.userId, imported, amount, `${day}Z`, currency],
      );
    }
    return imported;
  };

  test('shows what the ledger says, later corrections included, and other currencies apart', async () => {
    const imported = await add([
      ['2025-03-01 23:59', '1.5', 'EUR'],
      ['2025-03-04 00:01', '0.0000000001', 'EUR'],
      ['2026-11-20 09:00', '-0.25', 'EUR'],
      ['2025-03-02', '1', 'USD'],
    ]);
    const job = await findJobDetail(ctx, imported);
    expect(job).toMatchObject({
      cost_exact: '1.2500000001',
      currency: 'EUR',
      other_currencies: ['USD'],
      projected_cost: null,
      estimate: null,
      can: { cancel: false, retry: false },
    });
    expect(jobDetail.parse(job)).toEqual(job);
  });

  test('without charges cost nothing', async () => {
    expect(await findJobDetail(ctx, await add([]))).toMatchObject({
      cost: 0,
      cost_exact: '0.0000000000',
      other_currencies: [],
    });
  });
});

test('a job of somebody else is not there', async () => {
  const berta = await db.createUser();
  await expect(findJobDetail(jobCtx(db, berta, clock, work), id)).rejects.toMatchObject({ code: 'not_found' });
  expect((await read()).id).toBe(id);
});
