import type { SystemCtx } from '@/domain/context';
import { deleteUnfinishedStatement } from '@/domain/datasets/upkeep-store';

/** An upload shows that it goes on every minute; after this long without a sign its process is gone, ms. */
const SILENT_MS = 60 * 60_000;

/** Forgets uploads that ended with their process. @returns how many */
export async function removeUnfinishedUploads(ctx: SystemCtx): Promise<number> {
  const before = new Date(ctx.clock.now().getTime() - SILENT_MS);
  const [gone] = await ctx.session.run(deleteUnfinishedStatement(before));
  if (gone.length > 0) ctx.log.info({ uploads: gone.length }, 'forgot uploads that broke off');
  return gone.length;
}
