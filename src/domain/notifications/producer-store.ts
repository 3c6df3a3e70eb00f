import { sql, type Transaction } from 'kysely';
import { violatedConstraint } from '@/db/failures';
import type { DB } from '@/db/types';
import type { CheckedNotification } from '@/domain/notifications/schema';
import { asUserId, type UserId } from '@/lib/ids';

/** Locks the state of these inboxes, in ascending order: the first statement of whatever touches notifications. */
export async function lockInboxes(tx: Transaction<DB>, userIds: Iterable<string>): Promise<void> {
  const users = [...new Set(userIds)].sort();
  if (users.length > 0) await sql`select private.lock_inboxes(${users}::uuid[])`.execute(tx);
}

/** A batch as columns: one array a column, so that the statement's text is the same for any number of rows. */
function columnsOf(rows: readonly CheckedNotification[]) {
  return sql`unnest(
    ${rows.map((n) => n.userId)}::uuid[],
    ${rows.map((n) => n.type)}::text[],
    ${rows.map((n) => n.title)}::text[],
    ${rows.map((n) => n.message)}::text[],
    ${rows.map((n) => n.priority)}::text[],
    ${rows.map((n) => n.actionUrl)}::text[],
    ${rows.map((n) => (n.metadata === null ? null : JSON.stringify(n.metadata)))}::jsonb[],
    ${rows.map((n) => n.jobId)}::uuid[],
    ${rows.map((n) => n.threadKey)}::text[],
    ${rows.map((n) => n.dedupeKey)}::text[],
    ${rows.map((n) => n.createdAt?.toISOString() ?? null)}::timestamptz[]
  ) with ordinality as given (user_id, type, title, message, priority, action_url, metadata, job_id, thread_key,
    dedupe_key, created_at, position)`;
}

/** A notification that is new. */
export interface Posted {
  readonly id: string;
  readonly userId: UserId;
  readonly seq: number;
}

/** Inserts what is not known by its dedupe key. The inboxes must be locked, so that nobody adds a key meanwhile. */
export async function insertNotifications(
  tx: Transaction<DB>,
  rows: readonly CheckedNotification[],
): Promise<Posted[]> {
  const inserted = await sql<{ id: string; user_id: string; seq: string }>`
    insert into lora_notifications
      (user_id, type, title, message, priority, action_url, metadata, job_id, thread_key, dedupe_key, created_at)
    select user_id, type, title, message, priority, action_url, metadata, job_id, thread_key, dedupe_key,
      coalesce(created_at, now())
    from ${columnsOf(rows)}
    where dedupe_key is null or not (
      exists (select from lora_notifications n where n.user_id = given.user_id and n.dedupe_key = given.dedupe_key)
      or exists (
        select from lora_notification_tombstones t where t.user_id = given.user_id and t.dedupe_key = given.dedupe_key))
    order by user_id, position
    returning id, user_id, seq`.execute(tx);
  return inserted.rows.map((row) => ({ id: row.id, userId: asUserId(row.user_id), seq: Number(row.seq) }));
}

/** What an insert named that is not there (any more), or null where the error is another one. */
export function missingReference(error: unknown): 'account' | 'job' | null {
  switch (violatedConstraint(error)) {
    case 'lora_inbox_state_user_id_fkey':
    case 'lora_notifications_user_id_fkey':
      return 'account';
    case 'lora_notifications_job_id_fkey':
      return 'job';
    default:
      return null;
  }
}
