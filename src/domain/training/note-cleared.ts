import type { SystemCtx } from '@/domain/context';
import { clearedStatement } from '@/domain/training/clear-store';

/** Notes that the files of these runs are gone: nothing can go on from them. */
export async function noteCleared(ctx: SystemCtx, attemptIds: readonly string[]): Promise<void> {
  if (attemptIds.length > 0) await ctx.session.run(clearedStatement(attemptIds, ctx.clock.now()));
}
