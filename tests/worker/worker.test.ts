import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { costFunction } from '@/domain/metering/price';
import { claimJob } from '@/domain/training/claim-job';
import { formatMoney } from '@/lib/money';
import { phasedTimeline } from '@/worker/executors/simulated/timeline';
import { isDead, nameWorker } from '@/worker/worker-name';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { addPrice, attemptRow, chargesOf, jobRow, noticesOf } from '../training/support';
import { createMachine, deadName, type Machine, TIMES, until } from './support/machine';

let db: TestDatabase;
let caller: Caller;
let priceId: string;
let machine: Machine;

beforeAll(async () => {
  db = await createTestDatabase();
  caller = await db.createUser();
  priceId = await addPrice(db, { unitPrice: '3600' });
});
afterAll(() => db?.drop());
beforeEach(() => {
  machine = createMachine(db);
});
afterEach(() => machine.stopAll());

/** Of a thousandth of a dollar a millisecond, the price of these tests. */
const costOf = (ms: number) =>
  formatMoney(costFunction('1', { version: '', currency: 'USD', unitPrice: '3600', unit: 'hour' })(ms));
const short = phasedTimeline([
  { phase: 'setup', ms: 200 },
  { phase: 'training', ms: 400, steps: 4, metrics: (step) => ({ loss: 4 / step }) },
  { phase: 'saving', ms: 100 },
]);
const endless = { ...phasedTimeline([{ phase: 'training', ms: 500, steps: 5 }]), lastsMs: Number.POSITIVE_INFINITY };

const statusOf = async (jobId: string) => (await jobRow(db, jobId)).status;
const attemptsOf = async (jobId: string) =>
  (await db.admin.query('select * from lora_job_attempts where job_id = $1 order by number', [jobId])).rows;
const ends = (jobId: string, status: string) =>
  until(async () => (await statusOf(jobId)) === status, `the job is ${status}`);

async function expectExact(jobId: string): Promise<void> {
  for (const attempt of await attemptsOf(jobId)) {
    const ms = attempt.ended_at.getTime() - attempt.started_at.getTime();
    expect(attempt.cost).toBe(costOf(ms));
    const charges = await chargesOf(db, attempt.id);
    expect(charges.reduce((sum, { details }) => sum + Number(details.quantity_ms), 0)).toBe(ms);
    expect(charges.every(({ state }) => state === 'final')).toBe(true);
  }
}

it('jobs that wait are claimed, run, metered and ended, with all that they told', async () => {
  const jobs = await Promise.all(Array.from({ length: 12 }, () => machine.addJob(caller, priceId)));
  for (const jobId of jobs) machine.tell(jobId, short);
  machine.startWorker();
  for (const jobId of jobs) {
    await ends(jobId, 'completed');
    await expectExact(jobId);
    const [attempt] = await attemptsOf(jobId);
    expect(attempt.cost).toBe(costOf(700));
    expect((await noticesOf(db, jobId)).map(({ type }) => type)).toEqual(['job_started', 'job_completed']);
    const { rows } = await db.admin.query(
      'select step, metrics from lora_metrics_points where job_id = $1 order by step',
      [jobId],
    );
    expect(rows.map(({ step, metrics }) => [step, metrics.loss])).toEqual([
      [1, 4],
      [2, 2],
      [3, 4 / 3],
      [4, 1],
    ]);
  }
});

it('what a completed run left is taken over before the run is cleared, again and again until it succeeds', async () => {
  const jobId = await machine.addJob(caller, priceId);
  machine.tell(jobId, short);
  const asked: string[] = [];
  machine.startWorker({
    collect: async (_, run) => {
      asked.push(run.jobId);
      expect((await run.executor.listFiles(run.attemptId)).length).toBeGreaterThan(0);
      if (asked.length === 1) throw new Error('the store is away');
    },
  });
  await until(async () => (await attemptsOf(jobId))[0]?.cleared_at != null, 'the run is cleared');
  expect(asked).toEqual([jobId, jobId]);
  expect(await machine.executor.listRuns()).toEqual([]);
});

it('a cancellation that is asked for stops the run, which costs what it used', async () => {
  const jobId = await machine.addJob(caller, priceId);
  machine.tell(jobId, endless);
  machine.startWorker();
  await ends(jobId, 'running');
  await db.admin.query('update lora_training_jobs set cancel_requested_at = now() where id = $1', [jobId]);
  await ends(jobId, 'cancelled');
  await expectExact(jobId);
});

it('a run whose loss is no number any more is ended at once', async () => {
  const jobId = await machine.addJob(caller, priceId);
  machine.tell(jobId, {
    told: [{ afterMs: 100, event: { phase: 'training', step: 1, loss: Number.NaN } }],
    lastsMs: Number.POSITIVE_INFINITY,
  });
  machine.startWorker();
  await ends(jobId, 'failed');
  expect(await jobRow(db, jobId)).toMatchObject({ failure_cause: 'diverged' });
  await expectExact(jobId);
});

it('the attempt of a dead worker is taken over within seconds, and its run goes on', async () => {
  const jobId = await machine.addJob(caller, priceId);
  machine.tell(jobId, phasedTimeline([{ phase: 'training', ms: 1_200, steps: 6 }]));
  const dead = await deadName();
  expect(isDead(dead.worker)).toBe(true);
  expect(isDead(nameWorker().worker)).toBe(false);
  const held = await claimJob(machine.ctx, {
    jobId,
    ...dead,
    leaseMs: 60_000,
    executors: ['simulated'],
    mostRunning: 1_000,
  });
  await machine.executor.start({
    attemptId: held?.attemptId ?? '',
    jobId,
    number: 1,
    leaseMs: 2_000,
    graceMs: 500,
    maxRuntimeMs: null,
  } as never);
  machine.startWorker();
  await ends(jobId, 'completed');
  expect(await attemptsOf(jobId)).toMatchObject([{ number: 1, fence: '2', outcome: 'completed', cost: costOf(1_200) }]);
});

it('a worker that stops in order hands its runs over, which notice nothing', async () => {
  const jobs = await Promise.all(Array.from({ length: 5 }, () => machine.addJob(caller, priceId)));
  for (const jobId of jobs) machine.tell(jobId, phasedTimeline([{ phase: 'training', ms: 1_500, steps: 10 }]));
  const first = machine.startWorker({ name: { host: 'here', worker: 'here:1:first' } });
  for (const jobId of jobs) await ends(jobId, 'running');
  await first.stop(5_000);
  for (const jobId of jobs) {
    const [attempt] = await attemptsOf(jobId);
    if (attempt.ended_at === null) expect(attempt.worker).toBe('nobody');
  }
  machine.startWorker({ name: { host: 'here', worker: 'here:2:second' } });
  for (const jobId of jobs) {
    await ends(jobId, 'completed');
    expect(await attemptsOf(jobId)).toMatchObject([{ number: 1, outcome: 'completed', cost: costOf(1_500) }]);
  }
});

it('a run that this machine knows nothing of is ended as lost when it is surely over, and made again', async () => {
  const jobId = await machine.addJob(caller, priceId);
  machine.tell(jobId, short);
  const held = await claimJob(machine.ctx, {
    jobId,
    host: 'there',
    worker: 'there:1:1',
    leaseMs: 500,
    executors: ['simulated'],
    mostRunning: 1_000,
  });
  machine.startWorker();
  await ends(jobId, 'completed');
  expect(await attemptsOf(jobId)).toMatchObject([
    { id: held?.attemptId, outcome: 'lost', cause: 'worker_lost', cost: '0.0000000000' },
    { number: 2, outcome: 'completed', cost: costOf(700) },
  ]);
});

it('a run that vanishes is made again from its checkpoint, and what was lost is paid for once', async () => {
  const jobId = await machine.addJob(caller, priceId);
  machine.tell(
    jobId,
    {
      told: [
        { afterMs: 100, event: { phase: 'training', step: 1 } },
        { afterMs: 200, event: { step: 2, checkpoint: 2 } },
        { afterMs: 300, event: { step: 3 } },
      ],
      lastsMs: Number.POSITIVE_INFINITY,
    },
    1,
  );
  machine.tell(jobId, short, 2);
  machine.startWorker();
  await until(async () => (await jobRow(db, jobId)).step === 3, 'the third step is made');
  const [first] = await attemptsOf(jobId);
  machine.executor.lose(first.id);
  await ends(jobId, 'completed');
  await expectExact(jobId);
  const [lost, second] = await attemptsOf(jobId);
  expect(lost).toMatchObject({ outcome: 'lost', checkpoint_step: 2 });
  expect(second).toMatchObject({ resumed_from_step: 2, outcome: 'completed' });
  expect(lost.cost_by_phase.lost).toBe(costOf(lost.ended_at.getTime() - lost.checkpoint_at.getTime()));
});

it('slots and the limit of an account hold back what is too much', async () => {
  const jobs = await Promise.all(Array.from({ length: 6 }, () => machine.addJob(caller, priceId)));
  for (const jobId of jobs) machine.tell(jobId, short);
  let most = 0;
  const worker = machine.startWorker({ slots: 2 });
  const watch = setInterval(() => {
    most = Math.max(most, worker.holding().length);
  }, 10);
  for (const jobId of jobs) await ends(jobId, 'completed');
  clearInterval(watch);
  expect(most).toBe(2);
});

it('what cannot be started fails with its reason in words, and costs nothing', async () => {
  const jobId = await machine.addJob(caller, priceId);
  machine.tell(jobId, { told: [], lastsMs: 0, reason: 'not_started', exitCode: null });
  machine.startWorker();
  await ends(jobId, 'failed');
  expect(await jobRow(db, jobId)).toMatchObject({
    failure_cause: 'command_not_found',
    current_cost: '0.0000000000',
    started_at: null,
  });
});

it('two workers on one machine share the work, and every job runs once', async () => {
  const jobs = await Promise.all(Array.from({ length: 30 }, () => machine.addJob(caller, priceId)));
  for (const jobId of jobs) machine.tell(jobId, short);
  machine.startWorker({ name: { host: 'here', worker: 'here:1:one' }, slots: 10 });
  machine.startWorker({ name: { host: 'here', worker: 'here:2:two' }, slots: 10 });
  const workers = new Set<string>();
  for (const jobId of jobs) {
    await ends(jobId, 'completed');
    const attempts = await attemptsOf(jobId);
    expect(attempts).toHaveLength(1);
    workers.add((await attemptRow(db, attempts[0].id)).worker);
    await expectExact(jobId);
  }
  expect(workers.size).toBe(2);
});

it('the times of these tests keep the order that leases rest on', () => {
  expect(TIMES.runLeaseMs * 2).toBeLessThanOrEqual(TIMES.leaseMs);
});
