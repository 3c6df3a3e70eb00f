import { type CompiledQuery, sql, type Transaction } from 'kysely';
import { builder } from '@/db/builder';
import type { DB } from '@/db/types';
import type { UserId } from '@/lib/ids';

/** What was answered under a key, and to what. */
export interface KeptAnswer {
  readonly request_hash: Buffer;
  readonly answer: unknown;
}

/** What the caller was answered under a key. */
export const answerStatement = (userId: UserId, key: string): CompiledQuery<KeptAnswer> =>
  sql<KeptAnswer>`
    select request_hash, answer from lora_idempotency_keys
    where user_id = ${userId}::uuid and key = ${key}`.compile(builder);

/** One request of a key at a time, until the transaction ends; taken before every other lock. */
export async function lockKey(tx: Transaction<DB>, userId: UserId, key: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`once ${userId} ${key}`}, 0))`.execute(tx);
}

export async function findAnswer(tx: Transaction<DB>, userId: UserId, key: string): Promise<KeptAnswer | undefined> {
  const { rows } = await tx.executeQuery(answerStatement(userId, key));
  return rows[0];
}

export async function insertAnswer(
  tx: Transaction<DB>,
  kept: { userId: UserId; key: string; hash: Buffer; answer: unknown; at: Date },
): Promise<void> {
  await sql`
    insert into lora_idempotency_keys (user_id, key, request_hash, answer, created_at)
    values (${kept.userId}::uuid, ${kept.key}, ${kept.hash}, ${JSON.stringify(kept.answer)}::jsonb, ${kept.at})`.execute(
    tx,
  );
}

/** Forgets at most `limit` keys from before an instant, the oldest first. */
export const expireKeysStatement = (before: Date, limit: number): CompiledQuery<{ key: string }> =>
  sql<{ key: string }>`
    delete from lora_idempotency_keys k
    using (
      select user_id, key from lora_idempotency_keys
      where created_at < ${before}
      order by created_at, user_id, key
      limit ${limit}::int) old
    where (k.user_id, k.key) = (old.user_id, old.key)
    returning k.key`.compile(builder);
