import { spawn } from 'node:child_process';
import type { Caller } from '@/db/session';
import { systemClock } from '@/lib/clock';
import { createLogger } from '@/lib/log';
import type { RunOrder } from '@/worker/executors/executor';
import { SimulatedExecutor } from '@/worker/executors/simulated/simulated-executor';
import type { Timeline } from '@/worker/executors/simulated/timeline';
import { type RunningWorker, startWorker, type WorkerOptions } from '@/worker/start-worker';
import { nameWorker, type WorkerName } from '@/worker/worker-name';
import type { WorkerCtx, WorkerTimes } from '@/worker/worker-parts';
import type { TestDatabase } from '../../support/database';
import { addJob } from '../../training/support';

/** Short, so that a test sees leases pass; still far above what a busy machine takes for one round. */
export const TIMES: WorkerTimes = {
  leaseMs: 3_000,
  runLeaseMs: 1_500,
  graceMs: 500,
  tickMs: 100,
  pollMs: 50,
  sweepMs: 200,
  rareMs: 200,
};

/** A machine that runs what tests tell it to run, and the workers on it. */
export function createMachine(db: TestDatabase) {
  const stories = new Map<string, Timeline>();
  const workers: RunningWorker[] = [];
  const executor = new SimulatedExecutor({
    clock: systemClock,
    timelineOf: ({ jobId, number }: RunOrder) =>
      stories.get(`${jobId} ${number}`) ?? stories.get(jobId) ?? { told: [], lastsMs: 0 },
  });
  const ctx: WorkerCtx = {
    session: db.database.asService({ timeoutMs: 10_000 }),
    clock: systemClock,
    log: createLogger({ level: 'silent' }),
    files: null as never, // nothing here touches a file
    queue: { send: async () => undefined },
  };
  return {
    executor,
    ctx,
    /** How a job's run goes, or one attempt of it. */
    tell: (jobId: string, timeline: Timeline, attempt?: number) =>
      stories.set(attempt === undefined ? jobId : `${jobId} ${attempt}`, timeline),
    addJob: (caller: Caller, priceId: string) => addJob(db, caller, { priceId, executor: 'simulated' }),
    startWorker(options: Partial<WorkerOptions> = {}) {
      const worker = startWorker({
        ctx,
        executors: new Map([['simulated', executor]]),
        work: { take: async () => [], done: async () => undefined },
        offer: { mostRunning: 1_000 },
        slots: 50,
        times: TIMES,
        collect: async () => undefined,
        validate: async () => undefined,
        ...options,
      });
      workers.push(worker);
      return worker;
    },
    stopAll: () => Promise.all(workers.map((worker) => worker.stop(5_000))),
  };
}
export type Machine = ReturnType<typeof createMachine>;

/** The name of a process that has been killed. */
export async function deadName(): Promise<WorkerName> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  const name = nameWorker(child.pid);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  return name;
}

/** Waits until something is so, for as long as a test may take. */
export async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  for (let look = 0; look < 400; look += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not come about that ${what}`);
}
