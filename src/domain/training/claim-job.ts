import type { SystemCtx } from '@/domain/context';
import { type HeldAttempt, MOST_ATTEMPTS } from '@/domain/training/attempt';
import { heldOf, heldStatement, insertAttempt, lockClaims, lockWaitingJob } from '@/domain/training/claim-store';

export interface ClaimInput {
  readonly jobId: string;
  /** `host:pid:start` of the process that will run it. */
  readonly worker: string;
  readonly host: string;
  readonly leaseMs: number;
  /** Executors that this worker has; jobs for others are left to others. */
  readonly executors: readonly string[];
  /** Most jobs of one account that workers have in hand. */
  readonly mostRunning: number;
}

/**
 * Claims a job that waits: a new attempt with fence 1, a lease by the clock of the database, and the price fixed as it
 * is at this moment. Null where there is nothing to claim: it was claimed or cancelled already, is gone, is for another
 * executor, or its account has as many jobs running as it may have.
 */
export async function claimJob(ctx: SystemCtx, input: ClaimInput): Promise<HeldAttempt | null> {
  const attemptId = await ctx.session.transaction(async (tx) => {
    if (!(await lockClaims(tx, input.jobId))) return null;
    const job = await lockWaitingJob(tx, input.jobId, input.executors);
    if (job === undefined || job.running >= input.mostRunning || job.attempts >= MOST_ATTEMPTS) return null;
    return insertAttempt(tx, { ...input, number: job.attempts + 1 });
  });
  if (attemptId === null) return null;
  const [[row]] = await ctx.session.read(heldStatement([attemptId]));
  return row === undefined ? null : heldOf(row);
}
