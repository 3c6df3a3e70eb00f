-- What hosted Supabase brings and other hosts lack: the schema auth. Run by migrate, as the administrator or as
-- pipeline_owner, only where the host is not Supabase; running it again changes nothing.
--
-- Needs the roles of roles.sql. Everything belongs to pipeline_owner. Requests come in as anon or authenticated and
-- may only ask who they are; identity/ reads and writes the tables as service_role.

create schema if not exists auth authorization pipeline_owner;

set role pipeline_owner;

-- ---------------------------------------------------------------------------------------------------- who is asking

-- A pooled connection that once held the setting shows '' and not null, and ''::jsonb is an error: hence nullif first.
create or replace function auth.jwt() returns jsonb
language sql stable parallel safe
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;

create or replace function auth.uid() returns uuid
language sql stable parallel safe
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid
$$;

create or replace function auth.role() returns text
language sql stable parallel safe
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
  )
$$;

comment on function auth.jwt() is 'the claims of the verified access token of this transaction, or null';
comment on function auth.uid() is 'the account that asks in this transaction, or null';
comment on function auth.role() is 'the role named by the claims of this transaction, or null';

-- ----------------------------------------------------------------------------------------------------------- tables

-- Null email or null password: an account made by an import. It owns rows and can never sign in by password.
create table if not exists auth.users (
  id uuid primary key default gen_random_uuid(),
  email text unique,
  encrypted_password text,
  email_confirmed_at timestamptz,
  last_sign_in_at timestamptz,
  raw_app_meta_data jsonb not null default '{}',
  raw_user_meta_data jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint users_email_lower_case check (email = lower(email)),
  constraint users_password_needs_email check (encrypted_password is null or email is not null)
);
comment on table auth.users is 'accounts; the columns are a subset of those of Supabase Auth';
comment on column auth.users.encrypted_password is 'argon2id in PHC form; null: no sign-in by password';

-- The one question of the sign-up policy: is there an account with a password?
create index if not exists users_with_password on auth.users (created_at) where encrypted_password is not null;

create table if not exists auth.sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  created_at timestamptz not null default now(),
  refreshed_at timestamptz,
  not_after timestamptz not null,
  method text not null default 'password',
  constraint sessions_method check (method in ('password', 'otp', 'command_line'))
);
comment on table auth.sessions is 'a sign-in; an access token counts only while its session is here and not over';
comment on column auth.sessions.method is 'how it began; shown in the claim amr';
comment on column auth.sessions.not_after is 'moved forward by every refresh; a session of the command line has no refresh';

create index if not exists sessions_user_id on auth.sessions (user_id);
create index if not exists sessions_not_after on auth.sessions (not_after);

create table if not exists auth.refresh_tokens (
  id bigint generated always as identity primary key,
  session_id uuid not null references auth.sessions (id) on delete cascade,
  parent_id bigint references auth.refresh_tokens (id) on delete set null,
  token_hash bytea not null unique,
  created_at timestamptz not null default now(),
  used_at timestamptz,
  replacement bytea,
  constraint refresh_tokens_hash_is_sha256 check (octet_length(token_hash) = 32)
);
comment on table auth.refresh_tokens is 'one chain per session; using a used one again ends the session';
comment on column auth.refresh_tokens.token_hash is 'SHA-256 of the token; the token itself is nowhere';
comment on column auth.refresh_tokens.replacement is
  'the pair that this token was exchanged for, sealed with a key that only this token gives; for parallel tabs';

create index if not exists refresh_tokens_session_id on auth.refresh_tokens (session_id);
create index if not exists refresh_tokens_parent_id on auth.refresh_tokens (parent_id);

create table if not exists auth.one_time_tokens (
  token_hash bytea primary key,
  purpose text not null,
  user_id uuid references auth.users (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint one_time_tokens_hash_is_sha256 check (octet_length(token_hash) = 32),
  constraint one_time_tokens_purpose check (purpose in ('recovery', 'sign_up')),
  constraint one_time_tokens_recovery_has_account check ((purpose = 'recovery') = (user_id is not null))
);
comment on table auth.one_time_tokens is 'reset links and the code of the first sign-up; deleted when used';

create index if not exists one_time_tokens_user_id on auth.one_time_tokens (user_id);

create table if not exists auth.signing_keys (
  kid text primary key,
  jwk jsonb not null,
  created_at timestamptz not null default now(),
  retired_at timestamptz
);
comment on table auth.signing_keys is 'private ES256 keys; a retired one still verifies until its last token is over';

-- Several processes may start at once: only one of them makes the key.
create unique index if not exists signing_keys_one_current on auth.signing_keys ((retired_at is null))
  where retired_at is null;

create table if not exists auth.settings (
  name text primary key,
  value text not null,
  created_at timestamptz not null default now()
);
comment on table auth.settings is 'the publishable key, and the row that orders competing first sign-ups';

insert into auth.settings (name, value) values ('sign_up', 'lock') on conflict (name) do nothing;

create table if not exists auth.attempts (
  key text primary key,
  count integer not null,
  window_ends_at timestamptz not null,
  constraint attempts_count_not_negative check (count >= 0)
);
comment on table auth.attempts is 'throttling of sign-ins: hashed account or address, and attempts in the running window';

create index if not exists attempts_window_ends_at on auth.attempts (window_ends_at);

-- -------------------------------------------------------------------------------------------------------- row security

-- Changed only where it is not yet so: these statements lock the table, and other processes may be at work.
do $$
declare
  name text;
begin
  foreach name in array array['users', 'sessions', 'refresh_tokens', 'one_time_tokens', 'signing_keys', 'settings', 'attempts']
  loop
    if not (select c.relrowsecurity and c.relforcerowsecurity
            from pg_class c where c.oid = format('auth.%I', name)::regclass) then
      execute format('alter table auth.%I enable row level security', name);
      execute format('alter table auth.%I force row level security', name);
    end if;
    if not exists (select from pg_policies p
                   where p.schemaname = 'auth' and p.tablename = name and p.policyname = 'service and owner') then
      execute format(
        'create policy "service and owner" on auth.%I for all to service_role, pipeline_owner using (true) with check (true)',
        name);
    end if;
  end loop;
end $$;

-- ------------------------------------------------------------------------------------------------------------- grants

revoke all on all functions in schema auth from public;
revoke all on all tables in schema auth from public;

grant usage on schema auth to anon, authenticated, service_role;
grant execute on function auth.jwt(), auth.uid(), auth.role() to anon, authenticated, service_role;

grant select, insert, update, delete on
  auth.users, auth.sessions, auth.refresh_tokens, auth.one_time_tokens, auth.attempts to service_role;
grant select, insert, update on auth.settings, auth.signing_keys to service_role;
-- no delete on settings and signing_keys: nothing of the product takes a key away while its tokens still count

reset role;
