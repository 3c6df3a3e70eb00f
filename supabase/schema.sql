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
  job_amount numeric(30,10) not null default 0,
  constraint lora_cost_days_pkey primary key (user_id, off, day, currency, cost_type),
  constraint lora_cost_days_off_check check (off >= '-48'::integer and off <= 56)
) with (fillfactor=70);

comment on table lora_cost_days is 'Sum and number of records per local day at a fixed offset (0 for everybody).';
comment on column lora_cost_days.job_amount is 'What of the amount belongs to jobs.';

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

create index lora_cost_job_days_by_job on lora_cost_job_days using btree (user_id, job_ref, day);

-- ------------------------------------------------------------------------------------------------ lora_cost_job_life

create table lora_cost_job_life (
  user_id uuid not null,
  job_ref uuid not null,
  currency char(3) not null,
  amount numeric(30,10) not null,
  open_from date,
  first_bucket timestamptz not null,
  last_bucket timestamptz not null,
  span smallint not null generated always as (
case
    when (isfinite(first_bucket) and isfinite(last_bucket)) then width_bucket((last_bucket - first_bucket), array['01:00:00'::interval, '06:00:00'::interval, '1 day'::interval, '7 days'::interval, '30 days'::interval, '365 days'::interval, '4000 days'::interval])
    else 7
end) stored,
  constraint lora_cost_job_life_pkey primary key (user_id, job_ref, currency)
) with (fillfactor=70);

comment on table lora_cost_job_life is 'Sum of all records of a job, and the UTC quarter-hours of its first and last.';
comment on column lora_cost_job_life.open_from is 'Null: amount is the sum of all records. Else of those before this UTC day, and the job days from it on are to be added: a running job grows without a write here.';
comment on column lora_cost_job_life.span is 'How long the life is, in classes: of each, the lives that hold an instant began within its length before it.';

alter table lora_cost_job_life enable row level security;
alter table lora_cost_job_life force row level security;

create policy keeper_all on lora_cost_job_life to ledger_keeper using (true) with check (true);
create policy owner_of_row_reads on lora_cost_job_life for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_reads on lora_cost_job_life for select to service_role using (true);

grant select on lora_cost_job_life to authenticated;
grant delete, insert, select, update on lora_cost_job_life to ledger_keeper;
grant select on lora_cost_job_life to service_role;

create index lora_cost_job_life_by_amount on lora_cost_job_life using btree (user_id, currency, amount desc, job_ref) where open_from is null;
create index lora_cost_job_life_by_time on lora_cost_job_life using btree (user_id, span, first_bucket);
create index lora_cost_job_life_open on lora_cost_job_life using btree (user_id, job_ref, currency) where open_from is not null;

-- ------------------------------------------------------------------------------------------------ lora_cost_quarters

create table lora_cost_quarters (
  user_id uuid not null,
  bucket timestamptz not null,
  currency char(3) not null,
  cost_type varchar(50) not null,
  amount numeric(30,10) not null,
  n integer not null,
  open_n integer not null,
  job_amount numeric(30,10) not null default 0,
  constraint lora_cost_quarters_pkey primary key (user_id, bucket, currency, cost_type)
) with (fillfactor=70);

comment on table lora_cost_quarters is 'Sum and number of records per UTC quarter-hour: edges of ranges, days of any zone.';
comment on column lora_cost_quarters.job_amount is 'What of the amount belongs to jobs.';

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
  file_name varchar(255),
  bytes bigint,
  sha256 bytea,
  file_key text,
  tokenizer varchar(30),
  format varchar(30),
  validation_share numeric(4,3) not null default 0.1,
  rows_total integer,
  rows_training integer,
  rows_validation integer,
  tokens bigint,
  report jsonb,
  failure text,
  validated_at timestamptz,
  updated_at timestamptz not null default now(),
  bytes_read bigint not null default 0,
  constraint lora_datasets_pkey primary key (id),
  constraint lora_datasets_bytes_check check (bytes >= 0),
  constraint lora_datasets_bytes_read_check check (bytes_read >= 0),
  constraint lora_datasets_failure_check check (length(failure) >= 1 and length(failure) <= 2000),
  constraint lora_datasets_file_key_check check (length(file_key) >= 1 and length(file_key) <= 500),
  constraint lora_datasets_report_check check (jsonb_typeof(report) = 'object'::text),
  constraint lora_datasets_rows_total_check check (rows_total >= 0),
  constraint lora_datasets_rows_training_check check (rows_training >= 0),
  constraint lora_datasets_rows_validation_check check (rows_validation >= 0),
  constraint lora_datasets_sha256_check check (octet_length(sha256) = 32),
  constraint lora_datasets_status_check check (status::text = any (array['uploading'::varchar, 'validating'::varchar, 'ready'::varchar, 'invalid'::varchar]::text[])),
  constraint lora_datasets_tokens_check check (tokens >= 0),
  constraint lora_datasets_validation_share_check check (validation_share >= 0::numeric and validation_share <= 0.5),
  constraint lora_datasets_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

comment on column lora_datasets.file_key is 'Where the file lies in the store of files.';
comment on column lora_datasets.report is 'What validation found: histogram of lengths, duplicates, empty answers, first errors.';
comment on column lora_datasets.failure is 'Why an invalid dataset cannot be trained on, as people are told.';
comment on column lora_datasets.bytes_read is 'Bytes of the file that validation has read; rows_total and tokens grow with it.';

alter table lora_datasets enable row level security;
alter table lora_datasets force row level security;

create policy owner_of_row_reads on lora_datasets for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_datasets to service_role using (true) with check (true);

grant select on lora_datasets to authenticated;
grant delete, insert, select, update on lora_datasets to service_role;

create index lora_datasets_by_user on lora_datasets using btree (user_id, created_at desc, id desc);
create unique index lora_datasets_once on lora_datasets using btree (user_id, sha256, tokenizer) where sha256 is not null;
create index lora_datasets_unfinished on lora_datasets using btree (updated_at) where status::text = any (array['uploading'::varchar, 'validating'::varchar]::text[]);

-- ------------------------------------------------------------------------------------------------ lora_download_links

create table lora_download_links (
  token_hash bytea not null,
  user_id uuid not null,
  artifact_id uuid not null,
  file_name varchar(255),
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  constraint lora_download_links_pkey primary key (token_hash),
  constraint lora_download_links_token_hash_check check (octet_length(token_hash) = 32),
  constraint lora_download_links_artifact_id_fkey foreign key (artifact_id) references lora_model_artifacts(id) on delete cascade,
  constraint lora_download_links_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

comment on table lora_download_links is 'Links that work for a while without a credential; only a hash of each is kept.';
comment on column lora_download_links.file_name is 'One file of the artifact; null: all of them as one archive.';

alter table lora_download_links enable row level security;
alter table lora_download_links force row level security;

create policy service_all on lora_download_links to service_role using (true) with check (true);

grant delete, insert, select on lora_download_links to service_role;

create index lora_download_links_by_artifact on lora_download_links using btree (artifact_id);
create index lora_download_links_by_user on lora_download_links using btree (user_id);
create index lora_download_links_expired on lora_download_links using btree (expires_at);

-- ------------------------------------------------------------------------------------------------ lora_estimates

create table lora_estimates (
  job_id uuid not null,
  user_id uuid not null,
  gpu_type varchar(50) not null,
  gpu_count integer not null,
  trainer varchar(50) not null,
  parameters bigint not null,
  rank integer not null,
  max_length integer not null,
  tokens bigint not null,
  steps integer not null,
  currency char(3) not null,
  cost_low numeric(20,10) not null,
  cost_middle numeric(20,10) not null,
  cost_high numeric(20,10) not null,
  duration_low_ms bigint not null,
  duration_middle_ms bigint not null,
  duration_high_ms bigint not null,
  breakdown jsonb not null,
  basis jsonb not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  actual_cost numeric(20,10),
  actual_ms bigint,
  actual_training_ms bigint,
  actual_tokens bigint,
  constraint lora_estimates_pkey primary key (job_id),
  constraint lora_estimates_actual_ms_check check (actual_ms >= 0),
  constraint lora_estimates_actual_tokens_check check (actual_tokens >= 0),
  constraint lora_estimates_actual_training_ms_check check (actual_training_ms >= 0),
  constraint lora_estimates_basis_check check (jsonb_typeof(basis) = 'object'::text),
  constraint lora_estimates_breakdown_check check (jsonb_typeof(breakdown) = 'object'::text),
  constraint lora_estimates_cost_low_check check (cost_low >= 0::numeric),
  constraint lora_estimates_cost_order check (cost_low <= cost_middle and cost_middle <= cost_high),
  constraint lora_estimates_currency_check check (currency ~ '^[A-Z]{3}$'::text),
  constraint lora_estimates_duration_low_ms_check check (duration_low_ms >= 0),
  constraint lora_estimates_duration_order check (duration_low_ms <= duration_middle_ms and duration_middle_ms <= duration_high_ms),
  constraint lora_estimates_gpu_count_check check (gpu_count >= 1 and gpu_count <= 1024),
  constraint lora_estimates_max_length_check check (max_length > 0),
  constraint lora_estimates_parameters_check check (parameters > 0),
  constraint lora_estimates_rank_check check (rank >= 1 and rank <= 1024),
  constraint lora_estimates_steps_check check (steps >= 0),
  constraint lora_estimates_tokens_check check (tokens >= 0),
  constraint lora_estimates_job_id_fkey foreign key (job_id) references lora_training_jobs(id) on delete cascade,
  constraint lora_estimates_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

comment on table lora_estimates is 'What a job was expected to cost and to take, and, once it has run, what it did.';

alter table lora_estimates enable row level security;
alter table lora_estimates force row level security;

create policy owner_of_row_reads on lora_estimates for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_estimates to service_role using (true) with check (true);

grant select on lora_estimates to authenticated;
grant delete, insert, select, update on lora_estimates to service_role;

create index lora_estimates_by_user on lora_estimates using btree (user_id, finished_at desc);

-- ------------------------------------------------------------------------------------------------ lora_idempotency_keys

create table lora_idempotency_keys (
  user_id uuid not null,
  key varchar(200) not null,
  request_hash bytea not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  constraint lora_idempotency_keys_pkey primary key (user_id, key),
  constraint lora_idempotency_keys_key_check check (length(key::text) > 0),
  constraint lora_idempotency_keys_request_hash_check check (octet_length(request_hash) = 32),
  constraint lora_idempotency_keys_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

comment on table lora_idempotency_keys is 'Written in the transaction of the effect: a request with the same key and content gets the same answer.';

alter table lora_idempotency_keys enable row level security;
alter table lora_idempotency_keys force row level security;

create policy owner_of_row_reads on lora_idempotency_keys for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_idempotency_keys to service_role using (true) with check (true);

grant select on lora_idempotency_keys to authenticated;
grant delete, insert, select on lora_idempotency_keys to service_role;

create index lora_idempotency_keys_old on lora_idempotency_keys using btree (created_at);

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

-- ------------------------------------------------------------------------------------------------ lora_job_attempts

create table lora_job_attempts (
  id uuid not null default gen_random_uuid(),
  job_id uuid not null,
  user_id uuid not null,
  number integer not null,
  executor varchar(30) not null,
  worker text not null,
  host text not null,
  fence bigint not null default 1,
  lease_until timestamptz not null,
  price jsonb not null,
  units numeric(20,10) not null,
  claimed_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  metered_to timestamptz,
  cost numeric(20,10) not null default 0,
  outcome varchar(20),
  cause varchar(30),
  exit_code integer,
  exit_signal varchar(20),
  resumed_from_step integer,
  cost_by_phase jsonb not null default '{}'::jsonb,
  checkpoint_step integer,
  checkpoint_at timestamptz,
  cleared_at timestamptz,
  constraint lora_job_attempts_pkey primary key (id),
  constraint lora_job_attempts_once unique (job_id, number),
  constraint lora_job_attempts_checkpoint check ((checkpoint_step is null) = (checkpoint_at is null)),
  constraint lora_job_attempts_checkpoint_step_check check (checkpoint_step >= 0),
  constraint lora_job_attempts_cleared check (cleared_at is null or ended_at is not null),
  constraint lora_job_attempts_cost_by_phase_check check (jsonb_typeof(cost_by_phase) = 'object'::text),
  constraint lora_job_attempts_cost_check check (cost <> 'NaN'::numeric),
  constraint lora_job_attempts_end check ((ended_at is null) = (outcome is null)),
  constraint lora_job_attempts_fence_check check (fence >= 1),
  constraint lora_job_attempts_host_check check (length(host) >= 1 and length(host) <= 200),
  constraint lora_job_attempts_number_check check (number >= 1),
  constraint lora_job_attempts_order check (ended_at >= started_at),
  constraint lora_job_attempts_outcome_check check (outcome::text = any (array['completed'::varchar, 'failed'::varchar, 'cancelled'::varchar, 'lost'::varchar]::text[])),
  constraint lora_job_attempts_price_check check (jsonb_typeof(price) = 'object'::text),
  constraint lora_job_attempts_resumed_from_step_check check (resumed_from_step >= 0),
  constraint lora_job_attempts_units_check check (units > 0::numeric and units <> 'NaN'::numeric),
  constraint lora_job_attempts_worker_check check (length(worker) >= 1 and length(worker) <= 300),
  constraint lora_job_attempts_job_id_fkey foreign key (job_id) references lora_training_jobs(id) on delete cascade,
  constraint lora_job_attempts_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
) with (fillfactor=70);

comment on table lora_job_attempts is 'One execution of a job. Only who names the current fence writes for it.';
comment on column lora_job_attempts.lease_until is 'By the clock of the database; then another worker may take it over.';
comment on column lora_job_attempts.price is 'The price as fixed when the attempt began.';
comment on column lora_job_attempts.units is 'How many of what the price is for.';
comment on column lora_job_attempts.metered_to is 'Its time is in the ledger up to here.';
comment on column lora_job_attempts.cost_by_phase is 'Its cost so far divided by phase, as exact texts; written with `cost`, and their sum.';
comment on column lora_job_attempts.checkpoint_step is 'Its last complete checkpoint; what it did since is lost when it is taken away.';
comment on column lora_job_attempts.cleared_at is 'When the files of its run were taken away, after its artifacts were collected.';

alter table lora_job_attempts enable row level security;
alter table lora_job_attempts force row level security;

create policy owner_of_row_reads on lora_job_attempts for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_job_attempts to service_role using (true) with check (true);

grant select on lora_job_attempts to authenticated;
grant delete, insert, select, update on lora_job_attempts to service_role;

create index lora_job_attempts_by_user on lora_job_attempts using btree (user_id);
create unique index lora_job_attempts_one_open on lora_job_attempts using btree (job_id) where ended_at is null;
create index lora_job_attempts_open_by_user on lora_job_attempts using btree (user_id) where ended_at is null;

create trigger keep_end before update on lora_job_attempts for each row when (old.ended_at is not null and (new.ended_at is distinct from old.ended_at or new.outcome::text is distinct from old.outcome::text)) execute function private.keep_attempt_end();
create trigger keep_fence before update of fence on lora_job_attempts for each row when (new.fence < old.fence) execute function private.keep_attempt_end();

-- ------------------------------------------------------------------------------------------------ lora_job_log_lines

create table lora_job_log_lines (
  id bigint not null generated always as identity,
  job_id uuid not null,
  user_id uuid not null,
  attempt integer not null,
  line_no integer not null,
  stream varchar(6) not null,
  logged_at timestamptz not null,
  line text not null,
  constraint lora_job_log_lines_pkey primary key (id),
  constraint lora_job_log_lines_once unique (job_id, attempt, line_no),
  constraint lora_job_log_lines_attempt_check check (attempt >= 1),
  constraint lora_job_log_lines_line_check check (length(line) <= 4000),
  constraint lora_job_log_lines_line_no_check check (line_no >= 1),
  constraint lora_job_log_lines_stream_check check (stream::text = any (array['stdout'::varchar, 'stderr'::varchar, 'system'::varchar]::text[])),
  constraint lora_job_log_lines_job_id_fkey foreign key (job_id) references lora_training_jobs(id) on delete cascade,
  constraint lora_job_log_lines_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

comment on table lora_job_log_lines is 'What a run printed, cut to length; the newest lines of a job are kept.';

alter table lora_job_log_lines enable row level security;
alter table lora_job_log_lines force row level security;

create policy owner_of_row_reads on lora_job_log_lines for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_job_log_lines to service_role using (true) with check (true);

grant select on lora_job_log_lines to authenticated;
grant delete, insert, select on lora_job_log_lines to service_role;

create index lora_job_log_lines_by_user on lora_job_log_lines using btree (user_id);

-- ------------------------------------------------------------------------------------------------ lora_job_segments

create table lora_job_segments (
  attempt_id uuid not null,
  number integer not null,
  user_id uuid not null,
  phase varchar(20) not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  first_step integer,
  last_step integer,
  constraint lora_job_segments_pkey primary key (attempt_id, number),
  constraint lora_job_segments_first_step_check check (first_step >= 0),
  constraint lora_job_segments_last_step_check check (last_step >= 0),
  constraint lora_job_segments_number_check check (number >= 1),
  constraint lora_job_segments_order check (ended_at >= started_at),
  constraint lora_job_segments_phase_check check (phase::text = any (array['setup'::varchar, 'training'::varchar, 'evaluation'::varchar, 'checkpoint'::varchar, 'saving'::varchar, 'idle'::varchar, 'lost'::varchar]::text[])),
  constraint lora_job_segments_attempt_id_fkey foreign key (attempt_id) references lora_job_attempts(id) on delete cascade,
  constraint lora_job_segments_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
) with (fillfactor=70);

comment on table lora_job_segments is 'What an attempt did and when, to the millisecond: what metering is worked out from.';

alter table lora_job_segments enable row level security;
alter table lora_job_segments force row level security;

create policy owner_of_row_reads on lora_job_segments for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_job_segments to service_role using (true) with check (true);

grant select on lora_job_segments to authenticated;
grant delete, insert, select, update on lora_job_segments to service_role;

create index lora_job_segments_by_user on lora_job_segments using btree (user_id);

-- ------------------------------------------------------------------------------------------------ lora_metrics_points

create table lora_metrics_points (
  id bigint not null generated always as identity,
  user_id uuid not null,
  job_id uuid not null,
  step integer not null,
  metrics jsonb not null,
  recorded_at timestamptz not null default now(),
  attempt integer not null default 1,
  grain integer not null default 1,
  constraint lora_metrics_points_pkey primary key (id),
  constraint lora_metrics_points_attempt_check check (attempt >= 1),
  constraint lora_metrics_points_grain_check check (grain >= 1),
  constraint lora_metrics_points_step_check check (step >= 0),
  constraint lora_metrics_points_job_id_fkey foreign key (job_id) references lora_training_jobs(id) on delete cascade,
  constraint lora_metrics_points_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

comment on column lora_metrics_points.attempt is 'Number of the attempt that made the step.';
comment on column lora_metrics_points.grain is 'How many logged points this one stands for: old ones are thinned.';

alter table lora_metrics_points enable row level security;
alter table lora_metrics_points force row level security;

create policy owner_of_row_reads on lora_metrics_points for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_metrics_points to service_role using (true) with check (true);

grant select on lora_metrics_points to authenticated;
grant delete, insert, select, update on lora_metrics_points to service_role;

create index lora_metrics_points_by_job on lora_metrics_points using btree (job_id, step);
create index lora_metrics_points_by_user on lora_metrics_points using btree (user_id);
create unique index lora_metrics_points_once on lora_metrics_points using btree (job_id, attempt, step);

-- ------------------------------------------------------------------------------------------------ lora_model_artifacts

create table lora_model_artifacts (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  job_id uuid,
  name varchar(200) not null,
  files jsonb not null default '[]'::jsonb,
  created_at timestamptz not null default now(),
  job_ref uuid,
  status varchar(20) not null default 'ready'::varchar,
  base_model varchar(200),
  adapter jsonb,
  bytes bigint not null default 0,
  quality jsonb,
  price_id uuid,
  price jsonb,
  stored_from timestamptz,
  metered_to timestamptz,
  deleted_at timestamptz,
  updated_at timestamptz not null default now(),
  constraint lora_model_artifacts_pkey primary key (id),
  constraint lora_model_artifacts_adapter_check check (jsonb_typeof(adapter) = 'object'::text),
  constraint lora_model_artifacts_bytes_check check (bytes >= 0),
  constraint lora_model_artifacts_deletion check ((status::text = 'deleted'::text) = (deleted_at is not null)),
  constraint lora_model_artifacts_files check (jsonb_typeof(files) = 'array'::text),
  constraint lora_model_artifacts_price_check check (jsonb_typeof(price) = 'object'::text),
  constraint lora_model_artifacts_quality_check check (jsonb_typeof(quality) = 'object'::text),
  constraint lora_model_artifacts_status_check check (status::text = any (array['ready'::varchar, 'deleted'::varchar]::text[])),
  constraint lora_model_artifacts_job_id_fkey foreign key (job_id) references lora_training_jobs(id) on delete set null,
  constraint lora_model_artifacts_price_id_fkey foreign key (price_id) references lora_prices(id) on delete restrict,
  constraint lora_model_artifacts_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);

comment on column lora_model_artifacts.files is 'Name, bytes, SHA-256 and place in the store of each file.';
comment on column lora_model_artifacts.price is 'The price of storage as fixed when the artifact was made.';
comment on column lora_model_artifacts.metered_to is 'Its storage is in the ledger up to here.';

alter table lora_model_artifacts enable row level security;
alter table lora_model_artifacts force row level security;

create policy owner_of_row_reads on lora_model_artifacts for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_model_artifacts to service_role using (true) with check (true);

grant select on lora_model_artifacts to authenticated;
grant delete, insert, select, update on lora_model_artifacts to service_role;

create index lora_model_artifacts_by_job on lora_model_artifacts using btree (job_id) where job_id is not null;
create index lora_model_artifacts_by_price on lora_model_artifacts using btree (price_id) where price_id is not null;
create index lora_model_artifacts_by_user on lora_model_artifacts using btree (user_id, created_at desc, id desc);
create unique index lora_model_artifacts_once on lora_model_artifacts using btree (job_ref) where job_ref is not null;
create index lora_model_artifacts_stored on lora_model_artifacts using btree (metered_to) where status::text = 'ready'::text;

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
create index lora_notifications_by_priority on lora_notifications using btree (user_id, priority, seq) where archived_at is null and snoozed_until is null;
create index lora_notifications_by_thread on lora_notifications using btree (user_id, thread_key, seq) where thread_key is not null;
create index lora_notifications_by_type on lora_notifications using btree (user_id, type, seq) where archived_at is null and snoozed_until is null;
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

-- ------------------------------------------------------------------------------------------------ lora_prices

create table lora_prices (
  id uuid not null default gen_random_uuid(),
  provider varchar(50) not null,
  sku varchar(100) not null,
  kind varchar(10) not null,
  gpu_type varchar(50),
  gpu_memory_gb numeric(7,2),
  gpu_count integer,
  region varchar(50) not null default 'any'::varchar,
  purchase_option varchar(20) not null,
  unit varchar(10) not null,
  unit_price numeric(20,10) not null,
  currency char(3) not null default 'USD'::bpchar,
  increment_ms bigint not null default 1,
  minimum_ms bigint not null default 0,
  billed_phases text[],
  version integer not null,
  valid_from timestamptz not null,
  valid_to timestamptz,
  origin text not null,
  observed_on date not null,
  created_at timestamptz not null default now(),
  constraint lora_prices_pkey primary key (id),
  constraint lora_prices_version_once unique (provider, sku, region, purchase_option, version),
  constraint lora_prices_billed_phases_check check (billed_phases <@ array['setup'::text, 'training'::text, 'evaluation'::text, 'checkpoint'::text, 'saving'::text, 'idle'::text, 'lost'::text]),
  constraint lora_prices_check check (valid_to > valid_from),
  constraint lora_prices_currency_check check (currency ~ '^[A-Z]{3}$'::text),
  constraint lora_prices_gpu check ((kind::text = 'gpu'::text) = (gpu_type is not null) and (kind::text = 'gpu'::text) = (gpu_count is not null)),
  constraint lora_prices_gpu_count_check check (gpu_count >= 1 and gpu_count <= 1024),
  constraint lora_prices_gpu_memory_gb_check check (gpu_memory_gb > 0::numeric),
  constraint lora_prices_gpu_type_check check (length(gpu_type::text) > 0),
  constraint lora_prices_increment_ms_check check (increment_ms >= 1 and increment_ms <= 86400000),
  constraint lora_prices_kind_check check (kind::text = any (array['gpu'::varchar, 'storage'::varchar]::text[])),
  constraint lora_prices_minimum_ms_check check (minimum_ms >= 0 and minimum_ms <= 86400000),
  constraint lora_prices_origin_check check (length(origin) >= 1 and length(origin) <= 500),
  constraint lora_prices_provider_check check (provider::text ~ '^[a-z0-9][a-z0-9._-]*$'::text),
  constraint lora_prices_purchase_option_check check (purchase_option::text = any (array['on_demand'::varchar, 'spot'::varchar, 'reserved'::varchar, 'serverless'::varchar, 'owned'::varchar]::text[])),
  constraint lora_prices_region_check check (length(region::text) > 0),
  constraint lora_prices_sku_check check (sku::text ~ '^[A-Za-z0-9][A-Za-z0-9._/-]*$'::text),
  constraint lora_prices_unit_check check (unit::text = any (array['second'::varchar, 'minute'::varchar, 'hour'::varchar, 'day'::varchar, 'month'::varchar]::text[])),
  constraint lora_prices_unit_price_check check (unit_price >= 0::numeric and unit_price <> 'NaN'::numeric),
  constraint lora_prices_version_check check (version >= 1)
);

comment on table lora_prices is 'Versioned prices: a change adds a version and ends the one before; no past row changes.';
comment on column lora_prices.gpu_count is 'GPUs in one of what is sold; unit_price is for all of them together.';
comment on column lora_prices.unit is 'A month is 30 days. A price of storage is for one gigabyte (10^9 bytes).';
comment on column lora_prices.billed_phases is 'Phases that the provider bills; null: all.';
comment on column lora_prices.origin is 'Where the price was read.';

alter table lora_prices enable row level security;
alter table lora_prices force row level security;

create policy everybody_reads on lora_prices for select to authenticated using (true);
create policy service_all on lora_prices to service_role using (true) with check (true);

grant select on lora_prices to authenticated;
grant insert, select, update (valid_to) on lora_prices to service_role;

create unique index lora_prices_current on lora_prices using btree (provider, sku, region, purchase_option) where valid_to is null;

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
  base_model varchar(200),
  preset varchar(20),
  hyperparameters jsonb,
  trainer varchar(50),
  executor varchar(30),
  gpu_type varchar(50),
  gpu_count integer,
  price_id uuid,
  currency char(3) not null default 'USD'::bpchar,
  max_runtime_ms bigint,
  retry_of uuid,
  phase varchar(20),
  step integer not null default 0,
  total_steps integer,
  epoch numeric(10,4),
  tokens_done bigint not null default 0,
  latest_metrics jsonb,
  current_cost numeric(20,10) not null default 0,
  progress_at timestamptz,
  cancel_requested_at timestamptz,
  failure_cause varchar(30),
  failure_message text,
  updated_at timestamptz not null default now(),
  thinned_at timestamptz,
  constraint lora_training_jobs_pkey primary key (id),
  constraint lora_training_jobs_currency_check check (currency ~ '^[A-Z]{3}$'::text),
  constraint lora_training_jobs_current_cost_check check (current_cost <> 'NaN'::numeric),
  constraint lora_training_jobs_epoch_check check (epoch >= 0::numeric),
  constraint lora_training_jobs_external_ref_check check (length(external_ref) >= 1 and length(external_ref) <= 200),
  constraint lora_training_jobs_failure_message_check check (length(failure_message) >= 1 and length(failure_message) <= 2000),
  constraint lora_training_jobs_gpu_count_check check (gpu_count >= 1 and gpu_count <= 1024),
  constraint lora_training_jobs_hyperparameters_check check (jsonb_typeof(hyperparameters) = 'object'::text),
  constraint lora_training_jobs_imported check (origin::text <> 'import'::text or (status::text = any (array['completed'::varchar, 'failed'::varchar, 'cancelled'::varchar]::text[]))),
  constraint lora_training_jobs_latest_metrics_check check (jsonb_typeof(latest_metrics) = 'object'::text),
  constraint lora_training_jobs_max_runtime_ms_check check (max_runtime_ms > 0),
  constraint lora_training_jobs_origin_check check (origin::text = any (array['pipeline'::varchar, 'import'::varchar]::text[])),
  constraint lora_training_jobs_phase_check check (phase::text = any (array['setup'::varchar, 'training'::varchar, 'evaluation'::varchar, 'checkpoint'::varchar, 'saving'::varchar, 'idle'::varchar, 'lost'::varchar]::text[])),
  constraint lora_training_jobs_preset_check check (preset::text = any (array['conservative'::varchar, 'balanced'::varchar, 'aggressive'::varchar, 'custom'::varchar]::text[])),
  constraint lora_training_jobs_status_check check (status::text = any (array['queued'::varchar, 'initializing'::varchar, 'running'::varchar, 'completed'::varchar, 'failed'::varchar, 'cancelled'::varchar]::text[])),
  constraint lora_training_jobs_step_check check (step >= 0),
  constraint lora_training_jobs_tags_check check (jsonb_typeof(tags) = 'object'::text),
  constraint lora_training_jobs_tokens_done_check check (tokens_done >= 0),
  constraint lora_training_jobs_total_steps_check check (total_steps >= 0),
  constraint lora_training_jobs_dataset_id_fkey foreign key (dataset_id) references lora_datasets(id) on delete set null,
  constraint lora_training_jobs_price_id_fkey foreign key (price_id) references lora_prices(id) on delete restrict,
  constraint lora_training_jobs_retry_of_fkey foreign key (retry_of) references lora_training_jobs(id) on delete set null,
  constraint lora_training_jobs_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
) with (fillfactor=70);

comment on column lora_training_jobs.external_ref is 'An imported job''s name where it came from; one per user.';
comment on column lora_training_jobs.price_id is 'The version of the price that attempts are charged by.';
comment on column lora_training_jobs.current_cost is 'What all attempts cost so far: the sum of their charges.';
comment on column lora_training_jobs.progress_at is 'When the run last made a step; what tells a stuck one.';
comment on column lora_training_jobs.failure_cause is 'Classified; the words for people are in failure_message, the raw output in the log.';
comment on column lora_training_jobs.thinned_at is 'When the points of its curves were thinned, some time after its end.';

alter table lora_training_jobs enable row level security;
alter table lora_training_jobs force row level security;

create policy migration_owner_reads on lora_training_jobs for select to pipeline_owner using (true);
create policy owner_of_row_reads on lora_training_jobs for select to authenticated using (user_id = (( select auth.uid() as uid)));
create policy service_all on lora_training_jobs to service_role using (true) with check (true);

grant select on lora_training_jobs to authenticated;
grant delete, insert, select, update on lora_training_jobs to service_role;

create index lora_training_jobs_by_dataset on lora_training_jobs using btree (dataset_id) where dataset_id is not null;
create index lora_training_jobs_by_price on lora_training_jobs using btree (price_id) where price_id is not null;
create index lora_training_jobs_by_retry on lora_training_jobs using btree (retry_of) where retry_of is not null;
create index lora_training_jobs_by_user on lora_training_jobs using btree (user_id, created_at desc, id desc);
create unique index lora_training_jobs_imported_once on lora_training_jobs using btree (user_id, external_ref) where origin::text = 'import'::text;
create index lora_training_jobs_open on lora_training_jobs using btree (user_id) where status::text = any (array['queued'::varchar, 'initializing'::varchar, 'running'::varchar]::text[]);
create index lora_training_jobs_unthinned on lora_training_jobs using btree (ended_at) where thinned_at is null and ended_at is not null and origin::text = 'pipeline'::text;

create trigger bump_on_end after update of status on lora_training_jobs for each row when (old.status::text is distinct from new.status::text) execute function private.bump_cost_version();
create trigger keep_end before update of status on lora_training_jobs for each row when ((old.status::text = any (array['completed'::varchar, 'failed'::varchar, 'cancelled'::varchar]::text[])) and new.status::text <> old.status::text) execute function private.keep_job_end();
