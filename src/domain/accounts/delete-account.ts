import { deleteAccountStatement, lockJobsStatement, lockStatesStatement } from '@/domain/accounts/store';
import type { SystemCtx } from '@/domain/context';
import { notFound } from '@/lib/errors';
import type { UserId } from '@/lib/ids';

/** Deleting the records of a large account takes a while, ms. */
export const DELETE_TIMEOUT_MS = 10 * 60_000;

/**
 * Deletes an account with everything that belongs to it: jobs, charges, roll-ups, notifications, sessions.
 * This is the one way in which final charges ever go. The context's session needs {@link DELETE_TIMEOUT_MS}.
 */
export async function deleteAccount(ctx: SystemCtx, userId: UserId): Promise<void> {
  const [, , deleted] = await ctx.session.run(
    lockJobsStatement(userId),
    lockStatesStatement(userId),
    deleteAccountStatement(userId),
  );
  if (deleted.length === 0) throw notFound('account');
}
