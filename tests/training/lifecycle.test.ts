import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { claimJob } from '@/domain/training/claim-job';
import { endAttempt } from '@/domain/training/end-attempt';
import { listWaitingJobs } from '@/domain/training/list-waiting-jobs';
import { recordProgress } from '@/domain/training/record-progress';
import { createTestDatabase, type TestDatabase } from '../support/database';
import {
  addJob,
  addPrice,
  attemptRow,
  chargesOf,
  claimed,
  endOf,
  everythingOf,
  jobRow,
  noticesOf,
  reportOf,
  type TrainingCtx,
  timelineOf,
  trainingCtx,
  WORKER,
} from './support';

const START = Date.parse('2026-06-15T12:00:00.123Z');
const MINUTE = 60_000;

let db: TestDatabase;
let ctx: TrainingCtx;
let caller: Caller;
let priceId: string;

beforeAll(async () => {
  db = await createTestDatabase();
  ctx = trainingCtx(db);
  caller = await db.createUser();
  priceId = await addPrice(db, { unitPrice: '0.36' });
});
afterAll(() => db?.drop());

const run = timelineOf(START, [
  [10_000, { phase: 'training', step: 1, total: 20, loss: 3.5 }],
  [20_000, { step: 2, loss: 3.1, epoch: 0.5, tokens: 4_096 }],
  [30_000, { phase: 'evaluation', step: 2, validation_loss: 3.2 }],
  [35_000, { phase: 'training', step: 3, loss: 2.9 }],
]);

it('a job goes from the queue through a run to its end, and every part of it is written', async () => {
  const jobId = await addJob(db, caller, { priceId, name: 'first run', tags: { team: 'red' } });
  const held = await claimed(ctx, jobId);
  expect(held).toMatchObject({ jobId, userId: caller.userId, number: 1, fence: 1, trainer: 'tiny', totalSteps: 100 });
  expect(await jobRow(db, jobId)).toMatchObject({ status: 'initializing' });
  expect(await attemptRow(db, held.attemptId)).toMatchObject({
    price: { price: { unitPrice: '0.36', unit: 'hour', currency: 'USD' }, gpuCount: 1 },
    units: '1.0000000000',
  });

  const asOf = START + 40_000;
  const points = [{ step: 1, at: START + 10_000, metrics: { loss: 3.5 }, grain: 1 }];
  const lines = [{ number: 1, at: START + 5_000, stream: 'stdout' as const, text: 'hello' }];
  expect(await recordProgress(ctx, [reportOf(held, run, asOf, { points, lines })])).toEqual({
    recorded: [held.attemptId],
    lost: [],
    refused: [],
  });
  expect(await jobRow(db, jobId)).toMatchObject({
    status: 'running',
    phase: 'training',
    step: 3,
    total_steps: 20,
    epoch: '0.5000',
    tokens_done: '4096',
    latest_metrics: { loss: 2.9, validation_loss: 3.2, epoch: 0.5 },
    current_cost: '0.0040000000',
    progress_at: new Date(START + 35_000),
    started_at: new Date(START),
  });
  expect(await chargesOf(db, held.attemptId)).toMatchObject([
    { phase: 'evaluation', amount: '0.0005000000', state: 'open', details: { first_step: 2, last_step: 2 } },
    { phase: 'setup', amount: '0.0010000000', state: 'open', details: { first_step: null, quantity_ms: 10_000 } },
    {
      phase: 'training',
      amount: '0.0025000000',
      state: 'open',
      details: { first_step: 1, last_step: 3, unit: 'hour', unit_price: '0.36' },
    },
  ]);

  const end = endOf(held, START + 50_000, run);
  expect(await endAttempt(ctx, end)).toEqual({ outcome: 'completed', cause: null, jobStatus: 'completed' });
  expect(await jobRow(db, jobId)).toMatchObject({
    status: 'completed',
    phase: null,
    current_cost: '0.0050000000',
    ended_at: new Date(START + 50_000),
  });
  expect((await chargesOf(db, held.attemptId)).map(({ state }) => state)).toEqual(['final', 'final', 'final']);
  expect(await attemptRow(db, held.attemptId)).toMatchObject({
    outcome: 'completed',
    cost: '0.0050000000',
    cost_by_phase: { setup: '0.0010000000', training: '0.0035000000', evaluation: '0.0005000000' },
    ended_at: new Date(START + 50_000),
    metered_to: new Date(START + 50_000),
  });
  const notices = await noticesOf(db, jobId);
  expect(notices.map(({ type }) => type)).toEqual(['job_started', 'job_completed']);
  expect(notices[1]?.message).toBe(
    'It cost $0.00500, and took 50 s. The final loss is 2.900. The adapter is being collected: its own message follows.',
  );
});

it('200 ends of one attempt, four at a time, write what one writes', async () => {
  const jobId = await addJob(db, caller, { priceId });
  const held = await claimed(ctx, jobId);
  await recordProgress(ctx, [reportOf(held, run, START + 40_000)]);
  const end = endOf(held, START + 3 * MINUTE, run);
  expect(await endAttempt(ctx, end)).not.toBeNull();
  const once = await everythingOf(db, jobId);
  for (let i = 0; i < 50; i += 1) {
    const again = await Promise.all(Array.from({ length: 4 }, () => endAttempt(ctx, end)));
    expect(again).toEqual([null, null, null, null]);
  }
  expect(await everythingOf(db, jobId)).toBe(once);
  expect((await noticesOf(db, jobId)).map(({ type }) => type)).toEqual(['job_started', 'job_completed']);
});

it('of eight claims of one job one gets it', async () => {
  const jobId = await addJob(db, caller, { priceId });
  const claims = await Promise.all(
    Array.from({ length: 8 }, (_, i) => claimJob(ctx, { jobId, ...WORKER, worker: `here:${i}:1` })),
  );
  expect(claims.filter((held) => held !== null)).toHaveLength(1);
  const { rows } = await db.admin.query('select count(*)::int as n from lora_job_attempts where job_id = $1', [jobId]);
  expect(rows[0]).toEqual({ n: 1 });
});

it('claims made at once never pass the limit of an account', async () => {
  const busy = await db.createUser();
  const jobs: string[] = [];
  for (let i = 0; i < 12; i += 1) jobs.push(await addJob(db, busy, { priceId }));
  const limited = { ...WORKER, mostRunning: 3 };
  expect(await listWaitingJobs(ctx, { ...limited, limit: 100 })).toEqual(expect.arrayContaining(jobs));
  const claims = await Promise.all(jobs.map((jobId) => claimJob(ctx, { jobId, ...limited })));
  const held = claims.filter((claim) => claim !== null);
  expect(held).toHaveLength(3);
  const waiting = await listWaitingJobs(ctx, { ...limited, limit: 100 });
  expect(waiting.filter((id) => jobs.includes(id))).toEqual([]);

  const [first] = held;
  if (first) await endAttempt(ctx, endOf(first, START + MINUTE, run));
  const next = jobs.filter((id) => !held.some(({ jobId }) => jobId === id))[0] ?? '';
  expect(await claimJob(ctx, { jobId: next, ...limited })).not.toBeNull();
});

it('a job that is cancelled, gone, or for another executor is not claimed', async () => {
  const cancelled = await addJob(db, caller, { priceId });
  await db.admin.query("update lora_training_jobs set status = 'cancelled' where id = $1", [cancelled]);
  const asked = await addJob(db, caller, { priceId });
  await db.admin.query('update lora_training_jobs set cancel_requested_at = now() where id = $1', [asked]);
  const elsewhere = await addJob(db, caller, { priceId, executor: 'other' });
  const gone = '00000000-0000-4000-8000-000000000000';
  for (const jobId of [cancelled, asked, elsewhere, gone]) {
    expect(await claimJob(ctx, { jobId, ...WORKER })).toBeNull();
  }
  expect(await claimJob(ctx, { jobId: elsewhere, ...WORKER, executors: ['other'] })).not.toBeNull();
});

it('an attempt keeps the price that held at its claim, whatever the price is later', async () => {
  const own = await addPrice(db, { unitPrice: '1' });
  const jobId = await addJob(db, caller, { priceId: own });
  const raise = (version: number, unitPrice: string) =>
    db.admin.query(
      `with ended as (update lora_prices set valid_to = now() where sku = (select sku from lora_prices where id = $1)
         and valid_to is null returning *)
       insert into lora_prices (provider, sku, kind, gpu_type, gpu_count, region, purchase_option, unit, unit_price,
         version, valid_from, origin, observed_on)
       select provider, sku, kind, gpu_type, gpu_count, region, purchase_option, unit, $2, $3, now(), origin, observed_on
       from ended`,
      [own, unitPrice, version],
    );
  await raise(2, '2');
  const held = await claimed(ctx, jobId);
  await raise(3, '3');
  await recordProgress(ctx, [reportOf(held, timelineOf(START, []), START + 36_000)]);
  expect(await chargesOf(db, held.attemptId)).toMatchObject([
    { amount: '0.0200000000', details: { price_version: expect.stringMatching(/\/2$/), unit_price: '2' } },
  ]);
});

it('several of what a price is for are several units', async () => {
  const pair = await addPrice(db, { unitPrice: '3.6', gpuCount: 2 });
  const held = await claimed(ctx, await addJob(db, caller, { priceId: pair, gpuCount: 6 }));
  await recordProgress(ctx, [reportOf(held, timelineOf(START, []), START + 1_000)]);
  expect(await chargesOf(db, held.attemptId)).toMatchObject([{ amount: '0.0030000000', details: { units: '3' } }]);
});
