import type { RunOffer, SystemCtx, WithFiles, WithQueue } from '@/domain/context';
import type { ActiveRun } from '@/worker/active-run';
import type { Executor } from '@/worker/executors/executor';
import type { OpenWorkQueue } from '@/worker/work-queue';
import type { WorkerName } from '@/worker/worker-name';

export type WorkerCtx = WithFiles<WithQueue<SystemCtx>>;

/** A job that has ended well, whose run can still be asked for its files. */
export interface CompletedRun {
  readonly jobId: string;
  readonly attemptId: string;
  readonly executor: Executor;
}

/** Lengths of time, ms. */
export interface WorkerTimes {
  /** By the clock of the database; renewed a few times within. */
  readonly leaseMs: number;
  /** A run that is not renewed for so long ends itself. */
  readonly runLeaseMs: number;
  /** Between asking a run to stop and ending it by force. */
  readonly graceMs: number;
  readonly tickMs: number;
  readonly pollMs: number;
  /** How often other workers' attempts are looked after. */
  readonly sweepMs: number;
  /** How often jobs are looked for that the queue has forgotten, and what runs that are over have left. */
  readonly rareMs: number;
}

/** What the parts of a worker share. */
export interface WorkerParts {
  readonly ctx: WorkerCtx;
  readonly name: WorkerName;
  readonly executors: ReadonlyMap<string, Executor>;
  readonly work: Pick<OpenWorkQueue, 'take' | 'done'>;
  readonly offer: Pick<RunOffer, 'mostRunning'>;
  /** Runs at a time. */
  readonly slots: number;
  readonly times: WorkerTimes;
  /** Takes over what a completed run left; it is called again until it succeeds, and only then is the run cleared. */
  readonly collect: (ctx: WorkerCtx, run: CompletedRun) => Promise<unknown>;
  readonly validate: (ctx: WorkerCtx, datasetId: string) => Promise<unknown>;
  /** What this worker holds, by the id of the attempt. */
  readonly runs: Map<string, ActiveRun>;
}

/**
 * When another machine may count on a run to be over, after the lease of its attempt. The worker renews the lease first
 * and the run right after; at the worst the run was renewed just before its own lease ended. So it is over at most two of
 * its leases and the grace after the renewal of the attempt.
 */
export const takeOverGraceMs = ({ leaseMs, runLeaseMs, graceMs }: WorkerTimes): number =>
  Math.max(0, 2 * runLeaseMs - leaseMs) + graceMs;
