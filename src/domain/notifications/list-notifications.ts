import type { UserCtx } from '@/domain/context';
import { hashParameters, readListCursor, writeListCursor } from '@/domain/notifications/cursor';
import { writePosition } from '@/domain/notifications/position';
import { presentNotification } from '@/domain/notifications/present';
import type { ListQuery, NotificationList } from '@/domain/notifications/schema';
import { type HeadRow, headStatement, listStatement } from '@/domain/notifications/store';
import { badInput } from '@/lib/errors';

/**
 * Answers `GET /api/notifications`: a page, newest first, and how many are unread, both from one snapshot. Every visible
 * change takes a number, so the last number given is what the tag needs to know.
 *
 * @param knownTags tags of answers that the caller holds; where one still holds true, `data` is null
 * @throws PipelineError `bad_input` for a cursor that is malformed, of another filter, or from before a restore
 */
export async function listNotifications(
  ctx: UserCtx,
  query: ListQuery,
  knownTags: readonly string[] = [],
): Promise<{ tag: string; data: NotificationList | null }> {
  const parameters = hashParameters(query);
  const held = await stillTrue(ctx, knownTags, parameters);
  if (held !== null) return { tag: held, data: null };

  const { cursor: text, limit, ...filters } = query;
  const filter = hashParameters(filters);
  const cursor = text === undefined ? null : readListCursor(text, filter);
  const [[head], rows] = await ctx.session.read(
    headStatement(ctx.userId),
    listStatement(ctx.userId, query, { before: cursor?.before ?? null, limit: limit + 1 }),
  );
  if (!head) throw new Error('the state of an inbox is one row, always');
  const { epoch } = head;
  if (cursor && cursor.epoch !== epoch) {
    throw badInput('The cursor is from before the database was restored: begin again without a cursor.');
  }
  const notifications = rows.slice(0, limit).map((row) => presentNotification(row, Number(head.read_upto)));
  const last = notifications.at(-1);
  return {
    tag: tagOf(head, parameters),
    data: {
      notifications,
      unread_count: head.unread_count,
      next_cursor: rows.length > limit && last ? writeListCursor({ epoch, before: last.seq, filter }) : null,
      up_to: writePosition({ epoch, seq: Number(head.last_seq) }),
    },
  };
}

const tagOf = ({ epoch, last_seq }: HeadRow, parameters: string): string => `${epoch}.${last_seq}.${parameters}`;

/** The current tag where it is among the known ones, else null. Costs one row read, and none where no tag is ours. */
async function stillTrue(ctx: UserCtx, tags: readonly string[], parameters: string): Promise<string | null> {
  if (!tags.some((tag) => tag.endsWith(`.${parameters}`))) return null;
  const [[head]] = await ctx.session.read(headStatement(ctx.userId));
  const current = head ? tagOf(head, parameters) : '';
  return tags.includes(current) ? current : null;
}
