import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { verifyLedger } from '@/domain/ledger/verify-ledger';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { seededRandom } from '../support/random';
import { oracleAttempt } from '../training/metering.oracle';
import { addPrice, everythingOf, trainingCtx } from '../training/support';
import { until } from '../worker/support/machine';
import { SEED, trials } from './support/scale';
import { createYard, type WorkerProcess, type Yard } from './support/workers';

const KILLS = trials({ short: 6, full: 200 });
const JOBS = trials({ short: 15, full: 500 });
const ZOMBIES = trials({ short: 1, full: 100 });
const SUPERVISOR_KILLS = trials({ short: 2, full: 20 });
const WORKERS = 3;
const SLOTS = 4;
const TERMS = { unitPrice: '7.123456789', incrementMs: 1, minimumMs: 0, billedPhases: null };
/** As on the machine of an embedded database: runs wait for the next worker to find them. */
const TIMES = {
  leaseMs: 10_000,
  runLeaseMs: 60_000,
  graceMs: 2_000,
  tickMs: 300,
  pollMs: 200,
  sweepMs: 300,
  rareMs: 300,
};

let db: TestDatabase;
let caller: Caller;
let priceId: string;
let yard: Yard;

beforeAll(async () => {
  db = await createTestDatabase();
  caller = await db.createUser();
  priceId = await addPrice(db, TERMS);
});
afterAll(() => db?.drop());
afterEach(() => yard?.stop());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function addJobs(count: number): Promise<string[]> {
  const { rows } = await db.admin.query<{ id: string }>(
    `insert into lora_training_jobs (user_id, name, status, executor, trainer, hyperparameters, gpu_count, price_id)
     select $1, 'run ' || i, 'queued', 'local', 'tick', '{}', 1, $2 from generate_series(1, $3::int) i returning id`,
    [caller.userId, priceId, count],
  );
  return rows.map((row) => row.id);
}

const leftOf = async (jobs: readonly string[]): Promise<number> => {
  const { rows } = await db.admin.query<{ n: number }>(
    "select count(*)::int as n from lora_training_jobs where id = any ($1) and status in ('queued', 'initializing', 'running')",
    [jobs],
  );
  return rows[0]?.n ?? 0;
};
async function allEnded(jobs: readonly string[]): Promise<void> {
  for (let left = -1, same = 0; left !== 0 && same < 600; ) {
    const now = await leftOf(jobs);
    same = now === left ? same + 1 : 0;
    left = now;
    await pause(100);
  }
  expect(await leftOf(jobs)).toBe(0);
}

/** What runs leave is gone soon after their end. */
async function noProcessLeft(): Promise<void> {
  for (let look = 0; look < 100 && yard.processes().length > 0; look += 1) await pause(100);
  expect(yard.processes()).toEqual([]);
}

interface AttemptRow {
  readonly id: string;
  readonly job_id: string;
  readonly number: number;
  readonly outcome: string;
  readonly cost: string;
  readonly charged: string;
  readonly is_final: boolean;
}

const attemptsOf = async (jobs: readonly string[]): Promise<AttemptRow[]> =>
  (
    await db.admin.query<AttemptRow>(
      `select a.id, a.job_id, a.number, a.outcome, a.cost, coalesce(sum(r.amount), 0)::numeric(20, 10)::text as charged,
         coalesce(bool_and(r.state = 'final'), true) as is_final
       from lora_job_attempts a left join lora_cost_records r on r.source = 'attempt:' || a.id
       where a.job_id = any ($1) group by a.id order by a.job_id, a.number`,
      [jobs],
    )
  ).rows;

/** Every job ended once, its runs never overlapped, and the ledger is what its journals say, to the last digit. */
async function expectTruth(jobs: readonly string[]): Promise<{ attempts: number; started: number }> {
  const attempts = await attemptsOf(jobs);
  const records = new Map(yard.records().map((record) => [record.attemptId, record]));
  let started = 0;
  for (const attempt of attempts) {
    const record = records.get(attempt.id);
    const isStarted = record !== undefined && record.startedAt !== null;
    const stretch = { start: record?.startedAt ?? 0, end: record?.endedAt ?? 0, phase: 'training' };
    const expected = isStarted ? oracleAttempt([stretch], TERMS).total : '0.0000000000';
    expect([attempt.id, attempt.cost, attempt.charged, attempt.is_final]).toEqual([
      attempt.id,
      expected,
      expected,
      true,
    ]);
    if (!isStarted) {
      expect(record?.starts ?? []).toEqual([]);
      continue;
    }
    started += 1;
    // what the run wrote itself lies within what the journal says; nothing was started twice
    expect(record.starts.length).toBeLessThanOrEqual(1);
    expect(record.ends.length).toBeLessThanOrEqual(1);
    for (const at of [...record.starts, ...record.ends]) {
      expect(at).toBeGreaterThanOrEqual(stretch.start - CLOCK_MS);
      // whose supervisor was killed is charged to the last sign of it, and ended as soon as that is found
      if (record.reason !== 'lost') expect(at).toBeLessThanOrEqual(stretch.end + CLOCK_MS);
    }
  }
  for (const [jobId, own] of Map.groupBy(attempts, (attempt) => attempt.job_id)) {
    const runs = own.flatMap(({ id }) => records.get(id) ?? []).filter(({ startedAt }) => startedAt !== null);
    runs.sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
    runs.slice(1).forEach((run, i) => {
      const before = Math.max(runs[i]?.endedAt ?? 0, ...(runs[i]?.ends ?? []));
      expect([jobId, run.startedAt]).toEqual([jobId, Math.max(run.startedAt ?? 0, before)]);
    });
  }
  const { rows } = await db.admin.query(
    `select j.id, j.status, (select array_agg(n.type order by n.seq) from lora_notifications n where n.job_id = j.id) as types
     from lora_training_jobs j where j.id = any ($1)`,
    [jobs],
  );
  for (const { id, status, types } of rows) {
    expect([id, status, types]).toEqual([id, 'completed', ['job_started', 'job_completed']]);
  }
  expect(rows).toHaveLength(jobs.length);
  expect((await verifyLedger(trainingCtx(db))).differences).toEqual([]);
  return { attempts: attempts.length, started };
}

/** `date` rounds down, and the anchor of a journal was read at another moment of the same millisecond. */
const CLOCK_MS = 2;

it(`${KILLS} kills of workers over ${JOBS} jobs: each ends once, none runs twice, each cent is explained (seed ${SEED})`, async () => {
  yard = createYard(db, TIMES, SLOTS);
  const random = seededRandom(SEED);
  const jobs = await addJobs(JOBS);
  const workers: WorkerProcess[] = await Promise.all(Array.from({ length: WORKERS }, () => yard.startWorker()));
  let more = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    await pause(random() * 1_000);
    // work must be there to be interrupted: the kills are spread over all of it
    if ((await leftOf(jobs)) < SLOTS) {
      jobs.push(...(await addJobs(SLOTS)));
      more += SLOTS;
    }
    const place = Math.floor(random() * WORKERS);
    workers[place]?.child.kill('SIGKILL');
    await workers[place]?.gone;
    workers[place] = await yard.startWorker();
  }
  await allEnded(jobs);
  await noProcessLeft();
  const { attempts, started } = await expectTruth(jobs);
  console.log(
    `${KILLS} kills, ${jobs.length} jobs (${more} added on the way), ${attempts} attempts, ${started} of them started`,
  );
});

it(`${SUPERVISOR_KILLS} kills of supervisors: the run goes with its supervisor, is paid to its last sign, and made again`, async () => {
  yard = createYard(db, TIMES, SLOTS);
  await yard.startWorker();
  for (let kill = 0; kill < SUPERVISOR_KILLS; kill += 1) {
    const jobs = await addJobs(1);
    const running = async () =>
      (
        await db.admin.query(
          'select a.id from lora_job_attempts a where a.job_id = any ($1) and a.metered_to is not null',
          [jobs],
        )
      ).rows[0]?.id as string | undefined;
    await until(async () => (await running()) !== undefined, 'the run is metered');
    const pid = yard.supervisorOf((await running()) ?? '');
    if (pid !== null) process.kill(pid, 'SIGKILL');
    await allEnded(jobs);
    await noProcessLeft();
    const { attempts } = await expectTruth(jobs);
    expect(attempts).toBe(2);
  }
});

/** As on machines of their own: a run that is not renewed ends before anybody else may begin it anew. */
const STRICT = { ...TIMES, leaseMs: 3_000, runLeaseMs: 1_500, graceMs: 500 };

it(`${ZOMBIES} workers stopped for longer than their lease and let go on: not one write of theirs is taken`, async () => {
  yard = createYard(db, STRICT, SLOTS);
  for (let round = 0; round < ZOMBIES; round += 1) {
    const zombie = await yard.startWorker();
    const jobs = await addJobs(SLOTS);
    const metered = async () =>
      (await db.admin.query('select from lora_job_attempts where job_id = any ($1) and metered_to is not null', [jobs]))
        .rowCount;
    await until(async () => (await metered()) === SLOTS, 'all runs are metered');
    zombie.child.kill('SIGSTOP');
    const second = await yard.startWorker();
    await allEnded(jobs);
    await pause(STRICT.tickMs);
    const before = await Promise.all(jobs.map((id) => everythingOf(db, id)));
    zombie.child.kill('SIGCONT');
    // it has noticed, so it has tried
    await until(async () => /let go of a run/.test(zombie.log()), 'the zombie lets go of its runs');
    await pause(3 * STRICT.tickMs);
    expect(await Promise.all(jobs.map((id) => everythingOf(db, id)))).toEqual(before);
    await expectTruth(jobs);
    for (const worker of [zombie, second]) {
      worker.child.kill('SIGKILL');
      await worker.gone;
    }
  }
  expect(yard.processes()).toEqual([]);
});
