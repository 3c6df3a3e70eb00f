import { readFileSync } from 'node:fs';
import { createTestDatabase } from '@tests/support/database';
import { seededRandom } from '@tests/support/random';
import { parse } from 'csv-parse/sync';
import { afterAll, expect, it } from 'vitest';
import { verifyLedger } from '@/domain/ledger/verify-ledger';
import { SimulatedExecutor } from '@/worker/executors/simulated/simulated-executor';
import { phasedTimeline, type Timeline } from '@/worker/executors/simulated/timeline';
import { JobTaker } from '@/worker/job-taker';
import { RunKeeper } from '@/worker/run-keeper';
import { nameWorker } from '@/worker/worker-name';
import type { WorkerParts } from '@/worker/worker-parts';
import { dataFile, whyWithout } from '../imports/support';
import { addJob, addPrice, trainingCtx } from '../training/support';

const FILE = dataFile('peft_runs/peft_runs.csv');
const missing = whyWithout('peft_runs/peft_runs.csv');
if (missing) console.warn(`tests/worker/peft-replay.test.ts ${missing}`);
const SEED = 20261123;
const MINUTE_MS = 60_000;

const db = await createTestDatabase();
afterAll(() => db.drop());

/** `ms × 1.09 / 3,600,000` in 10⁻¹⁰, rounded half away from zero: an oracle of whole numbers. */
const costOf = (ms: bigint): bigint => (2n * ms * 109n * 10n ** 8n + 3_600_000n) / (2n * 3_600_000n);

/** Seconds in decimal text as milliseconds, half up, without a double in between. */
function milliseconds(seconds: string): bigint {
  const [whole = '0', fraction = ''] = seconds.split('.');
  const digits = BigInt(whole + fraction.padEnd(4, '0'));
  const size = 10n ** BigInt(Math.max(fraction.length, 4) - 3);
  return (2n * digits + size) / (2n * size);
}

interface RecordedRun {
  readonly run_id: string;
  readonly total_time_s: string;
  readonly train_time_s: string;
}

/** What is not training lies before it. */
function timelineOf(run: RecordedRun, beginsAfterMs: number): Timeline {
  const total = Number(milliseconds(run.total_time_s));
  const training = Math.min(total, Number(milliseconds(run.train_time_s)));
  const phases = [
    { phase: 'setup', ms: total - training },
    { phase: 'training', ms: training, steps: 20, metrics: (step: number) => ({ loss: 3 / step }) },
  ] as const;
  return phasedTimeline(phases, { beginsAfterMs });
}

it.skipIf(missing !== null)(
  '216 recorded runs, replayed at once and metered as they go, cost 135.2924795084',
  async () => {
    const runs: RecordedRun[] = parse(readFileSync(FILE), { columns: true });
    const ctx = trainingCtx(db, '2026-06-15T12:00:00Z');
    const caller = await db.createUser();
    const priceId = await addPrice(db, { unitPrice: '1.09' });
    const random = seededRandom(SEED);
    const expected = new Map<string, bigint>();
    const timelines = new Map<string, Timeline>();
    for (const run of runs) {
      const job = await addJob(db, caller, { priceId, name: run.run_id, executor: 'simulated' });
      timelines.set(job, timelineOf(run, Math.floor(random() * 90 * MINUTE_MS)));
      expected.set(job, costOf(milliseconds(run.total_time_s)));
    }
    const executor = new SimulatedExecutor({
      clock: ctx.clock,
      timelineOf: ({ jobId }) => timelines.get(jobId) ?? { told: [], lastsMs: 0 },
    });
    const parts: WorkerParts = {
      ctx: { ...ctx, files: null as never }, // nothing here touches a file
      name: nameWorker(),
      executors: new Map([['simulated', executor]]),
      work: { take: async () => [], done: async () => undefined },
      offer: { mostRunning: 1_000 },
      slots: 1_000,
      times: {
        leaseMs: 600_000,
        runLeaseMs: 60 * MINUTE_MS,
        graceMs: 1_000,
        tickMs: 0,
        pollMs: 0,
        sweepMs: 0,
        rareMs: 0,
      },
      collect: async () => undefined,
      validate: async () => undefined,
      runs: new Map(),
    };
    await new JobTaker(parts).takeWaiting();
    expect(parts.runs.size).toBe(216);
    const keeper = new RunKeeper(parts, () => undefined);
    let ticks = 0;
    while (parts.runs.size > 0 && ticks < 2_000) {
      ctx.clock.set(ctx.clock.now().getTime() + Math.floor(random() * 20 * MINUTE_MS));
      await keeper.renew();
      await keeper.poll();
      if (random() < 0.8) await keeper.tick(); // a tick that is lost is made good by the next
      ticks += 1;
    }
    const { rows } = await db.admin.query<{ id: string; status: string; cost: string; sum: string; open: number }>(
      `select j.id, j.status, (j.current_cost * 10000000000)::bigint::text as cost,
       (sum(r.amount) * 10000000000)::bigint::text as sum, count(*) filter (where r.state = 'open')::int as open
     from lora_training_jobs j join lora_cost_records r on r.job_ref = j.id group by j.id`,
    );
    expect(new Map(rows.map((row) => [row.id, BigInt(row.sum)]))).toEqual(expected);
    expect(new Map(rows.map((row) => [row.id, BigInt(row.cost)]))).toEqual(expected);
    expect(rows.reduce((sum, row) => sum + BigInt(row.sum), 0n)).toBe(1_352_924_795_084n);
    expect(rows.filter((row) => row.status !== 'completed' || row.open > 0)).toEqual([]);
    expect((await verifyLedger(ctx)).differences).toEqual([]);
    console.log(`replayed ${runs.length} runs in ${ticks} rounds of up to 20 minutes, seed ${SEED}`);
  },
  120_000,
);
