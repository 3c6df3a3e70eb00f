import type { UserCtx } from '@/domain/context';
import { type Position, writePosition } from '@/domain/notifications/position';
import { presentNotification } from '@/domain/notifications/present';
import type { Change, ChangeList, ChangesQuery } from '@/domain/notifications/schema';
import { changedStatement, deletedStatement, type HeadRow, headStatement } from '@/domain/notifications/store';

/**
 * What happened to the inbox after a place: rows as they are now, deletions, and the last "read all", in the order of
 * their numbers. Numbers are given in the order of commits, so nothing at or below `next` can appear later.
 * A place of another epoch, from the future, or so old that deletions are forgotten gives `reset`.
 */
export async function listChanges(ctx: UserCtx, { after, limit }: ChangesQuery): Promise<ChangeList> {
  const [[head], changed, deleted] = await ctx.session.read(
    headStatement(ctx.userId),
    changedStatement(ctx.userId, after.seq, limit + 1),
    deletedStatement(ctx.userId, after.seq, limit + 1),
  );
  if (!head) throw new Error('the state of an inbox is one row, always');
  const { epoch } = head;
  const now = Number(head.last_seq);
  if (!canContinue(after, head)) return { reset: true, up_to: writePosition({ epoch, seq: now }) };

  const changes: Change[] = [
    ...changed.map((row) => ({
      seq: Number(row.changed_seq),
      kind: 'upsert' as const,
      notification: presentNotification(row, Number(head.read_upto)),
    })),
    ...deleted.map((row) => ({ seq: Number(row.seq), kind: 'delete' as const, id: row.notification_id })),
    ...readAllEvents(head, after),
  ].sort((a, b) => a.seq - b.seq);
  const page = changes.slice(0, limit);
  const has_more = changes.length > limit;
  const next = has_more ? (page.at(-1)?.seq ?? after.seq) : now;
  return { changes: page, next: writePosition({ epoch, seq: next }), unread_count: head.unread_count, has_more };
}

const canContinue = (after: Position, head: HeadRow): boolean =>
  after.epoch === head.epoch && after.seq >= Number(head.floor_seq) && after.seq <= Number(head.last_seq);

/** Only the last "read all" is told: the watermark never moves back, so it covers the ones before. */
function readAllEvents(head: HeadRow, after: Position): Change[] {
  const seq = Number(head.read_all_seq);
  if (seq <= after.seq) return [];
  return [{ seq, kind: 'read_all', up_to: writePosition({ epoch: head.epoch, seq: Number(head.read_upto) }) }];
}
