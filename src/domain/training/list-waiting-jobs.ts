import type { SystemCtx } from '@/domain/context';
import { waitingStatement } from '@/domain/training/claim-store';

/** Ids of jobs that wait and may be claimed, oldest first: what a worker finds also where the queue forgot a job. */
export async function listWaitingJobs(
  ctx: SystemCtx,
  input: { executors: readonly string[]; mostRunning: number; limit: number },
): Promise<string[]> {
  const [rows] = await ctx.session.read(waitingStatement(input.executors, input.mostRunning, input.limit));
  return rows.map((row) => row.id);
}
