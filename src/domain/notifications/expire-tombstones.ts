import type { SystemCtx } from '@/domain/context';
import { lockInboxes } from '@/domain/notifications/producer-store';
import { deleteTombstones, oldTombstonesStatement } from '@/domain/notifications/upkeep-store';

/** How long a reader of the changes may stay away and still be told of deletions, days. */
export const KEEP_TOMBSTONES_DAYS = 30;
const DAY_MS = 86_400_000;
const BATCH = 500;

/**
 * Removes tombstones older than {@link KEEP_TOMBSTONES_DAYS} days and raises the floor of their inboxes: a reader below
 * it is told to begin again.
 *
 * @returns how many were removed
 */
export async function expireTombstones(ctx: SystemCtx): Promise<{ removed: number }> {
  const before = new Date(ctx.clock.now().getTime() - KEEP_TOMBSTONES_DAYS * DAY_MS);
  let removed = 0;
  for (;;) {
    const [old] = await ctx.session.read(oldTombstonesStatement(before, BATCH));
    if (old.length === 0) return { removed };
    removed += await ctx.session.transaction(async (tx) => {
      await lockInboxes(
        tx,
        old.map((row) => row.user_id),
      );
      return deleteTombstones(tx, old);
    });
  }
}
