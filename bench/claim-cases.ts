import type { SystemCtx } from '@/domain/context';
import { claimJob } from '@/domain/training/claim-job';
import { systemClock } from '@/lib/clock';
import { createLogger } from '@/lib/log';
import { SimulatedExecutor } from '@/worker/executors/simulated/simulated-executor';
import { startWorker } from '@/worker/start-worker';
import { createWorkQueue } from '@/worker/work-queue';
import { openAccount } from './accounts';
import type { BenchCluster, BenchDatabase } from './cluster';
import type { Row } from './report';
import { median } from './statistics';

const ACCOUNTS = 50;
const WORKERS = [1, 4, 8];
const log = createLogger({ level: 'silent' });

const contextOf = ({ database }: BenchDatabase): SystemCtx => ({
  session: database.asService({ timeoutMs: 60_000 }),
  clock: systemClock,
  log,
});

/** Jobs that wait, of many accounts; their ids. */
async function addJobs({ admin }: BenchDatabase, users: readonly string[], count: number): Promise<string[]> {
  const { rows } = await admin.query<{ id: string }>(
    `insert into lora_training_jobs (user_id, name, status, executor, trainer, hyperparameters, gpu_count, price_id)
     select ($1::uuid[])[1 + i % cardinality($1::uuid[])], 'run ' || i, 'queued', 'simulated', 'tiny', '{}', 1,
       (select id from lora_prices where kind = 'gpu' order by sku limit 1)
     from generate_series(1, $2::int) i returning id`,
    [users, count],
  );
  return rows.map((row) => row.id);
}

/** Claims a second of that many workers, each of which takes the next job that nobody was given. */
async function claimRate(db: BenchDatabase, users: readonly string[], workers: number, count: number): Promise<number> {
  const ctx = contextOf(db);
  const jobs = await addJobs(db, users, count);
  const started = performance.now();
  await Promise.all(
    Array.from({ length: workers }, async (_, n) => {
      const worker = { worker: `bench:${n}:1`, host: 'bench', leaseMs: 3_600_000 };
      for (let jobId = jobs.pop(); jobId !== undefined; jobId = jobs.pop()) {
        const held = await claimJob(ctx, { jobId, ...worker, executors: ['simulated'], mostRunning: 1e6 });
        if (held === null) throw new Error('a job that nobody has was not claimed');
      }
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  await db.admin.query("update lora_job_attempts set ended_at = now(), outcome = 'lost' where ended_at is null");
  await db.admin.query("update lora_training_jobs set status = 'cancelled' where status = 'initializing'");
  return count / seconds;
}

/** From the commit that queues a job to the order to start it, through the real queue and a worker; ms. */
async function startTimes(db: BenchDatabase, users: readonly string[], count: number): Promise<number[]> {
  const begun = new Map<string, PromiseWithResolvers<number>>();
  const executor = new SimulatedExecutor({
    clock: systemClock,
    timelineOf: ({ jobId }) => {
      begun.get(jobId)?.resolve(performance.now());
      return { told: [], lastsMs: 0 };
    },
  });
  const work = createWorkQueue({ workerUrl: db.workerUrl, log });
  await work.start();
  const worker = startWorker({
    ctx: { ...contextOf(db), files: null as never, queue: work.queue },
    executors: new Map([['simulated', executor]]),
    work,
    offer: { mostRunning: 1e6 },
    slots: 100,
    // as `pipeline start` has them, but for the sweep: it is the queue that is measured
    times: {
      leaseMs: 15_000,
      runLeaseMs: 7_500,
      graceMs: 5_000,
      tickMs: 5_000,
      pollMs: 1_000,
      sweepMs: 2_000,
      rareMs: 3_600_000,
    },
    collect: async () => undefined,
    validate: async () => undefined,
  });
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const [jobId = ''] = await addJobs(db, users, 1);
    const start = Promise.withResolvers<number>();
    begun.set(jobId, start);
    await contextOf(db).session.transaction((tx) => work.queue.send(tx, 'run-job', jobId));
    const sent = performance.now();
    times.push((await start.promise) - sent);
    // not in step with the looks of the worker
    await new Promise((resolve) => setTimeout(resolve, (i * 137) % 1_000));
  }
  await worker.stop(5_000);
  await work.stop();
  return times;
}

/** How fast jobs find a worker. */
export async function claimRows(cluster: BenchCluster, isQuick: boolean): Promise<Row[]> {
  const { db } = await cluster.open('claims', 10);
  const users: string[] = [];
  for (let i = 0; i < ACCOUNTS; i += 1) users.push((await openAccount(db, `claimer-${i}`)).userId);
  await claimRate(db, users, 4, 100);
  const rates: number[] = [];
  for (const workers of WORKERS) rates.push(await claimRate(db, users, workers, isQuick ? 300 : 2_000));
  const [alone = Number.NaN] = rates;
  const times = await startTimes(db, users, isQuick ? 5 : 30);
  return [
    ...WORKERS.map((workers, i): Row => {
      const rate = rates[i] ?? Number.NaN;
      const what = `jobs claimed by ${workers} worker${workers > 1 ? 's' : ''} at once (${Math.round(rate).toLocaleString('en')} a second here), against one`;
      return { what, measured: rate / alone, unit: 'factor' };
    }),
    { what: 'from the queue to the start of a run, median', measured: median(times), unit: 'ms' },
    { what: 'from the queue to the start of a run, longest', measured: Math.max(...times), unit: 'ms' },
  ];
}
