import type { SystemCtx } from '@/domain/context';
import { lockInboxes } from '@/domain/notifications/producer-store';
import { archivedStatement, deleteArchived } from '@/domain/notifications/upkeep-store';

/** How long an archived notification is kept, days. */
export const KEEP_ARCHIVED_DAYS = 180;
const DAY_MS = 86_400_000;
const BATCH = 500;

/**
 * Deletes notifications that were archived more than {@link KEEP_ARCHIVED_DAYS} days ago, in short transactions; each
 * leaves a tombstone for readers of the changes.
 *
 * @returns how many were deleted
 */
export async function expireNotifications(ctx: SystemCtx): Promise<{ expired: number }> {
  const before = new Date(ctx.clock.now().getTime() - KEEP_ARCHIVED_DAYS * DAY_MS);
  let expired = 0;
  for (;;) {
    const [old] = await ctx.session.read(archivedStatement(before, BATCH));
    if (old.length === 0) return { expired };
    expired += await ctx.session.transaction(async (tx) => {
      await lockInboxes(
        tx,
        old.map((row) => row.user_id),
      );
      return deleteArchived(
        tx,
        old.map((row) => row.id),
        before,
      );
    });
  }
}
