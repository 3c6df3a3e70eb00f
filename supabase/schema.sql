-- Written by `npm run schema` from the catalogue of a migrated database: to be read, not to be run or edited.
-- The schema is made by supabase/migrations; what is here is their sum. Schema public only.

-- ------------------------------------------------------------------------------------------------ lora_accounts

create table lora_accounts (
  user_id uuid not null,
  alias text,
  timezone text not null default 'UTC'::text,
  currency char(3) not null default 'USD'::bpchar,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint lora_accounts_pkey primary key (user_id),
  constraint lora_accounts_alias_key unique (alias),
  constraint lora_accounts_alias_check check (length(alias) >= 1 and length(alias) <= 200 and position(('@'::text) in (alias)) = 0),
  constraint lora_accounts_currency_check check (currency ~ '^[A-Z]{3}$'::text),
  constraint lora_accounts_timezone_check check (length(timezone) >= 1 and length(timezone) <= 64),
  constraint lora_accounts_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

comment on table lora_accounts is 'Settings of an account; an alias names an account that only imports know.';

alter table lora_accounts enable row level security;
alter table lora_accounts force row level security;

create policy owner_of_row_all on lora_accounts to authenticated using (user_id = (( select auth.uid() as uid))) with check (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_accounts to service_role using (true) with check (true);

grant insert (user_id, timezone, currency), select, update (timezone, currency, updated_at) on lora_accounts to authenticated;
grant insert, select, update on lora_accounts to service_role;

create trigger bump_on_setting after insert or update of timezone, currency on lora_accounts for each row execute function private.bump_cost_version();

-- ------------------------------------------------------------------------------------------------ lora_cost_days

create table lora_cost_days (
  user_id uuid not null,
  off smallint not null,
  day date not null,
  currency char(3) not null,
  cost_type varchar(50) not null,
  amount numeric(30,10) not null,
  n integer not null,
  open_n integer not null,
  constraint lora_cost_days_pkey primary key (user_id, off, day, currency, cost_type),
  constraint lora_cost_days_off_check check (off >= '-48'::integer and off <= 56)
) with (fillfactor=70);

comment on table lora_cost_days is 'Sum and number of records per local day at a fixed offset (0 for everybody).';

alter table lora_cost_days enable row level security;
alter table lora_cost_days force row level security;

create policy keeper_all on lora_cost_days to ledger_keeper using (true) with check (true);
create policy owner_of_row_reads on lora_cost_days for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_reads on lora_cost_days for select to service_role using (true);

grant select on lora_cost_days to authenticated;
grant delete, insert, select, update on lora_cost_days to ledger_keeper;
grant select on lora_cost_days to service_role;

-- ------------------------------------------------------------------------------------------------ lora_cost_job_days

create table lora_cost_job_days (
  user_id uuid not null,
  day date not null,
  job_ref uuid not null,
  currency char(3) not null,
  cost_type varchar(50) not null,
  amount numeric(30,10) not null,
  n integer not null,
  constraint lora_cost_job_days_pkey primary key (user_id, day, job_ref, currency, cost_type)
) with (fillfactor=70);

comment on table lora_cost_job_days is 'Sum and number of records per UTC day and job; money without a job is the difference to the total.';

alter table lora_cost_job_days enable row level security;
alter table lora_cost_job_days force row level security;

create policy keeper_all on lora_cost_job_days to ledger_keeper using (true) with check (true);
create policy owner_of_row_reads on lora_cost_job_days for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_reads on lora_cost_job_days for select to service_role using (true);

grant select on lora_cost_job_days to authenticated;
grant delete, insert, select, update on lora_cost_job_days to ledger_keeper;
grant select on lora_cost_job_days to service_role;

-- ------------------------------------------------------------------------------------------------ lora_cost_quarters

create table lora_cost_quarters (
  user_id uuid not null,
  bucket timestamptz not null,
  currency char(3) not null,
  cost_type varchar(50) not null,
  amount numeric(30,10) not null,
  n integer not null,
  open_n integer not null,
  constraint lora_cost_quarters_pkey primary key (user_id, bucket, currency, cost_type)
) with (fillfactor=70);

comment on table lora_cost_quarters is 'Sum and number of records per UTC quarter-hour: edges of ranges, days of any zone.';

alter table lora_cost_quarters enable row level security;
alter table lora_cost_quarters force row level security;

create policy keeper_all on lora_cost_quarters to ledger_keeper using (true) with check (true);
create policy owner_of_row_reads on lora_cost_quarters for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_reads on lora_cost_quarters for select to service_role using (true);

grant select on lora_cost_quarters to authenticated;
grant delete, insert, select, update on lora_cost_quarters to ledger_keeper;
grant select on lora_cost_quarters to service_role;

-- ------------------------------------------------------------------------------------------------ lora_cost_records

create table lora_cost_records (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  job_id uuid,
  cost_type varchar(50) not null,
  amount numeric(20,10) not null,
  details jsonb,
  billing_period date not null,
  recorded_at timestamptz not null default now(),
  currency char(3) not null default 'USD'::bpchar,
  state varchar(10) not null default 'final'::varchar,
  source text not null,
  phase varchar(20),
  job_ref uuid,
  tags jsonb not null default '{}'::jsonb,
  is_estimate boolean not null default false,
  corrects uuid,
  correction_key text,
  constraint lora_cost_records_pkey primary key (id),
  constraint lora_cost_records_amount check (amount <> 'NaN'::numeric),
  constraint lora_cost_records_correction check ((corrects is null) = (correction_key is null)),
  constraint lora_cost_records_correction_final check (corrects is null or state::text = 'final'::text),
  constraint lora_cost_records_correction_key_check check (length(correction_key) >= 1 and length(correction_key) <= 200),
  constraint lora_cost_records_cost_type check (length(cost_type::text) >= 1 and length(cost_type::text) <= 50),
  constraint lora_cost_records_currency_check check (currency ~ '^[A-Z]{3}$'::text),
  constraint lora_cost_records_phase_check check (phase::text = any (array['setup'::varchar, 'training'::varchar, 'evaluation'::varchar, 'checkpoint'::varchar, 'saving'::varchar, 'idle'::varchar, 'lost'::varchar]::text[])),
  constraint lora_cost_records_source_check check (length(source) >= 1 and length(source) <= 500),
  constraint lora_cost_records_state_check check (state::text = any (array['open'::varchar, 'final'::varchar]::text[])),
  constraint lora_cost_records_tags_check check (jsonb_typeof(tags) = 'object'::text),
  constraint lora_cost_records_corrects_fkey foreign key (corrects) references lora_cost_records(id) on delete no action,
  constraint lora_cost_records_job_id_fkey foreign key (job_id) references lora_training_jobs(id) on delete set null,
  constraint lora_cost_records_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
) with (fillfactor=85);

comment on table lora_cost_records is 'The ledger: charges, corrections and estimates. Final rows never change.';
comment on column lora_cost_records.amount is 'Exact, in units of currency, ten decimals.';
comment on column lora_cost_records.recorded_at is 'Start of the bucket; of a correction: when it was posted.';
comment on column lora_cost_records.source is 'What the charge is for: attempt:ID, import:NAME:EXTERNAL_ID, estimate:JOB, legacy:ID.';
comment on column lora_cost_records.job_ref is 'job_id at birth; stays when the job is deleted.';

alter table lora_cost_records enable row level security;
alter table lora_cost_records force row level security;

create policy keeper_reads on lora_cost_records for select to ledger_keeper using (true);
create policy owner_of_row_reads on lora_cost_records for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_cost_records to service_role using (true) with check (true);

grant select on lora_cost_records to authenticated;
grant select on lora_cost_records to ledger_keeper;
grant insert, select, update (amount, details, state) on lora_cost_records to service_role;

create index lora_cost_records_by_job on lora_cost_records using btree (job_id) where job_id is not null;
create index lora_cost_records_by_time on lora_cost_records using btree (user_id, recorded_at, id);
create unique index lora_cost_records_correction_once on lora_cost_records using btree (corrects, correction_key) where corrects is not null;
create index lora_cost_records_estimates on lora_cost_records using btree (user_id) where is_estimate;
create unique index lora_cost_records_once on lora_cost_records using btree (source, cost_type, phase, recorded_at) nulls not distinct where corrects is null;

create trigger a_fill before insert on lora_cost_records for each row when (new.source is null or new.job_ref is null and new.job_id is not null) execute function private.fill_charge();
create trigger b_correction before insert on lora_cost_records for each row when (new.corrects is not null) execute function private.check_correction();
create trigger immutable_delete after delete on lora_cost_records referencing old table as old_rows for each statement execute function private.refuse_delete_of_final();
create trigger immutable_final before update on lora_cost_records for each row when (old.state::text = 'final'::text) execute function private.refuse_change_of_final();
create trigger immutable_identity before update on lora_cost_records for each row when (old.state::text = 'open'::text and (old.id is distinct from new.id or old.user_id is distinct from new.user_id or old.cost_type::text is distinct from new.cost_type::text or old.currency is distinct from new.currency or old.source is distinct from new.source or old.phase::text is distinct from new.phase::text or old.job_ref is distinct from new.job_ref or old.tags is distinct from new.tags or old.is_estimate is distinct from new.is_estimate or old.corrects is distinct from new.corrects or old.correction_key is distinct from new.correction_key or old.billing_period is distinct from new.billing_period or old.recorded_at is distinct from new.recorded_at)) execute function private.refuse_change_of_identity();
create trigger immutable_truncate before truncate on lora_cost_records for each statement execute function private.refuse_truncate();
create trigger roll_up_delete after delete on lora_cost_records referencing old table as old_rows for each statement execute function private.roll_up_charges();
create trigger roll_up_insert after insert on lora_cost_records referencing new table as new_rows for each statement execute function private.roll_up_charges();
create trigger roll_up_update after update on lora_cost_records referencing old table as old_rows new table as new_rows for each statement execute function private.roll_up_charges();

-- ------------------------------------------------------------------------------------------------ lora_cost_state

create table lora_cost_state (
  user_id uuid not null,
  version bigint not null default 0,
  constraint lora_cost_state_pkey primary key (user_id),
  constraint lora_cost_state_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
) with (fillfactor=30);

comment on table lora_cost_state is 'One row per user: locked before any charge is touched; its version is the ETag.';

alter table lora_cost_state enable row level security;
alter table lora_cost_state force row level security;

create policy keeper_all on lora_cost_state to ledger_keeper using (true) with check (true);
create policy owner_of_row_reads on lora_cost_state for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_reads on lora_cost_state for select to service_role using (true);

grant select on lora_cost_state to authenticated;
grant delete, insert, select, update on lora_cost_state to ledger_keeper;
grant select on lora_cost_state to service_role;

create trigger forget_roll_ups after delete on lora_cost_state for each row execute function private.forget_roll_ups();

-- ------------------------------------------------------------------------------------------------ lora_cost_zone_offsets

create table lora_cost_zone_offsets (
  user_id uuid not null,
  off smallint not null,
  constraint lora_cost_zone_offsets_pkey primary key (user_id, off),
  constraint lora_cost_zone_offsets_off_check check (off >= '-48'::integer and off <= 56 and off <> 0),
  constraint lora_cost_zone_offsets_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

comment on table lora_cost_zone_offsets is 'Offsets of the zone that a user has set; days at these offsets are rolled up.';

alter table lora_cost_zone_offsets enable row level security;
alter table lora_cost_zone_offsets force row level security;

create policy keeper_all on lora_cost_zone_offsets to ledger_keeper using (true) with check (true);
create policy owner_of_row_reads on lora_cost_zone_offsets for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_reads on lora_cost_zone_offsets for select to service_role using (true);

grant select on lora_cost_zone_offsets to authenticated;
grant delete, insert, select, update on lora_cost_zone_offsets to ledger_keeper;
grant select on lora_cost_zone_offsets to service_role;

-- ------------------------------------------------------------------------------------------------ lora_datasets

create table lora_datasets (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  name varchar(200) not null,
  status varchar(20) not null default 'uploading'::varchar,
  created_at timestamptz not null default now(),
  constraint lora_datasets_pkey primary key (id),
  constraint lora_datasets_status_check check (status::text = any (array['uploading'::varchar, 'validating'::varchar, 'ready'::varchar, 'invalid'::varchar]::text[])),
  constraint lora_datasets_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

alter table lora_datasets enable row level security;
alter table lora_datasets force row level security;

create policy owner_of_row_reads on lora_datasets for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_datasets to service_role using (true) with check (true);

grant select on lora_datasets to authenticated;
grant delete, insert, select, update on lora_datasets to service_role;

create index lora_datasets_by_user on lora_datasets using btree (user_id, created_at desc, id desc);

-- ------------------------------------------------------------------------------------------------ lora_import_accounts

create table lora_import_accounts (
  import_id uuid not null,
  user_ref varchar(200) not null,
  user_id uuid,
  constraint lora_import_accounts_pkey primary key (import_id, user_ref),
  constraint lora_import_accounts_user_ref_check check (length(user_ref::text) > 0),
  constraint lora_import_accounts_import_id_fkey foreign key (import_id) references lora_imports(id) on delete cascade,
  constraint lora_import_accounts_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

comment on table lora_import_accounts is 'The accounts that a file names, while it is staged; user_id is null while there is none.';

alter table lora_import_accounts enable row level security;
alter table lora_import_accounts force row level security;

create policy service_all on lora_import_accounts to service_role using (true) with check (true);

grant delete, insert, select, update on lora_import_accounts to service_role;

create index lora_import_accounts_by_user on lora_import_accounts using btree (user_id) where user_id is not null;

-- ------------------------------------------------------------------------------------------------ lora_import_items

create table lora_import_items (
  source varchar(64) not null,
  external_id varchar(200) not null,
  user_id uuid not null,
  content_hash bytea not null,
  bucket varchar(10),
  import_id uuid,
  constraint lora_import_items_pkey primary key (source, external_id),
  constraint lora_import_items_bucket_check check (bucket::text = any (array['quarter'::varchar, 'hour'::varchar, 'day'::varchar]::text[])),
  constraint lora_import_items_content_hash_check check (octet_length(content_hash) = 32),
  constraint lora_import_items_import_id_fkey foreign key (import_id) references lora_imports(id) on delete set null,
  constraint lora_import_items_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

comment on table lora_import_items is 'What was posted, so that the same line again changes nothing and another one is told apart.';
comment on column lora_import_items.content_hash is 'SHA-256 of the line''s content without its user.';

alter table lora_import_items enable row level security;
alter table lora_import_items force row level security;

create policy service_all on lora_import_items to service_role using (true) with check (true);

grant insert, select on lora_import_items to service_role;

create index lora_import_items_by_import on lora_import_items using btree (import_id) where import_id is not null;
create index lora_import_items_by_user on lora_import_items using btree (user_id);

-- ------------------------------------------------------------------------------------------------ lora_import_lines

create table lora_import_lines (
  import_id uuid not null,
  line_no integer not null,
  external_id varchar(200) not null,
  user_ref varchar(200) not null,
  content_hash bytea not null,
  content jsonb not null,
  fault text,
  constraint lora_import_lines_pkey primary key (import_id, line_no),
  constraint lora_import_lines_content_check check (jsonb_typeof(content) = 'object'::text),
  constraint lora_import_lines_content_hash_check check (octet_length(content_hash) = 32),
  constraint lora_import_lines_external_id_check check (length(external_id::text) > 0),
  constraint lora_import_lines_line_no_check check (line_no > 0),
  constraint lora_import_lines_import_id_user_ref_fkey foreign key (import_id, user_ref) references lora_import_accounts(import_id, user_ref) on delete cascade
);

comment on table lora_import_lines is 'Lines that wait to be posted; gone when their import is done.';
comment on column lora_import_lines.fault is 'Why the line is bad in the light of the database; null: good.';

alter table lora_import_lines enable row level security;
alter table lora_import_lines force row level security;

create policy service_all on lora_import_lines to service_role using (true) with check (true);

grant delete, insert, select, update on lora_import_lines to service_role;

create index lora_import_lines_by_account on lora_import_lines using btree (import_id, user_ref);
create index lora_import_lines_by_external_id on lora_import_lines using btree (import_id, external_id);

-- ------------------------------------------------------------------------------------------------ lora_imports

create table lora_imports (
  id uuid not null default gen_random_uuid(),
  kind varchar(10) not null,
  source varchar(64) not null,
  status varchar(10) not null,
  bucket varchar(10),
  file_name varchar(255) not null,
  fingerprint bytea,
  holder uuid not null,
  lines integer not null default 0,
  bad_lines integer not null default 0,
  new_lines integer not null default 0,
  accounts integer not null default 0,
  posted_through integer not null default 0,
  posted jsonb not null default '{}'::jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint lora_imports_pkey primary key (id),
  constraint lora_imports_accounts_check check (accounts >= 0),
  constraint lora_imports_bad_lines_check check (bad_lines >= 0),
  constraint lora_imports_bucket_check check (bucket::text = any (array['quarter'::varchar, 'hour'::varchar, 'day'::varchar]::text[])),
  constraint lora_imports_bucket_of_usage check ((bucket is not null) = (kind::text = 'usage'::text)),
  constraint lora_imports_fingerprint_check check (octet_length(fingerprint) = 32),
  constraint lora_imports_finished check ((finished_at is not null) = (status::text = 'done'::text)),
  constraint lora_imports_kind_check check (kind::text = any (array['usage'::varchar, 'charges'::varchar]::text[])),
  constraint lora_imports_lines_check check (lines >= 0),
  constraint lora_imports_new_lines_check check (new_lines >= 0),
  constraint lora_imports_posted_check check (jsonb_typeof(posted) = 'object'::text),
  constraint lora_imports_posted_through_check check (posted_through >= 0),
  constraint lora_imports_source_check check (source::text ~ '^[A-Za-z0-9][A-Za-z0-9._-]*$'::text),
  constraint lora_imports_status_check check (status::text = any (array['staging'::varchar, 'posting'::varchar, 'done'::varchar]::text[]))
) with (fillfactor=50);

comment on table lora_imports is 'One row per import that reached the database; a done one is history.';
comment on column lora_imports.status is 'staging: nothing is in the ledger, and nothing need ever be. posting: all of it will be; a killed one is carried on.';
comment on column lora_imports.fingerprint is 'SHA-256 of all lines as they were understood; tells the same file again.';
comment on column lora_imports.holder is 'The running process; one that was overtaken finds another name here and stops.';
comment on column lora_imports.posted_through is 'All lines up to this one are in the ledger.';
comment on column lora_imports.posted is 'Running counts and sums of what was posted; emptied of sums at the end.';

alter table lora_imports enable row level security;
alter table lora_imports force row level security;

create policy service_all on lora_imports to service_role using (true) with check (true);

grant delete, insert, select, update on lora_imports to service_role;

create unique index lora_imports_one_posting on lora_imports using btree (source) where status::text = 'posting'::text;
create index lora_imports_unfinished on lora_imports using btree (created_at) where status::text <> 'done'::text;

-- ------------------------------------------------------------------------------------------------ lora_inbox_state

create table lora_inbox_state (
  user_id uuid not null,
  last_seq bigint not null default 0,
  unread_count integer not null default 0,
  read_upto bigint not null default 0,
  read_upto_at timestamptz,
  read_upto_before bigint not null default 0,
  read_all_seq bigint not null default 0,
  folded_upto bigint not null default 0,
  floor_seq bigint not null default 0,
  constraint lora_inbox_state_pkey primary key (user_id),
  constraint lora_inbox_state_count check (unread_count >= 0),
  constraint lora_inbox_state_numbers check (0 <= folded_upto and folded_upto <= read_upto and read_upto_before <= read_upto and read_upto <= last_seq and read_all_seq <= last_seq and 0 <= floor_seq and floor_seq <= last_seq),
  constraint lora_inbox_state_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
) with (fillfactor=30);

comment on table lora_inbox_state is 'One row per user: the sequence, the exact count, the tag of every answer, and the lock that orders all writers.';
comment on column lora_inbox_state.last_seq is 'The last number given, to a row, a change, a deletion or a "read all".';
comment on column lora_inbox_state.unread_count is 'Unread rows in the inbox; equals them at every commit.';
comment on column lora_inbox_state.read_upto is 'The watermark: what is unread since a number up to it counts as read.';
comment on column lora_inbox_state.read_upto_before is 'The watermark before the last "read all", for taking that back.';
comment on column lora_inbox_state.read_all_seq is 'The number of the last "read all": its one event in the feed.';
comment on column lora_inbox_state.folded_upto is 'The watermark that has been written into the rows.';
comment on column lora_inbox_state.floor_seq is 'Tombstones up to it may be gone: a cursor below it is too old.';

alter table lora_inbox_state enable row level security;
alter table lora_inbox_state force row level security;

create policy keeper_all on lora_inbox_state to ledger_keeper using (true) with check (true);
create policy owner_of_row_reads on lora_inbox_state for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy owner_of_row_reads_all on lora_inbox_state for update to authenticated using (user_id = (( select auth.uid() as uid))) with check (user_id = (( select auth.uid() as uid)));
create policy service_folds on lora_inbox_state for update to service_role using (true) with check (true);
create policy service_reads on lora_inbox_state for select to service_role using (true);

grant select, update (read_upto) on lora_inbox_state to authenticated;
grant insert, select, update on lora_inbox_state to ledger_keeper;
grant select, update (folded_upto) on lora_inbox_state to service_role;

create index lora_inbox_state_to_fold on lora_inbox_state using btree (read_upto_at) where folded_upto < read_upto;

create trigger read_all before update of read_upto on lora_inbox_state for each row when (old.read_upto is distinct from new.read_upto) execute function private.move_watermark();

-- ------------------------------------------------------------------------------------------------ lora_metrics_points

create table lora_metrics_points (
  id bigint not null generated always as identity,
  user_id uuid not null,
  job_id uuid not null,
  step integer not null,
  metrics jsonb not null,
  recorded_at timestamptz not null default now(),
  constraint lora_metrics_points_pkey primary key (id),
  constraint lora_metrics_points_step_check check (step >= 0),
  constraint lora_metrics_points_job_id_fkey foreign key (job_id) references lora_training_jobs(id) on delete cascade,
  constraint lora_metrics_points_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

alter table lora_metrics_points enable row level security;
alter table lora_metrics_points force row level security;

create policy owner_of_row_reads on lora_metrics_points for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_metrics_points to service_role using (true) with check (true);

grant select on lora_metrics_points to authenticated;
grant delete, insert, select, update on lora_metrics_points to service_role;

create index lora_metrics_points_by_job on lora_metrics_points using btree (job_id, step);
create index lora_metrics_points_by_user on lora_metrics_points using btree (user_id);

-- ------------------------------------------------------------------------------------------------ lora_model_artifacts

create table lora_model_artifacts (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  job_id uuid,
  name varchar(200) not null,
  files jsonb not null default '[]'::jsonb,
  created_at timestamptz not null default now(),
  constraint lora_model_artifacts_pkey primary key (id),
  constraint lora_model_artifacts_job_id_fkey foreign key (job_id) references lora_training_jobs(id) on delete set null,
  constraint lora_model_artifacts_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

alter table lora_model_artifacts enable row level security;
alter table lora_model_artifacts force row level security;

create policy owner_of_row_reads on lora_model_artifacts for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_model_artifacts to service_role using (true) with check (true);

grant select on lora_model_artifacts to authenticated;
grant delete, insert, select, update on lora_model_artifacts to service_role;

create index lora_model_artifacts_by_job on lora_model_artifacts using btree (job_id) where job_id is not null;
create index lora_model_artifacts_by_user on lora_model_artifacts using btree (user_id, created_at desc, id desc);

-- ------------------------------------------------------------------------------------------------ lora_notification_tombstones

create table lora_notification_tombstones (
  user_id uuid not null,
  seq bigint not null,
  notification_id uuid not null,
  deleted_at timestamptz not null default now(),
  dedupe_key text,
  constraint lora_notification_tombstones_pkey primary key (user_id, seq),
  constraint lora_notification_tombstones_once unique (user_id, dedupe_key),
  constraint lora_notification_tombstones_user_id_fkey foreign key (user_id) references lora_inbox_state(user_id) on delete cascade
);

comment on table lora_notification_tombstones is 'Deleted notifications, kept 30 days for readers of the feed; those with a dedupe key for ever.';

alter table lora_notification_tombstones enable row level security;
alter table lora_notification_tombstones force row level security;

create policy keeper_buries on lora_notification_tombstones for insert to ledger_keeper with check (true);
create policy keeper_reads on lora_notification_tombstones for select to ledger_keeper using (true);
create policy owner_of_row_reads on lora_notification_tombstones for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_expires on lora_notification_tombstones for delete to service_role using (true);
create policy service_reads on lora_notification_tombstones for select to service_role using (true);

grant select on lora_notification_tombstones to authenticated;
grant insert, select on lora_notification_tombstones to ledger_keeper;
grant delete, select on lora_notification_tombstones to service_role;

create index lora_notification_tombstones_by_age on lora_notification_tombstones using btree (deleted_at) where dedupe_key is null;

create trigger raise_floor after delete on lora_notification_tombstones referencing old table as old_rows for each statement execute function private.raise_floor();

-- ------------------------------------------------------------------------------------------------ lora_notifications

create table lora_notifications (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  type varchar(50) not null,
  title varchar(200) not null,
  message text not null,
  priority varchar(20) not null default 'medium'::varchar,
  read boolean not null default false,
  action_url text,
  metadata jsonb,
  created_at timestamptz not null default now(),
  seq bigint not null default 0,
  changed_seq bigint not null default 0,
  unread_seq bigint not null default 0,
  job_id uuid,
  thread_key text,
  dedupe_key text,
  archived_at timestamptz,
  snoozed_until timestamptz,
  read_at timestamptz,
  constraint lora_notifications_pkey primary key (id),
  constraint lora_notifications_change unique (user_id, changed_seq),
  constraint lora_notifications_number unique (seq, user_id),
  constraint lora_notifications_once unique (user_id, dedupe_key),
  constraint lora_notifications_action_url check (length(action_url) <= 2000 and action_url !~ '[\u0001-\u0020\u007f-\u009f\\]'::text and (action_url ~ '^/($|[^/])'::text or action_url ~* '^https://[^/?#]'::text)),
  constraint lora_notifications_dedupe_key check (length(dedupe_key) >= 1 and length(dedupe_key) <= 200),
  constraint lora_notifications_numbers check (0 < seq and seq <= unread_seq and unread_seq <= changed_seq),
  constraint lora_notifications_priority check (priority::text = any (array['low'::varchar, 'medium'::varchar, 'high'::varchar, 'urgent'::varchar]::text[])),
  constraint lora_notifications_thread_key check (length(thread_key) >= 1 and length(thread_key) <= 200),
  constraint lora_notifications_title check (length(title::text) >= 1 and length(title::text) <= 200),
  constraint lora_notifications_type check (length(type::text) >= 1 and length(type::text) <= 50),
  constraint lora_notifications_job_id_fkey foreign key (job_id) references lora_training_jobs(id) on delete set null,
  constraint lora_notifications_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

comment on table lora_notifications is 'The inbox: one row per event. Content never changes; marks and numbers do.';
comment on column lora_notifications.read is 'What was marked row by row; "read all" arrives here later, by folding.';
comment on column lora_notifications.seq is 'The row''s number at birth, in the order of commits within its user.';
comment on column lora_notifications.changed_seq is 'The number of the last visible change; the cursor of the feed.';
comment on column lora_notifications.unread_seq is 'The number since which the row counts as unread, unless read says otherwise or the watermark has reached it.';
comment on column lora_notifications.thread_key is 'Gathers one subject''s events; job:ID unless the writer names another.';
comment on column lora_notifications.dedupe_key is 'At most one row of a user ever has it, deleted ones included.';
comment on column lora_notifications.snoozed_until is 'Out of the inbox while not null; the end of a snooze clears it.';
comment on column lora_notifications.read_at is 'When it was marked read by itself or by its thread; null after "read all".';

alter table lora_notifications enable row level security;
alter table lora_notifications force row level security;

create policy keeper_marks on lora_notifications for update to ledger_keeper using (true) with check (true);
create policy keeper_reads on lora_notifications for select to ledger_keeper using (true);
create policy owner_of_row_marks on lora_notifications for update to authenticated using (user_id = (( select auth.uid() as uid))) with check (user_id = (( select auth.uid() as uid)));
create policy owner_of_row_reads on lora_notifications for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_notifications to service_role using (true) with check (true);

grant select, update (read) on lora_notifications to authenticated;
grant select, update (read) on lora_notifications to ledger_keeper;
grant delete, insert (id, user_id, type, title, message, priority, read, action_url, metadata, created_at, job_id, thread_key, dedupe_key, archived_at, snoozed_until), select, update (read, archived_at, snoozed_until) on lora_notifications to service_role;

create index lora_notifications_archived on lora_notifications using btree (archived_at) where archived_at is not null;
create index lora_notifications_by_job on lora_notifications using btree (job_id, seq) where job_id is not null;
create index lora_notifications_by_thread on lora_notifications using btree (user_id, thread_key, seq) where thread_key is not null;
create index lora_notifications_inbox on lora_notifications using btree (user_id, seq) where archived_at is null and snoozed_until is null;
create index lora_notifications_set_aside on lora_notifications using btree (user_id, seq) where archived_at is not null or snoozed_until is not null;
create index lora_notifications_unread on lora_notifications using btree (user_id, seq) where not read;
create index lora_notifications_unread_again on lora_notifications using btree (user_id, seq) where not read and unread_seq > seq;

create trigger a_keep_numbers before update of id, user_id, seq, changed_seq, unread_seq, read_at on lora_notifications for each row when (old.id is distinct from new.id or old.user_id is distinct from new.user_id or old.seq is distinct from new.seq or old.changed_seq is distinct from new.changed_seq or old.unread_seq is distinct from new.unread_seq or old.read_at is distinct from new.read_at) execute function private.refuse_renumbering();
create trigger b_mark_unread before update of read on lora_notifications for each row when (not old.read and not new.read) execute function private.mark_unread_again();
create trigger bury_delete after delete on lora_notifications referencing old table as old_rows for each statement execute function private.bury_notifications();
create trigger c_stamp before update on lora_notifications for each row execute function private.stamp_notification();
create trigger count_insert after insert on lora_notifications referencing new table as new_rows for each statement execute function private.count_new_notifications();
create trigger count_update after update on lora_notifications referencing old table as old_rows new table as new_rows for each statement execute function private.count_changed_notifications();
create trigger lock_update before update on lora_notifications for each statement when (current_user = 'authenticated'::name) execute function private.lock_own_inbox();
create trigger number_insert before insert on lora_notifications for each row execute function private.number_notification();
create trigger refuse_truncate before truncate on lora_notifications for each statement execute function private.refuse_inbox_truncate();

-- ------------------------------------------------------------------------------------------------ lora_training_jobs

create table lora_training_jobs (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  dataset_id uuid,
  name varchar(200) not null,
  status varchar(20) not null default 'queued'::varchar,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  origin varchar(20) not null default 'pipeline'::varchar,
  external_ref text,
  tags jsonb not null default '{}'::jsonb,
  archived_at timestamptz,
  constraint lora_training_jobs_pkey primary key (id),
  constraint lora_training_jobs_external_ref_check check (length(external_ref) >= 1 and length(external_ref) <= 200),
  constraint lora_training_jobs_imported check (origin::text <> 'import'::text or (status::text = any (array['completed'::varchar, 'failed'::varchar, 'cancelled'::varchar]::text[]))),
  constraint lora_training_jobs_origin_check check (origin::text = any (array['pipeline'::varchar, 'import'::varchar]::text[])),
  constraint lora_training_jobs_status_check check (status::text = any (array['queued'::varchar, 'initializing'::varchar, 'running'::varchar, 'completed'::varchar, 'failed'::varchar, 'cancelled'::varchar]::text[])),
  constraint lora_training_jobs_tags_check check (jsonb_typeof(tags) = 'object'::text),
  constraint lora_training_jobs_dataset_id_fkey foreign key (dataset_id) references lora_datasets(id) on delete set null,
  constraint lora_training_jobs_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

comment on column lora_training_jobs.external_ref is 'An imported job''s name where it came from; one per user.';

alter table lora_training_jobs enable row level security;
alter table lora_training_jobs force row level security;

create policy migration_owner_reads on lora_training_jobs for select to pipeline_owner using (true);
create policy owner_of_row_reads on lora_training_jobs for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_training_jobs to service_role using (true) with check (true);

grant select on lora_training_jobs to authenticated;
grant delete, insert, select, update on lora_training_jobs to service_role;

create index lora_training_jobs_by_dataset on lora_training_jobs using btree (dataset_id) where dataset_id is not null;
create index lora_training_jobs_by_user on lora_training_jobs using btree (user_id, created_at desc, id desc);
create unique index lora_training_jobs_imported_once on lora_training_jobs using btree (user_id, external_ref) where origin::text = 'import'::text;
create index lora_training_jobs_open on lora_training_jobs using btree (user_id) where status::text = any (array['queued'::varchar, 'initializing'::varchar, 'running'::varchar]::text[]);

create trigger bump_on_end after update of status on lora_training_jobs for each row when (old.status::text is distinct from new.status::text) execute function private.bump_cost_version();
