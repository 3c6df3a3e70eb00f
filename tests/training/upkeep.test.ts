import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { endAttempt } from '@/domain/training/end-attempt';
import { noteStuckJobs } from '@/domain/training/note-stuck-jobs';
import { recordProgress } from '@/domain/training/record-progress';
import { thinMetrics } from '@/domain/training/thin-metrics';
import { MOST_LINES_KEPT, trimLogs } from '@/domain/training/trim-logs';
import { createTestDatabase, type TestDatabase } from '../support/database';
import {
  addJob,
  addPrice,
  claimed,
  endOf,
  noticesOf,
  reportOf,
  type TrainingCtx,
  timelineOf,
  trainingCtx,
} from './support';

const START = Date.parse('2026-06-15T12:00:00Z');
const MINUTE = 60_000;
const STUCK = { stuckMs: 15 * MINUTE };

let db: TestDatabase;
let ctx: TrainingCtx;
let caller: Caller;
let priceId: string;

beforeAll(async () => {
  db = await createTestDatabase();
  ctx = trainingCtx(db);
  caller = await db.createUser();
  priceId = await addPrice(db, { unitPrice: '2.5' });
});
afterAll(() => db?.drop());

const stuckOf = async (jobId: string) => (await noticesOf(db, jobId)).filter(({ type }) => type === 'job_stuck');

it('a run that makes no step while its meter runs is reported once for each standstill, with what an hour costs', async () => {
  const held = await claimed(ctx, await addJob(db, caller, { priceId, name: 'slow one' }));
  const step = (n: number, after: number) => [after, { phase: 'training' as const, step: n }] as const;
  await recordProgress(ctx, [reportOf(held, timelineOf(START, [step(7, MINUTE)]), START + 2 * MINUTE)]);
  ctx.clock.set(START + 15 * MINUTE);
  expect(await noteStuckJobs(ctx, STUCK)).toEqual({ noted: 0 });
  ctx.clock.set(START + 17 * MINUTE);
  expect(await noteStuckJobs(ctx, STUCK)).toEqual({ noted: 1 });
  const [notice] = await stuckOf(held.jobId);
  expect(notice?.message).toBe(
    'It has made no step for 16 minutes (the last was 7) and goes on costing $2.50 an hour. Look at its log, and cancel it if it hangs.',
  );
  expect(notice?.metadata).toMatchObject({ rate_per_hour_exact: '2.5000000000', step: 7 });
  for (let i = 0; i < 5; i += 1) expect(await noteStuckJobs(ctx, STUCK)).toEqual({ noted: 0 });
  // it goes on, and stands still again
  const on = timelineOf(START, [step(7, MINUTE), step(8, 20 * MINUTE)]);
  await recordProgress(ctx, [reportOf(held, on, START + 20 * MINUTE)]);
  expect(await noteStuckJobs(ctx, STUCK)).toEqual({ noted: 0 });
  ctx.clock.set(START + 40 * MINUTE);
  expect(await noteStuckJobs(ctx, STUCK)).toEqual({ noted: 1 });
  expect(await stuckOf(held.jobId)).toHaveLength(2);
});

it('time that is not charged, and jobs that have ended, are not reported', async () => {
  const free = await addPrice(db, { billedPhases: ['training'] });
  const idle = await claimed(ctx, await addJob(db, caller, { priceId: free }));
  const quiet = timelineOf(START, [[MINUTE, { phase: 'idle' }]]);
  await recordProgress(ctx, [reportOf(idle, quiet, START + 2 * MINUTE)]);
  const over = await claimed(ctx, await addJob(db, caller, { priceId }));
  await endAttempt(ctx, endOf(over, START + MINUTE, timelineOf(START, [])));
  ctx.clock.set(START + 60 * MINUTE);
  await noteStuckJobs(ctx, STUCK);
  expect(await stuckOf(idle.jobId)).toEqual([]);
  expect(await stuckOf(over.jobId)).toEqual([]);
});

async function addPoints(jobId: string, count: number, loss: string): Promise<void> {
  await db.admin.query(
    `insert into lora_metrics_points (user_id, job_id, step, metrics)
     select $1, $2, i, jsonb_build_object('loss', ${loss}) || case when i % 100 = 0
       then jsonb_build_object('validation_loss', 1) else '{}' end
     from generate_series(1, $3::int) i`,
    [caller.userId, jobId, count],
  );
}
const endedAt = async (jobId: string, at: string) =>
  db.admin.query("update lora_training_jobs set status = 'completed', ended_at = $2 where id = $1", [jobId, at]);
const pointsOf = async (jobId: string) =>
  (
    await db.admin.query<{ step: number; loss: number; grain: number }>(
      "select step, (metrics ->> 'loss')::float8 as loss, grain from lora_metrics_points where job_id = $1 order by step",
      [jobId],
    )
  ).rows;

it('curves of jobs that ended over a day ago keep every fourth point, about 2,000 at most, and all extremes', async () => {
  const [middling, long, brief, fresh] = [
    await addJob(db, caller, { priceId }),
    await addJob(db, caller, { priceId }),
    await addJob(db, caller, { priceId }),
    await addJob(db, caller, { priceId }),
  ];
  await addPoints(middling, 1_000, 'case when i = 503 then 90 when i = 702 then -5 else 10 - i / 200.0 end');
  await addPoints(long, 30_000, 'i % 17');
  await addPoints(brief, 150, 'i');
  await addPoints(fresh, 1_000, 'i');
  for (const jobId of [middling, long, brief]) await endedAt(jobId, '2026-06-10T00:00:00Z');
  await endedAt(fresh, '2026-06-15T11:00:00Z');
  ctx.clock.set(START);
  expect(await thinMetrics(ctx)).toMatchObject({ jobs: 3 });
  const thinned = await pointsOf(middling);
  expect(thinned.length).toBeGreaterThan(240);
  expect(thinned.length).toBeLessThan(280);
  const steps = thinned.map(({ step }) => step);
  expect(steps).toEqual(expect.arrayContaining([1, 1_000, 503, 702, 100, 200, 900]));
  expect(thinned.every(({ grain }) => grain === 4)).toBe(true);
  expect((await pointsOf(long)).length).toBeLessThanOrEqual(2_000);
  expect(await pointsOf(brief)).toHaveLength(150);
  expect(await pointsOf(fresh)).toHaveLength(1_000);
  expect(await thinMetrics(ctx)).toEqual({ jobs: 0, points: 0 });
});

it('of a log the newest lines are kept, whether the run goes on or ended lately', async () => {
  const held = await claimed(ctx, await addJob(db, caller, { priceId }));
  await db.admin.query(
    `insert into lora_job_log_lines (job_id, user_id, attempt, line_no, stream, logged_at, line)
     select $1, $2, 1 + i / 15000, i, 'stdout', now(), 'line' from generate_series(1, $3::int) i`,
    [held.jobId, caller.userId, MOST_LINES_KEPT + 5_000],
  );
  expect(await trimLogs(ctx)).toEqual({ lines: 5_000 });
  expect(await trimLogs(ctx)).toEqual({ lines: 0 });
  const { rows } = await db.admin.query(
    'select count(*)::int as n, min(line_no) as first from lora_job_log_lines where job_id = $1',
    [held.jobId],
  );
  expect(rows[0]).toEqual({ n: MOST_LINES_KEPT, first: 5_001 });
});
