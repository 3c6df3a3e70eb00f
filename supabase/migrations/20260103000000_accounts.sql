-- Settings of an account, and jobs that were imported rather than run here.

create table lora_accounts (
  user_id uuid primary key references auth.users(id) on delete cascade,
  alias text unique check (length(alias) between 1 and 200 and position('@' in alias) = 0),
  timezone text not null default 'UTC' check (length(timezone) between 1 and 64),
  currency char(3) not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table lora_accounts is 'Settings of an account; an alias names an account that only imports know.';

alter table lora_training_jobs
  add column origin varchar(20) not null default 'pipeline' check (origin in ('pipeline', 'import')),
  add column external_ref text check (length(external_ref) between 1 and 200),
  add column tags jsonb not null default '{}' check (jsonb_typeof(tags) = 'object'),
  add column archived_at timestamptz,
  add constraint lora_training_jobs_imported check (origin <> 'import' or status in ('completed', 'failed', 'cancelled'));
comment on column lora_training_jobs.external_ref is 'An imported job''s name where it came from; one per user.';

alter table lora_accounts enable row level security;
alter table lora_accounts force row level security;

create policy owner_of_row_all on lora_accounts to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy service_all on lora_accounts to service_role using (true) with check (true);

revoke all on lora_accounts from public, anon, authenticated, service_role;
-- no alias: it is given by imports; no delete: the row goes with the account
grant select, insert (user_id, timezone, currency), update (timezone, currency, updated_at) on lora_accounts
  to authenticated;
grant select, insert, update on lora_accounts to service_role;

create unique index lora_training_jobs_imported_once on lora_training_jobs (user_id, external_ref)
  where origin = 'import';
create index lora_training_jobs_open on lora_training_jobs (user_id)
  where status in ('queued', 'initializing', 'running');

-- A changed setting changes answers, so it moves the cost version.
create function private.bump_cost_version() returns trigger
language plpgsql security definer set search_path = '' as $f$
begin
  insert into public.lora_cost_state as s (user_id, version) values (new.user_id, 1)
  on conflict (user_id) do update set version = s.version + 1;
  return null;
end
$f$;
grant create on schema private to ledger_keeper;
alter function private.bump_cost_version() owner to ledger_keeper;
revoke create on schema private from ledger_keeper;
create trigger bump_on_setting after insert or update of timezone, currency on lora_accounts for each row
  execute function private.bump_cost_version();
-- the end of a job moves the sum of the estimates that are still pending
create trigger bump_on_end after update of status on lora_training_jobs for each row
  when (old.status is distinct from new.status)
  execute function private.bump_cost_version();

set role ledger_keeper;
revoke all on function private.bump_cost_version() from public;
reset role;
