import { type CompiledQuery, type RawBuilder, sql } from 'kysely';
import { builder } from '@/db/builder';
import type { ListQuery } from '@/domain/notifications/schema';
import type { UserId } from '@/lib/ids';

/** The state of one inbox; zeros for an account that was never told anything. */
export interface HeadRow {
  epoch: string;
  last_seq: string;
  unread_count: number;
  read_upto: string;
  read_all_seq: string;
  floor_seq: string;
}

export interface NotificationRow {
  id: string;
  user_id: string;
  type: string;
  title: string;
  message: string;
  priority: string;
  read: boolean;
  action_url: string | null;
  metadata: unknown;
  created_at: Date;
  seq: string;
  changed_seq: string;
  unread_seq: string;
  job_id: string | null;
  thread_key: string | null;
  dedupe_key: string | null;
  archived_at: Date | null;
  snoozed_until: Date | null;
  read_at: Date | null;
}

const COLUMNS = sql.raw(
  [
    'id, user_id, type, title, message, priority, read, action_url, metadata, created_at, seq, changed_seq, unread_seq',
    'job_id, thread_key, dedupe_key, archived_at, snoozed_until, read_at',
  ].join(', '),
);

/** The state, one row always. */
export const headStatement = (userId: UserId): CompiledQuery<HeadRow> =>
  sql<HeadRow>`
    select private.epoch() as epoch, coalesce(s.last_seq, 0) as last_seq, coalesce(s.unread_count, 0) as unread_count,
      coalesce(s.read_upto, 0) as read_upto, coalesce(s.read_all_seq, 0) as read_all_seq,
      coalesce(s.floor_seq, 0) as floor_seq
    from (select) always
    left join lora_inbox_state s on s.user_id = ${userId}::uuid`.compile(builder);

/** Each as one of the partial indexes names it. */
const STATES: Record<ListQuery['state'], RawBuilder<unknown>> = {
  inbox: sql`archived_at is null and snoozed_until is null`,
  archived: sql`(archived_at is not null or snoozed_until is not null) and archived_at is not null`,
  snoozed: sql`(archived_at is not null or snoozed_until is not null) and archived_at is null`,
};

function conditionsOf(userId: UserId, query: ListQuery, before: number | null): RawBuilder<unknown>[] {
  return [
    sql`user_id = ${userId}::uuid`,
    STATES[query.state],
    ...(before === null ? [] : [sql`seq < ${before}::bigint`]),
    ...(query.type === undefined ? [] : [sql`type = ${query.type}`]),
    ...(query.priority === undefined ? [] : [sql`priority = ${query.priority}`]),
    ...(query.job_id === undefined ? [] : [sql`job_id = ${query.job_id}::uuid`]),
  ];
}

const newest = (conditions: RawBuilder<unknown>[], limit: number) => sql<NotificationRow>`
    select ${COLUMNS} from lora_notifications
    where ${sql.join(conditions, sql` and `)}
    order by seq desc
    limit ${limit}::int`;

/** A page of the list, newest first; `before` is the seq of the last row of the page before. */
export function listStatement(
  userId: UserId,
  query: ListQuery,
  page: { before: number | null; limit: number },
): CompiledQuery<NotificationRow> {
  const conditions = conditionsOf(userId, query, page.before);
  if (!query.unread) return newest(conditions, page.limit).compile(builder);
  const watermark = sql`(select s.read_upto from lora_inbox_state s where s.user_id = ${userId}::uuid)`;
  // two index ranges: what is above the watermark, and the few below it that were marked unread again
  return sql<NotificationRow>`
    select ${COLUMNS} from (
      (${newest([...conditions, sql`not read and seq > ${watermark}`], page.limit)})
      union all
      (${newest(
        [...conditions, sql`not read and unread_seq > seq and unread_seq > ${watermark} and seq <= ${watermark}`],
        page.limit,
      )})) unread
    order by seq desc
    limit ${page.limit}::int`.compile(builder);
}

/** Marks one row as read; nothing happens where it is, is not there, or is not the user's. */
export const markReadStatement = (userId: UserId, id: string): CompiledQuery<unknown> =>
  sql`update lora_notifications set read = true
    where id = ${id}::uuid and user_id = ${userId}::uuid and not read`.compile(builder);

/** Marks one row as unread; a trigger finds out whether it was read by the watermark alone. */
export const markUnreadStatement = (userId: UserId, id: string): CompiledQuery<unknown> =>
  sql`update lora_notifications set read = false
    where id = ${id}::uuid and user_id = ${userId}::uuid`.compile(builder);

/** Whether the row is there and the user's, and how many are unread now. */
export const foundStatement = (userId: UserId, id: string): CompiledQuery<{ found: boolean; unread_count: number }> =>
  sql<{ found: boolean; unread_count: number }>`
    select exists (select from lora_notifications n where n.id = ${id}::uuid and n.user_id = ${userId}::uuid) as found,
      coalesce((select s.unread_count from lora_inbox_state s where s.user_id = ${userId}::uuid), 0) as unread_count
  `.compile(builder);

/** Moves the watermark forward; no row where it is there already, or the place is not one of this inbox. */
export const moveWatermarkStatement = (
  userId: UserId,
  upTo: { epoch: string; seq: number },
): CompiledQuery<{ unread_count: number }> =>
  sql<{ unread_count: number }>`
    update lora_inbox_state set read_upto = ${upTo.seq}::bigint
    where user_id = ${userId}::uuid and read_upto < ${upTo.seq}::bigint and last_seq >= ${upTo.seq}::bigint
      and private.epoch() = ${upTo.epoch}::text
    returning unread_count`.compile(builder);

/** Rows that changed after a number, in the order of their changes. */
export const changedStatement = (userId: UserId, after: number, limit: number): CompiledQuery<NotificationRow> =>
  sql<NotificationRow>`select ${COLUMNS} from lora_notifications
    where user_id = ${userId}::uuid and changed_seq > ${after}::bigint
    order by changed_seq
    limit ${limit}::int`.compile(builder);

/** Rows that were deleted after a number. */
export const deletedStatement = (
  userId: UserId,
  after: number,
  limit: number,
): CompiledQuery<{ seq: string; notification_id: string }> =>
  sql<{ seq: string; notification_id: string }>`
    select seq, notification_id from lora_notification_tombstones
    where user_id = ${userId}::uuid and seq > ${after}::bigint
    order by seq
    limit ${limit}::int`.compile(builder);
