import type { Database } from '@/db/session';
import { collectArtifacts } from '@/domain/artifacts/collect-artifacts';
import { validateDataset } from '@/domain/datasets/validate-dataset';
import type { Clock } from '@/lib/clock';
import type { Env } from '@/lib/env';
import type { FileStore } from '@/lib/file-store';
import type { Logger } from '@/lib/log';
import { createExecutors } from '@/worker/executors/create-executors';
import { readTrainers } from '@/worker/executors/local/trainer-registry';
import { runOffer } from '@/worker/run-offer';
import { type RunningWorker, startWorker } from '@/worker/start-worker';
import type { OpenWorkQueue } from '@/worker/work-queue';
import type { CompletedRun, WorkerCtx, WorkerTimes } from '@/worker/worker-parts';

export interface WorkerTools {
  readonly env: Env;
  readonly database: Database;
  readonly work: OpenWorkQueue;
  readonly files: FileStore;
  readonly clock: Clock;
  readonly log: Logger;
}

const GRACE_MS = 5_000;
const POLL_MS = 1_000;
const SWEEP_MS = 2_000;
const RARE_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** Where all workers are on the machine of the database, runs wait for so long for the next worker to find them. */
const RESTART_MS = 60_000;

/**
 * The lease of a run is half that of its attempt, so that no run outlives what another machine waits for. On the machine
 * of the embedded database a run is always found again by whoever comes next: it may outlive a restart of everything.
 */
export const timesOf = ({ mode, worker }: Pick<Env, 'mode' | 'worker'>): WorkerTimes => ({
  leaseMs: worker.leaseMs,
  runLeaseMs: mode === 'embedded' ? Math.max(RESTART_MS, worker.leaseMs) : Math.floor(worker.leaseMs / 2),
  graceMs: GRACE_MS,
  tickMs: worker.tickMs,
  pollMs: Math.min(POLL_MS, worker.tickMs),
  sweepMs: SWEEP_MS,
  rareMs: RARE_MS,
});

const collect = (ctx: WorkerCtx, { jobId, attemptId, executor }: CompletedRun) =>
  collectArtifacts(ctx, {
    jobId,
    run: { list: () => executor.listFiles(attemptId), read: (name) => executor.readFile(attemptId, name) },
  });

/**
 * Starts a worker as the environment says, with all executors of this machine.
 *
 * @throws EnvError where the list of trainers cannot be read
 */
export function openWorker({ env, database, work, files, clock, log }: WorkerTools): RunningWorker {
  return startWorker({
    ctx: {
      session: database.asService({ timeoutMs: STATEMENT_TIMEOUT_MS }),
      clock,
      log,
      files,
      queue: work.queue,
    },
    executors: createExecutors({ dataDir: env.dataDir, files, trainers: readTrainers(env.trainersFile) }),
    work,
    offer: runOffer(env),
    slots: env.worker.slots,
    times: timesOf(env),
    collect,
    validate: validateDataset,
  });
}
