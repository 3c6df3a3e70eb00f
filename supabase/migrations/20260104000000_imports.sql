-- Imports: a file is staged and checked first, then posted to the ledger in short transactions.
--
-- Words: a *line* is a line of the file (the header is line 1); an *item* is what a line became, known by the
-- import's source and the line's external id, for ever; `user_ref` is how a file names an account: an e-mail, an id
-- or an alias. Only the service works here: people see the charges, not how they came.

-- ------------------------------------------------------------------------------------------------ lora_imports

create table lora_imports (
  id uuid primary key default gen_random_uuid(),
  kind varchar(10) not null check (kind in ('usage', 'charges')),
  source varchar(64) not null check (source ~ '^[A-Za-z0-9][A-Za-z0-9._-]*$'),
  status varchar(10) not null check (status in ('staging', 'posting', 'done')),
  bucket varchar(10) check (bucket in ('quarter', 'hour', 'day')),
  file_name varchar(255) not null,
  fingerprint bytea check (octet_length(fingerprint) = 32),
  holder uuid not null,
  lines integer not null default 0 check (lines >= 0),
  bad_lines integer not null default 0 check (bad_lines >= 0),
  new_lines integer not null default 0 check (new_lines >= 0),
  accounts integer not null default 0 check (accounts >= 0),
  posted_through integer not null default 0 check (posted_through >= 0),
  posted jsonb not null default '{}' check (jsonb_typeof(posted) = 'object'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint lora_imports_bucket_of_usage check ((bucket is not null) = (kind = 'usage')),
  constraint lora_imports_finished check ((finished_at is not null) = (status = 'done'))
) with (fillfactor = 50);
comment on table lora_imports is 'One row per import that reached the database; a done one is history.';
comment on column lora_imports.status is
  'staging: nothing is in the ledger, and nothing need ever be. posting: all of it will be; a killed one is carried on.';
comment on column lora_imports.fingerprint is 'SHA-256 of all lines as they were understood; tells the same file again.';
comment on column lora_imports.holder is 'The running process; one that was overtaken finds another name here and stops.';
comment on column lora_imports.posted_through is 'All lines up to this one are in the ledger.';
comment on column lora_imports.posted is 'Running counts and sums of what was posted; emptied of sums at the end.';

alter table lora_imports enable row level security;
alter table lora_imports force row level security;
create policy service_all on lora_imports to service_role using (true) with check (true);
revoke all on lora_imports from public, anon, authenticated, service_role;
grant select, insert, update, delete on lora_imports to service_role;

create unique index lora_imports_one_posting on lora_imports (source) where status = 'posting';
create index lora_imports_unfinished on lora_imports (created_at) where status <> 'done';

-- ------------------------------------------------------------------------------------------------ lora_import_accounts

create table lora_import_accounts (
  import_id uuid not null references lora_imports(id) on delete cascade,
  user_ref varchar(200) not null check (length(user_ref) > 0),
  user_id uuid references auth.users(id) on delete cascade,
  primary key (import_id, user_ref)
);
comment on table lora_import_accounts is 'The accounts that a file names, while it is staged; user_id is null while there is none.';

alter table lora_import_accounts enable row level security;
alter table lora_import_accounts force row level security;
create policy service_all on lora_import_accounts to service_role using (true) with check (true);
revoke all on lora_import_accounts from public, anon, authenticated, service_role;
grant select, insert, update, delete on lora_import_accounts to service_role;

create index lora_import_accounts_by_user on lora_import_accounts (user_id) where user_id is not null;

-- ------------------------------------------------------------------------------------------------ lora_import_lines

create table lora_import_lines (
  import_id uuid not null,
  line_no integer not null check (line_no > 0),
  external_id varchar(200) not null check (length(external_id) > 0),
  user_ref varchar(200) not null,
  content_hash bytea not null check (octet_length(content_hash) = 32),
  content jsonb not null check (jsonb_typeof(content) = 'object'),
  fault text,
  primary key (import_id, line_no),
  -- an account that goes while its lines wait takes them along
  foreign key (import_id, user_ref) references lora_import_accounts(import_id, user_ref) on delete cascade
);
comment on table lora_import_lines is 'Lines that wait to be posted; gone when their import is done.';
comment on column lora_import_lines.fault is 'Why the line is bad in the light of the database; null: good.';

alter table lora_import_lines enable row level security;
alter table lora_import_lines force row level security;
create policy service_all on lora_import_lines to service_role using (true) with check (true);
revoke all on lora_import_lines from public, anon, authenticated, service_role;
grant select, insert, update, delete on lora_import_lines to service_role;

create index lora_import_lines_by_external_id on lora_import_lines (import_id, external_id);
create index lora_import_lines_by_account on lora_import_lines (import_id, user_ref);

-- ------------------------------------------------------------------------------------------------ lora_import_items

create table lora_import_items (
  source varchar(64) not null,
  external_id varchar(200) not null,
  user_id uuid not null references auth.users(id) on delete cascade,
  content_hash bytea not null check (octet_length(content_hash) = 32),
  bucket varchar(10) check (bucket in ('quarter', 'hour', 'day')),
  import_id uuid references lora_imports(id) on delete set null,
  primary key (source, external_id)
);
comment on table lora_import_items is 'What was posted, so that the same line again changes nothing and another one is told apart.';
comment on column lora_import_items.content_hash is 'SHA-256 of the line''s content without its user.';

alter table lora_import_items enable row level security;
alter table lora_import_items force row level security;
create policy service_all on lora_import_items to service_role using (true) with check (true);
revoke all on lora_import_items from public, anon, authenticated, service_role;
-- no update, no delete: an item stays as its charges do, and goes with the account
grant select, insert on lora_import_items to service_role;

create index lora_import_items_by_user on lora_import_items (user_id);
create index lora_import_items_by_import on lora_import_items (import_id) where import_id is not null;
