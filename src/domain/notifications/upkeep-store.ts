import { type CompiledQuery, sql, type Transaction } from 'kysely';
import { builder } from '@/db/builder';
import type { DB } from '@/db/types';

/** Inboxes whose watermark was moved at or before an instant and is not written into the rows yet. */
export const inboxesToFoldStatement = (movedBy: Date, limit: number): CompiledQuery<{ user_id: string }> =>
  sql<{ user_id: string }>`
    select user_id from lora_inbox_state
    where folded_upto < read_upto and read_upto_at <= ${movedBy}
    order by read_upto_at, user_id
    limit ${limit}::int`.compile(builder);

/**
 * Writes the watermark into at most `limit` rows of one inbox, and remembers when none is left. The inbox must be
 * locked; one whose watermark was moved again after `movedBy` is left alone.
 *
 * @returns how many rows were rewritten
 */
export async function foldBatch(tx: Transaction<DB>, userId: string, movedBy: Date, limit: number): Promise<number> {
  const { rows } = await sql`
    update lora_notifications n set read = true
    from (
      select f.id from lora_inbox_state s
      cross join lateral (
        select u.id from lora_notifications u
        where u.user_id = s.user_id and not u.read and u.seq <= s.read_upto and u.unread_seq <= s.read_upto
        order by u.seq
        limit ${limit}::int) f
      where s.user_id = ${userId}::uuid and s.read_upto_at <= ${movedBy}) due
    where n.id = due.id
    returning 1`.execute(tx);
  if (rows.length < limit) {
    await sql`update lora_inbox_state set folded_upto = read_upto
      where user_id = ${userId}::uuid and read_upto_at <= ${movedBy}`.execute(tx);
  }
  return rows.length;
}

/** Notifications that were archived before an instant, and whose they are. */
export const archivedStatement = (before: Date, limit: number): CompiledQuery<{ id: string; user_id: string }> =>
  sql<{ id: string; user_id: string }>`
    select id, user_id from lora_notifications
    where archived_at < ${before}
    order by archived_at, id
    limit ${limit}::int`.compile(builder);

/** Deletes those of these rows that are still archived since before `before`. The inboxes must be locked. */
export async function deleteArchived(tx: Transaction<DB>, ids: readonly string[], before: Date): Promise<number> {
  const { rows } = await sql`
    delete from lora_notifications where id = any(${ids}::uuid[]) and archived_at < ${before} returning 1`.execute(tx);
  return rows.length;
}

/** Tombstones from before an instant; those with a dedupe key stay, since they say what may never come again. */
export const oldTombstonesStatement = (before: Date, limit: number): CompiledQuery<{ user_id: string; seq: string }> =>
  sql<{ user_id: string; seq: string }>`
    select user_id, seq from lora_notification_tombstones
    where deleted_at < ${before} and dedupe_key is null
    order by deleted_at, user_id, seq
    limit ${limit}::int`.compile(builder);

/** Removes tombstones; a trigger raises each inbox's floor. The inboxes must be locked. */
export async function deleteTombstones(
  tx: Transaction<DB>,
  tombstones: readonly { user_id: string; seq: string }[],
): Promise<number> {
  const { rows } = await sql`
    delete from lora_notification_tombstones t
    using unnest(${tombstones.map((t) => t.user_id)}::uuid[], ${tombstones.map((t) => t.seq)}::bigint[]) old (user_id, seq)
    where (t.user_id, t.seq) = (old.user_id, old.seq)
    returning 1`.execute(tx);
  return rows.length;
}
