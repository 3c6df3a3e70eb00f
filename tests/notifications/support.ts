import type { Caller } from '@/db/session';
import type { UserCtx } from '@/domain/context';
import { listChanges } from '@/domain/notifications/list-changes';
import { listNotifications } from '@/domain/notifications/list-notifications';
import { markAllRead } from '@/domain/notifications/mark-all-read';
import { writePosition } from '@/domain/notifications/position';
import { type Change, changesQuery, listQuery, type Notification, readAllBody } from '@/domain/notifications/schema';
import type { TestDatabase } from '../support/database';

export { manualClock, systemCtx, userCtx } from '../ledger/support';

/** GET /api/notifications without HTTP; parameters as they stand in the address. */
export async function list(ctx: UserCtx, query: Record<string, string> = {}) {
  const { data } = await listNotifications(ctx, listQuery.parse(query));
  if (!data) throw new Error('an answer without known tags has data');
  return data;
}

/** POST /api/notifications/read-all without HTTP. */
export const readAll = (ctx: UserCtx, upTo: string) => markAllRead(ctx, readAllBody.parse({ up_to: upTo }));

/** GET /api/notifications/changes without HTTP. */
export const changes = (ctx: UserCtx, after: string, limit = 100) =>
  listChanges(ctx, changesQuery.parse({ after, limit: String(limit) }));

export const place = (upTo: string, seq: number): string => writePosition({ epoch: upTo.split('.')[0] ?? '', seq });

export const seqOf = (upTo: string): number => Number(upTo.split('.')[1]);

/** What a reader of the changes knows: rows by id, and how far it has come. */
export interface Follower {
  rows: Map<string, Notification>;
  at: string;
  /** Every number that was told, in the order of telling. */
  told: number[];
  unreadCount: number;
}

export const follower = (at: string): Follower => ({ rows: new Map(), at, told: [], unreadCount: 0 });

/** Does with a change what its description says, and nothing more. */
export function applyChange(rows: Map<string, Notification>, change: Change): void {
  switch (change.kind) {
    case 'upsert':
      rows.set(change.notification.id, change.notification);
      break;
    case 'delete':
      rows.delete(change.id);
      break;
    case 'read_all': {
      const upTo = seqOf(change.up_to);
      for (const [id, row] of rows) if (row.unread_seq <= upTo) rows.set(id, { ...row, read: true });
      break;
    }
  }
}

/** Reads one page of changes; gives whether there was more. */
export async function follow(ctx: UserCtx, reader: Follower, limit: number): Promise<boolean> {
  const answer = await changes(ctx, reader.at, limit);
  if ('reset' in answer) throw new Error('a reader who is not far behind is never told to begin again');
  for (const change of answer.changes) {
    reader.told.push(change.seq);
    applyChange(reader.rows, change);
  }
  reader.at = answer.next;
  reader.unreadCount = answer.unread_count;
  return answer.has_more;
}

/** The truth, from the rows alone: every inbox whose state row says something else. One statement, so one snapshot. */
export async function wrongInboxes({ admin }: TestDatabase): Promise<unknown[]> {
  const { rows } = await admin.query(`
    select s.*, t.unread, t.top
    from lora_inbox_state s
    left join lateral (
      select count(*) filter (where not n.read and n.archived_at is null and n.snoozed_until is null
                                and (n.seq > s.read_upto or n.unread_seq > s.read_upto)) as unread,
             max(n.changed_seq) as top
      from lora_notifications n where n.user_id = s.user_id) t on true
    where s.unread_count <> t.unread or s.last_seq < coalesce(t.top, 0)
      or s.last_seq < coalesce((select max(b.seq) from lora_notification_tombstones b where b.user_id = s.user_id), 0)`);
  return rows;
}

/** The inbox as the table has it, by a reading of its own: what every reader should see in the end. */
export async function tableOf({ admin }: TestDatabase, { userId }: Caller) {
  const { rows } = await admin.query<{
    id: string;
    seq: number;
    changed_seq: number;
    read: boolean;
    archived: boolean;
  }>(
    `select n.id, n.seq::int, n.changed_seq::int, (n.read or (n.seq <= s.read_upto and n.unread_seq <= s.read_upto)) as read,
       n.archived_at is not null as archived
     from lora_notifications n join lora_inbox_state s using (user_id) where n.user_id = $1 order by n.seq`,
    [userId],
  );
  return rows;
}

/** The same columns of what a reader has collected. */
export const seenBy = ({ rows }: Follower) =>
  [...rows.values()]
    .sort((a, b) => a.seq - b.seq)
    .map(({ id, seq, changed_seq, read, archived_at }) => ({
      id,
      seq,
      changed_seq,
      read,
      archived: archived_at !== null,
    }));
