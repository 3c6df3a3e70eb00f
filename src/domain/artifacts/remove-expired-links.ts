import { removeLinksStatement } from '@/domain/artifacts/link-store';
import type { SystemCtx } from '@/domain/context';

/** Forgets links that no longer work. */
export async function removeExpiredLinks(ctx: SystemCtx): Promise<{ removed: number }> {
  const [[row]] = await ctx.session.run(removeLinksStatement(ctx.clock.now()));
  return { removed: row?.removed ?? 0 };
}
