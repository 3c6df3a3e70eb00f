import { sql } from 'kysely';
import { builder } from '@/db/builder';

/** Free-form data that a client may put on an account; never read for a decision. */
export type Metadata = Record<string, unknown>;

export interface AccountRow {
  readonly id: string;
  readonly email: string | null;
  readonly encrypted_password: string | null;
  readonly email_confirmed_at: Date | null;
  readonly last_sign_in_at: Date | null;
  readonly app_metadata: Metadata;
  readonly user_metadata: Metadata;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const ACCOUNT = sql`
  u.id, u.email, u.encrypted_password, u.email_confirmed_at, u.last_sign_in_at,
  u.raw_app_meta_data as app_metadata, u.raw_user_meta_data as user_metadata, u.created_at, u.updated_at`;

const APP_METADATA = JSON.stringify({ provider: 'email', providers: ['email'] });

export const findAccountByEmail = (email: string) =>
  sql<AccountRow>`select ${ACCOUNT} from auth.users u where u.email = lower(${email})`.compile(builder);

export const findAccountById = (id: string) =>
  sql<AccountRow>`select ${ACCOUNT} from auth.users u where u.id = ${id}`.compile(builder);

/** An alias names an account that only imports know. */
export const findAccountByAlias = (alias: string) =>
  sql<AccountRow>`
    select ${ACCOUNT} from auth.users u join public.lora_accounts a on a.user_id = u.id where a.alias = ${alias}`.compile(
    builder,
  );

export const listAccounts = () =>
  sql<AccountRow & { alias: string | null }>`
    select ${ACCOUNT}, a.alias
    from auth.users u left join public.lora_accounts a on a.user_id = u.id
    order by u.created_at, u.id`.compile(builder);

/** Competing first sign-ups queue up here, so that each sees whether another one has won. */
export const lockSignUp = () =>
  sql<{ name: string }>`select name from auth.settings where name = 'sign_up' for update`.compile(builder);

export const findAnyPassword = () =>
  sql<{ taken: boolean }>`
    select exists (select from auth.users where encrypted_password is not null) as taken`.compile(builder);

export interface NewAccount {
  readonly email: string;
  readonly passwordHash: string;
  readonly metadata: Metadata;
  readonly now: Date;
  /** Null where somebody else makes the account. */
  readonly signedInAt: Date | null;
}

/** Gives no row where the e-mail address belongs to an account already. */
export const insertAccount = ({ email, passwordHash, metadata, now, signedInAt }: NewAccount) =>
  sql<AccountRow>`
    insert into auth.users as u
      (email, encrypted_password, email_confirmed_at, last_sign_in_at, raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
    values
      (lower(${email}), ${passwordHash}, ${now}, ${signedInAt}, ${APP_METADATA}::jsonb, ${JSON.stringify(metadata)}::jsonb, ${now}, ${now})
    on conflict (email) do nothing
    returning ${ACCOUNT}`.compile(builder);

export const lockAccount = (id: string) =>
  sql<AccountRow>`select ${ACCOUNT} from auth.users u where u.id = ${id} for update`.compile(builder);

export interface AccountChange {
  readonly id: string;
  readonly email: string | null;
  readonly passwordHash: string | null;
  readonly metadata: Metadata | null;
  readonly now: Date;
}

/** Null leaves a field as it is. A new address counts as confirmed: there is no mail. */
export const updateAccount = ({ id, email, passwordHash, metadata, now }: AccountChange) =>
  sql<AccountRow>`
    update auth.users as u set
      email = coalesce(lower(${email}::text), u.email),
      email_confirmed_at = case when ${email}::text is null then u.email_confirmed_at else ${now} end,
      encrypted_password = coalesce(${passwordHash}::text, u.encrypted_password),
      raw_user_meta_data = coalesce(${metadata === null ? null : JSON.stringify(metadata)}::jsonb, u.raw_user_meta_data),
      updated_at = ${now}
    where u.id = ${id}
    returning ${ACCOUNT}`.compile(builder);

export const markSignedIn = (id: string, now: Date) =>
  sql<AccountRow>`
    update auth.users as u set last_sign_in_at = ${now}, updated_at = ${now} where u.id = ${id}
    returning ${ACCOUNT}`.compile(builder);

// ------------------------------------------------------------------------------------------------ one-time tokens

export type OneTimePurpose = 'recovery' | 'sign_up';

export interface NewOneTimeToken {
  readonly tokenHash: Buffer;
  readonly purpose: OneTimePurpose;
  readonly userId: string | null;
  readonly now: Date;
  readonly expiresAt: Date;
}

export const insertOneTimeToken = ({ tokenHash, purpose, userId, now, expiresAt }: NewOneTimeToken) =>
  sql`
    insert into auth.one_time_tokens (token_hash, purpose, user_id, created_at, expires_at)
    values (${tokenHash}, ${purpose}, ${userId}, ${now}, ${expiresAt})`.compile(builder);

/** Takes a token out, so that it works once; gives a row only if it was still good. */
export const takeOneTimeToken = (tokenHash: Buffer, purpose: OneTimePurpose, now: Date) =>
  sql<{ user_id: string | null }>`
    delete from auth.one_time_tokens
    where token_hash = ${tokenHash} and purpose = ${purpose} and expires_at > ${now}
    returning user_id`.compile(builder);

/** A new link or code makes the earlier ones of the same account worthless. */
export const deleteOneTimeTokens = (purpose: OneTimePurpose, userId: string | null) =>
  sql`
    delete from auth.one_time_tokens
    where purpose = ${purpose} and user_id is not distinct from ${userId}::uuid`.compile(builder);
