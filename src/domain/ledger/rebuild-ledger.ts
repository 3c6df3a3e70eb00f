import type { SystemCtx } from '@/domain/context';
import { rebuildRollUps } from '@/domain/ledger/audit-store';

/**
 * Writes the roll-ups of these users anew from their records, one user at a time, each under the user's lock and in one
 * transaction: readers see the old or the new roll-ups, writers of that user wait.
 */
export async function rebuildLedger(
  ctx: SystemCtx,
  userIds: Iterable<string>,
  onDone: (userId: string) => void = () => undefined,
): Promise<number> {
  const users = [...new Set(userIds)].sort();
  for (const userId of users) {
    await ctx.session.run(rebuildRollUps(userId));
    onDone(userId);
  }
  return users.length;
}
