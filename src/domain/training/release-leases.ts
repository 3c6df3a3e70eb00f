import type { SystemCtx } from '@/domain/context';
import type { HeldFence } from '@/domain/training/attempt';
import { releaseStatement } from '@/domain/training/lease-store';

/**
 * Lets go of attempts in an orderly stop: another worker of the same machine takes them over at once, one of another
 * machine when their runs are over, at most `runMs` from now. Gives how many were held.
 */
export async function releaseLeases(ctx: SystemCtx, held: readonly HeldFence[], runMs: number): Promise<number> {
  if (held.length === 0) return 0;
  const [rows] = await ctx.session.run(releaseStatement(held, runMs));
  return rows.length;
}
