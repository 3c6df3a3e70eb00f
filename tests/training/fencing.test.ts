import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { MOST_ATTEMPTS, NOBODY } from '@/domain/training/attempt';
import { endAttempt } from '@/domain/training/end-attempt';
import { listWorkers } from '@/domain/training/list-workers';
import { recordProgress } from '@/domain/training/record-progress';
import { releaseLeases } from '@/domain/training/release-leases';
import { renewLeases } from '@/domain/training/renew-leases';
import { takeOver } from '@/domain/training/take-over';
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

const START = Date.parse('2026-06-15T12:00:00Z');
const LEASE_MS = 15_000;

let db: TestDatabase;
let ctx: TrainingCtx;
let caller: Caller;
let priceId: string;

beforeAll(async () => {
  db = await createTestDatabase();
  ctx = trainingCtx(db);
  caller = await db.createUser();
  priceId = await addPrice(db, { unitPrice: '3.6' });
});
afterAll(() => db?.drop());

const SECOND = { worker: 'here:2:2', host: 'here', leaseMs: LEASE_MS, graceMs: 5_000, executors: ['fake'], dead: [] };
const taker = (given: Partial<Parameters<typeof takeOver>[1]> = {}) =>
  takeOver(ctx, { ...SECOND, holding: [], limit: 100, ...given });
const begin = async () => claimed(ctx, await addJob(db, caller, { priceId }));
/** Lets a lease pass, as if it was not renewed for that long. */
const age = (attemptId: string, ms: number) =>
  db.admin.query(
    "update lora_job_attempts set lease_until = clock_timestamp() - $2 * interval '1 millisecond' where id = $1",
    [attemptId, ms],
  );
const run = timelineOf(START, [
  [1_000, { phase: 'training', step: 1, loss: 2 }],
  [4_000, { step: 4, checkpoint: 4 }],
  [9_000, { step: 9, loss: 1 }],
]);

it('an old fence writes nothing, whichever verb it tries; the new one writes with the same calls', async () => {
  const old = await begin();
  await recordProgress(ctx, [reportOf(old, run, START + 5_000)]);
  const [current] = await taker({ dead: [WORKER.worker] });
  expect(current).toMatchObject({ attemptId: old.attemptId, fence: 2, meteredTo: START + 5_000 });
  const verbs = (held: { attemptId: string; fence: number }) => ({
    renew: async () => (await renewLeases(ctx, [held], LEASE_MS)).held.length,
    tick: async () =>
      (
        await recordProgress(ctx, [
          reportOf(held, run, START + 10_000, {
            points: [{ step: 9, at: START + 9_000, metrics: { loss: 1 }, grain: 1 }],
            lines: [{ number: 1, at: START, stream: 'stdout', text: 'a line' }],
          }),
        ])
      ).recorded.length,
    release: () => releaseLeases(ctx, [held], 1_000),
    end: async () => ((await endAttempt(ctx, endOf(held, START + 20_000, run))) === null ? 0 : 1),
  });
  const before = await everythingOf(db, old.jobId);
  for (const [name, call] of Object.entries(verbs(old))) expect([name, await call()]).toEqual([name, 0]);
  expect(await everythingOf(db, old.jobId)).toBe(before);
  expect(await renewLeases(ctx, [old], LEASE_MS)).toEqual({ held: [], lost: [old.attemptId], cancelRequested: [] });

  const now = current ?? old;
  for (const [name, call] of Object.entries(verbs(now))) {
    const state = await everythingOf(db, old.jobId);
    expect([name, await call()]).toEqual([name, 1]);
    expect([name, (await everythingOf(db, old.jobId)) === state]).toEqual([name, false]);
  }
});

it('the database itself lowers no fence and opens no second attempt', async () => {
  const held = await begin();
  await taker({ dead: [WORKER.worker] });
  await expect(
    db.admin.query('update lora_job_attempts set fence = 1 where id = $1', [held.attemptId]),
  ).rejects.toThrow('an attempt ends once');
  await expect(
    db.admin.query(
      `insert into lora_job_attempts (job_id, user_id, number, executor, worker, host, lease_until, price, units)
       select job_id, user_id, 9, executor, worker, host, lease_until, price, units from lora_job_attempts where id = $1`,
      [held.attemptId],
    ),
  ).rejects.toThrow('lora_job_attempts_one_open');
});

it('on its own machine an attempt is taken over from a dead worker, one that let go, and a lease that passed', async () => {
  const [dead, released, late, well] = [await begin(), await begin(), await begin(), await begin()];
  const others = { holding: [well.attemptId] };
  expect(await taker(others)).toEqual([]);
  await age(late.attemptId, 1);
  expect((await taker(others)).map(({ attemptId }) => attemptId)).toEqual([late.attemptId]);
  await releaseLeases(ctx, [released], 7_500);
  expect(await attemptRow(db, released.attemptId)).toMatchObject({ worker: NOBODY });
  const [again] = await taker({ holding: [well.attemptId, late.attemptId] });
  expect(again).toMatchObject({ attemptId: released.attemptId, fence: 2 });
  expect(again?.waitMs).toBeGreaterThan(0);
  expect(await listWorkers(ctx, 'here')).toEqual(expect.arrayContaining([WORKER.worker, SECOND.worker]));
  const mine = [well, late, released].map(({ attemptId }) => attemptId);
  const byDeath = await taker({ worker: 'here:3:3', dead: [WORKER.worker], holding: mine });
  expect(byDeath.map(({ attemptId }) => attemptId)).toContain(dead.attemptId);
});

it('from another machine it is taken over only when lease and grace have passed, and stays where its run was', async () => {
  const held = await begin();
  const far = { worker: 'there:1:1', host: 'there' };
  const mine = async (rest: object) =>
    (await taker({ ...far, ...rest })).filter(({ attemptId }) => attemptId === held.attemptId);
  expect(await mine({ dead: [WORKER.worker] })).toEqual([]);
  await age(held.attemptId, 4_000);
  expect(await mine({})).toEqual([]);
  await age(held.attemptId, 5_100);
  expect(await mine({})).toMatchObject([{ fence: 2, waitMs: 0 }]);
  expect(await attemptRow(db, held.attemptId)).toMatchObject({ host: 'here', worker: 'there:1:1' });
});

it('of eight takers at once each gets different attempts', async () => {
  const held = [];
  for (let i = 0; i < 40; i += 1) held.push(await begin());
  for (const { attemptId } of held) await age(attemptId, 60_000);
  const taken = await Promise.all(Array.from({ length: 8 }, (_, i) => taker({ worker: `here:${i}:9`, limit: 7 })));
  const ids = taken.flat().map(({ attemptId }) => attemptId);
  expect(new Set(ids).size).toBe(ids.length);
  for (;;) {
    const rest = await taker({ worker: 'here:8:9', limit: 7, holding: ids });
    if (rest.length === 0) break;
    ids.push(...rest.map(({ attemptId }) => attemptId));
  }
  expect(ids).toEqual(expect.arrayContaining(held.map(({ attemptId }) => attemptId)));
});

it('renewing is by the clock of the database, and tells whose cancellation was asked for', async () => {
  const [a, b] = [await begin(), await begin()];
  ctx.clock.set('2001-01-01T00:00:00Z');
  await db.admin.query('update lora_training_jobs set cancel_requested_at = now() where id = $1', [b.jobId]);
  const renewed = await renewLeases(ctx, [a, b], LEASE_MS);
  expect(renewed.held.toSorted()).toEqual([a.attemptId, b.attemptId].sort());
  expect(renewed.cancelRequested).toEqual([b.attemptId]);
  const { rows } = await db.admin.query(
    'select extract(epoch from lease_until - clock_timestamp())::float8 as left from lora_job_attempts where id = $1',
    [a.attemptId],
  );
  expect(rows[0].left).toBeGreaterThan(10);
  expect(rows[0].left).toBeLessThanOrEqual(15);
});

it('a run that was lost is made again from its checkpoint; what it did since is lost, and all of it is paid', async () => {
  const held = await begin();
  await recordProgress(ctx, [reportOf(held, run, START + 10_000)]);
  const end = endOf(held, START + 12_000, run, { end: { reason: 'lost', exitCode: null, message: 'It is gone.' } });
  expect(await endAttempt(ctx, end)).toEqual({ outcome: 'lost', cause: 'worker_lost', jobStatus: 'queued' });
  expect(ctx.sent.at(-1)).toEqual({ queue: 'run-job', id: held.jobId });
  expect(await jobRow(db, held.jobId)).toMatchObject({
    status: 'queued',
    current_cost: '0.0120000000',
    ended_at: null,
  });
  expect(await chargesOf(db, held.attemptId)).toMatchObject([
    { phase: 'lost', amount: '0.0080000000', state: 'final', details: { first_step: 5, last_step: 9 } },
    { phase: 'setup', amount: '0.0010000000' },
    { phase: 'training', amount: '0.0030000000', details: { first_step: 1, last_step: 4 } },
  ]);
  const { rows } = await db.admin.query(
    'select phase, first_step, last_step from lora_job_segments where attempt_id = $1 order by number',
    [held.attemptId],
  );
  expect(rows).toEqual([
    { phase: 'setup', first_step: null, last_step: null },
    { phase: 'training', first_step: 1, last_step: 4 },
    { phase: 'lost', first_step: 5, last_step: 9 },
  ]);
  expect((await noticesOf(db, held.jobId)).map(({ type }) => type)).toEqual(['job_started']);

  const second = await claimed(ctx, held.jobId);
  expect(second).toMatchObject({ number: 2, fence: 1, resumeFrom: held.attemptId });
  expect(await attemptRow(db, second.attemptId)).toMatchObject({ resumed_from_step: 4 });
  const rest = timelineOf(START + 60_000, [[1_000, { phase: 'training', step: 5 }]]);
  await endAttempt(ctx, endOf(second, START + 70_000, rest));
  expect(await jobRow(db, held.jobId)).toMatchObject({ status: 'completed', current_cost: '0.0220000000' });
  const [, completed] = await noticesOf(db, held.jobId);
  expect(completed?.metadata).toMatchObject({ cost_exact: '0.0220000000', duration_ms: 22_000 });
});

it('on another machine a lost run begins again, since its checkpoint is not there', async () => {
  const held = await begin();
  await endAttempt(ctx, endOf(held, START + 12_000, run, { end: { reason: 'lost', exitCode: null } }));
  const far = await claimed(ctx, held.jobId, { worker: 'there:1:1', host: 'there' });
  expect(far).toMatchObject({ number: 2, resumeFrom: null });
});

it('what was lost before the checkpoint in quarter-hours that are final stays as it was charged', async () => {
  const held = await begin();
  const long = timelineOf(START, [
    [60_000, { phase: 'training', step: 1 }],
    [120_000, { checkpoint: 2, step: 2 }],
    [1_500_000, { step: 30 }],
  ]);
  // 12:00 to 12:15 is final by then; the checkpoint was at 12:02
  await recordProgress(ctx, [reportOf(held, long, START + 1_600_000)]);
  await endAttempt(ctx, endOf(held, START + 1_700_000, long, { end: { reason: 'lost', exitCode: null } }));
  expect(await chargesOf(db, held.attemptId)).toMatchObject([
    { at: START, phase: 'setup', amount: '0.0600000000' },
    { at: START, phase: 'training', amount: '0.8400000000' },
    { at: START + 900_000, phase: 'lost', amount: '0.8000000000' },
    { at: START + 900_000, phase: 'training', amount: '0.0000000000', details: { quantity_ms: 0 } },
  ]);
  expect(await attemptRow(db, held.attemptId)).toMatchObject({
    cost: '1.7000000000',
    cost_by_phase: { setup: '0.0600000000', training: '0.8400000000', lost: '0.8000000000' },
  });
});

it('an attempt that nobody can ask any more ends where it was last seen', async () => {
  const held = await begin();
  await recordProgress(ctx, [reportOf(held, run, START + 10_000)]);
  await age(held.attemptId, 60_000);
  const [taken] = (await taker({ worker: 'there:1:1', host: 'there' })).filter((a) => a.jobId === held.jobId);
  const ended = await endAttempt(ctx, endOf(taken ?? held, null, null, { end: { reason: 'lost', exitCode: null } }));
  expect(ended).toMatchObject({ outcome: 'lost', jobStatus: 'queued' });
  expect(await attemptRow(db, held.attemptId)).toMatchObject({
    ended_at: new Date(START + 10_000),
    cost: '0.0100000000',
    checkpoint_step: 4,
  });
  expect((await chargesOf(db, held.attemptId)).map(({ phase, amount }) => [phase, amount])).toEqual([
    ['lost', '0.0060000000'],
    ['setup', '0.0010000000'],
    ['training', '0.0030000000'],
  ]);
});

it('a job whose runs are lost again and again fails, and says so', async () => {
  const jobId = await addJob(db, caller, { priceId, name: 'unlucky' });
  for (const number of [1, 2, 3]) {
    const held = await claimed(ctx, jobId);
    expect(held.number).toBe(number);
    const at = START + number * 100_000;
    const ended = await endAttempt(
      ctx,
      endOf(held, at + 10_000, timelineOf(at, []), { end: { reason: 'lease', exitCode: null } }),
    );
    expect(ended?.jobStatus).toBe(number < 3 ? 'queued' : 'failed');
  }
  expect(await jobRow(db, jobId)).toMatchObject({ status: 'failed', failure_cause: 'worker_lost' });
  const notices = await noticesOf(db, jobId);
  expect(notices.map(({ type }) => type)).toEqual(['job_started', 'job_failed']);
  expect(notices[1]?.message).toContain('$0.03');
});

it('attempts whose run never started do not count as tries, but are not endless', async () => {
  const jobId = await addJob(db, caller, { priceId });
  for (let number = 1; number <= MOST_ATTEMPTS; number += 1) {
    const held = await claimed(ctx, jobId);
    const ended = await endAttempt(ctx, endOf(held, null, null, { end: { reason: 'lost', exitCode: null } }));
    expect(ended?.jobStatus).toBe(number < MOST_ATTEMPTS ? 'queued' : 'failed');
  }
  expect(await jobRow(db, jobId)).toMatchObject({ status: 'failed', current_cost: '0.0000000000' });
});

it('a cancelled run costs what it used; one that is lost while a cancellation is asked for is not made again', async () => {
  for (const reason of ['cancelled', 'lost'] as const) {
    const held = await begin();
    await recordProgress(ctx, [reportOf(held, run, START + 5_000)]);
    await db.admin.query('update lora_training_jobs set cancel_requested_at = now() where id = $1', [held.jobId]);
    const ended = await endAttempt(ctx, endOf(held, START + 9_500, run, { end: { reason, exitCode: null } }));
    expect(ended).toEqual({ outcome: 'cancelled', cause: null, jobStatus: 'cancelled' });
    expect(await jobRow(db, held.jobId)).toMatchObject({ status: 'cancelled', current_cost: '0.0095000000' });
    const notices = await noticesOf(db, held.jobId);
    expect(notices.map(({ type }) => type)).toEqual(['job_started', 'job_cancelled']);
  }
});

it('the log keeps the raw reason of an end; the notification says it in words', async () => {
  const held = await begin();
  const end = endOf(held, START + 9_500, run, {
    lastLines: ['RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB'],
    lines: [{ number: 7, at: START, stream: 'stderr', text: 'RuntimeError: CUDA out of memory.' }],
    end: { exitCode: 1, message: 'exit code 1\u0000' },
  });
  expect(await endAttempt(ctx, end)).toMatchObject({ outcome: 'failed', cause: 'out_of_memory' });
  const { rows } = await db.admin.query(
    'select line_no, stream, line from lora_job_log_lines where job_id = $1 order by 1',
    [held.jobId],
  );
  expect(rows).toEqual([
    { line_no: 7, stream: 'stderr', line: 'RuntimeError: CUDA out of memory.' },
    { line_no: 8, stream: 'system', line: 'exit code 1\uFFFD' },
  ]);
  const [, failed] = await noticesOf(db, held.jobId);
  expect(failed).toMatchObject({ type: 'job_failed', metadata: { cause: 'out_of_memory' } });
  expect(failed?.message).not.toContain('CUDA');
});
