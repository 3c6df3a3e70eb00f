import type { UserCtx } from '@/domain/context';
import type { Marked } from '@/domain/notifications/schema';
import { foundStatement, markUnreadStatement } from '@/domain/notifications/store';
import { notFound } from '@/lib/errors';

/**
 * Marks one notification as unread, also one that "read all" has read; again changes nothing.
 * @throws PipelineError `not_found` where it is not there or not the caller's
 */
export async function markUnread(ctx: UserCtx, { id }: { id: string }): Promise<Marked> {
  const [, [outcome]] = await ctx.session.run(markUnreadStatement(ctx.userId, id), foundStatement(ctx.userId, id));
  if (!outcome?.found) throw notFound('notification');
  return { unread_count: outcome.unread_count };
}
