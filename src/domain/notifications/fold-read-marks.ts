import type { SystemCtx } from '@/domain/context';
import { lockInboxes } from '@/domain/notifications/producer-store';
import { foldBatch, inboxesToFoldStatement } from '@/domain/notifications/upkeep-store';

/** A "read all" may be taken back for so long; only then do its rows change. */
export const FOLD_AFTER_MS = 10 * 60_000;
const BATCH = 500;
const INBOXES = 100;

/**
 * Writes what "read all" said into the rows, inbox by inbox in short transactions. Nobody sees a difference: no number
 * is taken, no count changes. Stopping half-way is harmless.
 *
 * @returns how many rows were rewritten
 */
export async function foldReadMarks(ctx: SystemCtx): Promise<{ folded: number }> {
  const movedBy = new Date(ctx.clock.now().getTime() - FOLD_AFTER_MS);
  let folded = 0;
  for (;;) {
    const [inboxes] = await ctx.session.read(inboxesToFoldStatement(movedBy, INBOXES));
    for (const { user_id } of inboxes) folded += await foldInbox(ctx, user_id, movedBy);
    if (inboxes.length < INBOXES) return { folded };
  }
}

async function foldInbox(ctx: SystemCtx, userId: string, movedBy: Date): Promise<number> {
  let folded = 0;
  for (;;) {
    const rewritten = await ctx.session.transaction(async (tx) => {
      await lockInboxes(tx, [userId]);
      return foldBatch(tx, userId, movedBy, BATCH);
    });
    folded += rewritten;
    if (rewritten < BATCH) return folded;
  }
}
