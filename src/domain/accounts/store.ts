import { type CompiledQuery, sql, type Transaction } from 'kysely';
import { builder } from '@/db/builder';
import type { DB } from '@/db/types';
import { asUserId, type UserId } from '@/lib/ids';

export interface SettingsRow {
  timezone: string;
  currency: string;
}

export function settingsStatement(userId: UserId): CompiledQuery<SettingsRow> {
  return builder.selectFrom('lora_accounts').select(['timezone', 'currency']).where('user_id', '=', userId).compile();
}

/** Writes what is given and keeps the rest; the row is made with the first setting. */
export async function upsertSettings(
  tx: Transaction<DB>,
  userId: UserId,
  settings: { timezone?: string | undefined; currency?: string | undefined },
): Promise<SettingsRow> {
  return tx
    .insertInto('lora_accounts')
    .values({ user_id: userId, ...settings })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ ...settings, updated_at: sql`now()` }))
    .returning(['timezone', 'currency'])
    .executeTakeFirstOrThrow();
}

/** Keeps the caller's day roll-ups at these offsets (quarter-hours); runs as the caller. */
export async function registerZoneOffsets(tx: Transaction<DB>, offsets: readonly number[]): Promise<void> {
  await sql`select private.register_zone_offsets(${[...offsets]}::smallint[])`.execute(tx);
}

/** A way to name an account: by e-mail, by id, or by the alias that imports gave it. */
export type AccountName = { kind: 'email' | 'id' | 'alias'; text: string };

/** The accounts that these names stand for; names that no account has are absent. */
export async function findAccounts(tx: Transaction<DB>, names: readonly AccountName[]): Promise<Map<string, UserId>> {
  const of = (kind: AccountName['kind']) => names.filter((name) => name.kind === kind).map((name) => name.text);
  const { rows } = await sql<{ name: string; id: string }>`
    select u.email as name, u.id from auth.users u where u.email = any (${of('email')}::text[])
    union all
    select u.id::text, u.id from auth.users u where u.id = any (${of('id')}::uuid[])
    union all
    select a.alias, a.user_id from lora_accounts a where a.alias = any (${of('alias')}::text[])`.execute(tx);
  return new Map(rows.map((row) => [row.name, asUserId(row.id)]));
}

/** Makes accounts without a password; a name that somebody else makes at the same moment is left to them. */
export async function insertAccounts(tx: Transaction<DB>, names: readonly AccountName[]): Promise<void> {
  const emails = names.filter((name) => name.kind === 'email').map((name) => name.text);
  const aliases = names.filter((name) => name.kind === 'alias').map((name) => name.text);
  await sql`
    insert into auth.users (email, email_confirmed_at)
    select e, now() from unnest(${emails}::text[]) e order by e
    on conflict (email) do nothing`.execute(tx);
  // two imports that make the same alias wait for each other here, and the second finds it made
  await sql`select pg_advisory_xact_lock(hashtextextended('pipeline alias', 0))`.execute(tx);
  await sql`
    with missing as (
      select gen_random_uuid() as id, alias from unnest(${aliases}::text[]) alias
      where not exists (select from lora_accounts a where a.alias = alias.alias)),
    made as (insert into auth.users (id) select id from missing returning id)
    insert into lora_accounts (user_id, alias) select m.id, m.alias from missing m join made using (id)`.execute(tx);
}

/** Locks an account's jobs: the first step of the lock order, before its states. */
export const lockJobsStatement = (userId: UserId): CompiledQuery<unknown> =>
  sql`select id from lora_training_jobs where user_id = ${userId}::uuid order by id for update`.compile(builder);

/** Locks an account's states in the order in which every writer takes them; nothing happens where there is no account. */
export const lockStatesStatement = (userId: UserId): CompiledQuery<unknown> =>
  sql`select private.lock_cost_state(array[u.id]), private.lock_inboxes(array[u.id])
    from auth.users u where u.id = ${userId}::uuid`.compile(builder);

export function deleteAccountStatement(userId: UserId): CompiledQuery<{ id: string }> {
  return sql<{ id: string }>`delete from auth.users where id = ${userId}::uuid returning id`.compile(builder);
}
