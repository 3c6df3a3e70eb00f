-- From a dataset to an adapter: prices, what a job was configured with, its attempts and their phases, progress, logs,
-- the estimate and how far off it was, artifacts, and the keys by which a request is the same request again.
--
-- Words: an *attempt* is one execution of a job; a *segment* is a stretch of an attempt in one phase; the *fence* is
-- the number that every write for an attempt must name: it rises when another worker takes the attempt over.
-- Roles: service_role writes all of it, authenticated reads its own rows and the prices.

-- ------------------------------------------------------------------------------------------------ lora_prices

create table lora_prices (
  id uuid primary key default gen_random_uuid(),
  provider varchar(50) not null check (provider ~ '^[a-z0-9][a-z0-9._-]*$'),
  sku varchar(100) not null check (sku ~ '^[A-Za-z0-9][A-Za-z0-9._/-]*$'),
  kind varchar(10) not null check (kind in ('gpu', 'storage')),
  gpu_type varchar(50) check (length(gpu_type) > 0),
  gpu_memory_gb numeric(7, 2) check (gpu_memory_gb > 0),
  gpu_count integer check (gpu_count between 1 and 1024),
  region varchar(50) not null default 'any' check (length(region) > 0),
  purchase_option varchar(20) not null
    check (purchase_option in ('on_demand', 'spot', 'reserved', 'serverless', 'owned')),
  unit varchar(10) not null check (unit in ('second', 'minute', 'hour', 'day', 'month')),
  unit_price numeric(20, 10) not null check (unit_price >= 0 and unit_price <> 'NaN'::numeric),
  currency char(3) not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
  increment_ms bigint not null default 1 check (increment_ms between 1 and 86400000),
  minimum_ms bigint not null default 0 check (minimum_ms between 0 and 86400000),
  billed_phases text[] check (billed_phases <@ array['setup', 'training', 'evaluation', 'checkpoint', 'saving', 'idle', 'lost']),
  version integer not null check (version >= 1),
  valid_from timestamptz not null,
  valid_to timestamptz check (valid_to > valid_from),
  origin text not null check (length(origin) between 1 and 500),
  observed_on date not null,
  created_at timestamptz not null default now(),
  constraint lora_prices_gpu check ((kind = 'gpu') = (gpu_type is not null) and (kind = 'gpu') = (gpu_count is not null)),
  constraint lora_prices_version_once unique (provider, sku, region, purchase_option, version)
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
revoke all on lora_prices from public, anon, authenticated, service_role;
grant select on lora_prices to authenticated;
-- no delete, and of a version only its end is ever set
grant select, insert, update (valid_to) on lora_prices to service_role;

create unique index lora_prices_current on lora_prices (provider, sku, region, purchase_option) where valid_to is null;

-- ------------------------------------------------------------------------------------------------ lora_datasets

alter table lora_datasets
  add column file_name varchar(255),
  add column bytes bigint check (bytes >= 0),
  add column sha256 bytea check (octet_length(sha256) = 32),
  add column file_key text check (length(file_key) between 1 and 500),
  add column tokenizer varchar(30),
  add column format varchar(30),
  add column validation_share numeric(4, 3) not null default 0.1 check (validation_share between 0 and 0.5),
  add column rows_total integer check (rows_total >= 0),
  add column rows_training integer check (rows_training >= 0),
  add column rows_validation integer check (rows_validation >= 0),
  add column tokens bigint check (tokens >= 0),
  add column report jsonb check (jsonb_typeof(report) = 'object'),
  add column failure text check (length(failure) between 1 and 2000),
  add column validated_at timestamptz,
  add column updated_at timestamptz not null default now();
comment on column lora_datasets.file_key is 'Where the file lies in the store of files.';
comment on column lora_datasets.report is 'What validation found: histogram of lengths, duplicates, empty answers, first errors.';
comment on column lora_datasets.failure is 'Why an invalid dataset cannot be trained on, as people are told.';

-- the same content with the same tokenizer is the same dataset
create unique index lora_datasets_once on lora_datasets (user_id, sha256, tokenizer) where sha256 is not null;
create index lora_datasets_unfinished on lora_datasets (updated_at) where status in ('uploading', 'validating');

-- ------------------------------------------------------------------------------------------------ lora_training_jobs

alter table lora_training_jobs
  add column base_model varchar(200),
  add column preset varchar(20) check (preset in ('conservative', 'balanced', 'aggressive', 'custom')),
  add column hyperparameters jsonb check (jsonb_typeof(hyperparameters) = 'object'),
  add column trainer varchar(50),
  add column executor varchar(30),
  add column gpu_type varchar(50),
  add column gpu_count integer check (gpu_count between 1 and 1024),
  add column price_id uuid references lora_prices(id) on delete restrict,
  add column currency char(3) not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
  add column max_runtime_ms bigint check (max_runtime_ms > 0),
  add column retry_of uuid references lora_training_jobs(id) on delete set null,
  add column phase varchar(20)
    check (phase in ('setup', 'training', 'evaluation', 'checkpoint', 'saving', 'idle', 'lost')),
  add column step integer not null default 0 check (step >= 0),
  add column total_steps integer check (total_steps >= 0),
  add column epoch numeric(10, 4) check (epoch >= 0),
  add column tokens_done bigint not null default 0 check (tokens_done >= 0),
  add column latest_metrics jsonb check (jsonb_typeof(latest_metrics) = 'object'),
  add column current_cost numeric(20, 10) not null default 0 check (current_cost <> 'NaN'::numeric),
  add column progress_at timestamptz,
  add column cancel_requested_at timestamptz,
  add column failure_cause varchar(30),
  add column failure_message text check (length(failure_message) between 1 and 2000),
  add column updated_at timestamptz not null default now(),
  set (fillfactor = 70);
comment on column lora_training_jobs.price_id is 'The version of the price that attempts are charged by.';
comment on column lora_training_jobs.current_cost is 'What all attempts cost so far: the sum of their charges.';
comment on column lora_training_jobs.progress_at is 'When the run last made a step; what tells a stuck one.';
comment on column lora_training_jobs.failure_cause is 'Classified; the words for people are in failure_message, the raw output in the log.';

create index lora_training_jobs_by_price on lora_training_jobs (price_id) where price_id is not null;
create index lora_training_jobs_by_retry on lora_training_jobs (retry_of) where retry_of is not null;

create function private.keep_job_end() returns trigger
language plpgsql security invoker set search_path = '' as $f$
begin
  raise exception 'a job that has ended stays as it ended' using errcode = 'integrity_constraint_violation';
end
$f$;
create trigger keep_end before update of status on lora_training_jobs for each row
  when (old.status in ('completed', 'failed', 'cancelled') and new.status <> old.status)
  execute function private.keep_job_end();

-- ------------------------------------------------------------------------------------------------ lora_job_attempts

create table lora_job_attempts (
  id uuid primary key default gen_random_uuid(),
  job_id uuid not null references lora_training_jobs(id) on delete cascade,
  user_id uuid not null references auth.users(id) on delete cascade,
  number integer not null check (number >= 1),
  executor varchar(30) not null,
  worker text not null check (length(worker) between 1 and 300),
  host text not null check (length(host) between 1 and 200),
  fence bigint not null default 1 check (fence >= 1),
  lease_until timestamptz not null,
  price jsonb not null check (jsonb_typeof(price) = 'object'),
  units numeric(20, 10) not null check (units > 0 and units <> 'NaN'::numeric),
  claimed_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  metered_to timestamptz,
  cost numeric(20, 10) not null default 0 check (cost <> 'NaN'::numeric),
  outcome varchar(20) check (outcome in ('completed', 'failed', 'cancelled', 'lost')),
  cause varchar(30),
  exit_code integer,
  exit_signal varchar(20),
  resumed_from_step integer check (resumed_from_step >= 0),
  constraint lora_job_attempts_once unique (job_id, number),
  constraint lora_job_attempts_end check ((ended_at is null) = (outcome is null)),
  constraint lora_job_attempts_order check (ended_at >= started_at)
) with (fillfactor = 70);
comment on table lora_job_attempts is 'One execution of a job. Only who names the current fence writes for it.';
comment on column lora_job_attempts.price is 'The price as fixed when the attempt began.';
comment on column lora_job_attempts.units is 'How many of what the price is for.';
comment on column lora_job_attempts.metered_to is 'Its time is in the ledger up to here.';
comment on column lora_job_attempts.lease_until is 'By the clock of the database; then another worker may take it over.';

alter table lora_job_attempts enable row level security;
alter table lora_job_attempts force row level security;
create policy owner_of_row_reads on lora_job_attempts for select to authenticated using (user_id = (select auth.uid()));
create policy service_all on lora_job_attempts to service_role using (true) with check (true);
revoke all on lora_job_attempts from public, anon, authenticated, service_role;
grant select on lora_job_attempts to authenticated;
grant select, insert, update, delete on lora_job_attempts to service_role;

-- two runs of one job never overlap
create unique index lora_job_attempts_one_open on lora_job_attempts (job_id) where ended_at is null;
create index lora_job_attempts_open_by_user on lora_job_attempts (user_id) where ended_at is null;
create index lora_job_attempts_by_user on lora_job_attempts (user_id);

create function private.keep_attempt_end() returns trigger
language plpgsql security invoker set search_path = '' as $f$
begin
  raise exception 'an attempt ends once' using errcode = 'integrity_constraint_violation';
end
$f$;
create trigger keep_end before update on lora_job_attempts for each row
  when (old.ended_at is not null and (new.ended_at, new.outcome) is distinct from (old.ended_at, old.outcome))
  execute function private.keep_attempt_end();
create trigger keep_fence before update of fence on lora_job_attempts for each row
  when (new.fence < old.fence)
  execute function private.keep_attempt_end();

-- ------------------------------------------------------------------------------------------------ lora_job_segments

create table lora_job_segments (
  attempt_id uuid not null references lora_job_attempts(id) on delete cascade,
  number integer not null check (number >= 1),
  user_id uuid not null references auth.users(id) on delete cascade,
  phase varchar(20) not null
    check (phase in ('setup', 'training', 'evaluation', 'checkpoint', 'saving', 'idle', 'lost')),
  started_at timestamptz not null,
  ended_at timestamptz,
  first_step integer check (first_step >= 0),
  last_step integer check (last_step >= 0),
  primary key (attempt_id, number),
  constraint lora_job_segments_order check (ended_at >= started_at)
) with (fillfactor = 70);
comment on table lora_job_segments is 'What an attempt did and when, to the millisecond: what metering is worked out from.';

alter table lora_job_segments enable row level security;
alter table lora_job_segments force row level security;
create policy owner_of_row_reads on lora_job_segments for select to authenticated using (user_id = (select auth.uid()));
create policy service_all on lora_job_segments to service_role using (true) with check (true);
revoke all on lora_job_segments from public, anon, authenticated, service_role;
grant select on lora_job_segments to authenticated;
grant select, insert, update, delete on lora_job_segments to service_role;

create index lora_job_segments_by_user on lora_job_segments (user_id);

-- ------------------------------------------------------------------------------------------------ lora_metrics_points

alter table lora_metrics_points
  add column attempt integer not null default 1 check (attempt >= 1),
  add column grain integer not null default 1 check (grain >= 1);
comment on column lora_metrics_points.attempt is 'Number of the attempt that made the step.';
comment on column lora_metrics_points.grain is 'How many logged points this one stands for: old ones are thinned.';
create unique index lora_metrics_points_once on lora_metrics_points (job_id, attempt, step);

-- ------------------------------------------------------------------------------------------------ lora_job_log_lines

create table lora_job_log_lines (
  id bigint generated always as identity primary key,
  job_id uuid not null references lora_training_jobs(id) on delete cascade,
  user_id uuid not null references auth.users(id) on delete cascade,
  attempt integer not null check (attempt >= 1),
  line_no integer not null check (line_no >= 1),
  stream varchar(6) not null check (stream in ('stdout', 'stderr', 'system')),
  logged_at timestamptz not null,
  line text not null check (length(line) <= 4000),
  constraint lora_job_log_lines_once unique (job_id, attempt, line_no)
);
comment on table lora_job_log_lines is 'What a run printed, cut to length; the newest lines of a job are kept.';

alter table lora_job_log_lines enable row level security;
alter table lora_job_log_lines force row level security;
create policy owner_of_row_reads on lora_job_log_lines for select to authenticated using (user_id = (select auth.uid()));
create policy service_all on lora_job_log_lines to service_role using (true) with check (true);
revoke all on lora_job_log_lines from public, anon, authenticated, service_role;
grant select on lora_job_log_lines to authenticated;
-- no update: what was printed stays
grant select, insert, delete on lora_job_log_lines to service_role;

create index lora_job_log_lines_by_user on lora_job_log_lines (user_id);

-- ------------------------------------------------------------------------------------------------ lora_estimates

create table lora_estimates (
  job_id uuid primary key references lora_training_jobs(id) on delete cascade,
  user_id uuid not null references auth.users(id) on delete cascade,
  gpu_type varchar(50) not null,
  gpu_count integer not null check (gpu_count between 1 and 1024),
  trainer varchar(50) not null,
  parameters bigint not null check (parameters > 0),
  rank integer not null check (rank between 1 and 1024),
  max_length integer not null check (max_length > 0),
  tokens bigint not null check (tokens >= 0),
  steps integer not null check (steps >= 0),
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  cost_low numeric(20, 10) not null check (cost_low >= 0),
  cost_middle numeric(20, 10) not null,
  cost_high numeric(20, 10) not null,
  duration_low_ms bigint not null check (duration_low_ms >= 0),
  duration_middle_ms bigint not null,
  duration_high_ms bigint not null,
  breakdown jsonb not null check (jsonb_typeof(breakdown) = 'object'),
  basis jsonb not null check (jsonb_typeof(basis) = 'object'),
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  actual_cost numeric(20, 10),
  actual_ms bigint check (actual_ms >= 0),
  actual_training_ms bigint check (actual_training_ms >= 0),
  actual_tokens bigint check (actual_tokens >= 0),
  constraint lora_estimates_cost_order check (cost_low <= cost_middle and cost_middle <= cost_high),
  constraint lora_estimates_duration_order
    check (duration_low_ms <= duration_middle_ms and duration_middle_ms <= duration_high_ms)
);
comment on table lora_estimates is 'What a job was expected to cost and to take, and, once it has run, what it did.';

alter table lora_estimates enable row level security;
alter table lora_estimates force row level security;
create policy owner_of_row_reads on lora_estimates for select to authenticated using (user_id = (select auth.uid()));
create policy service_all on lora_estimates to service_role using (true) with check (true);
revoke all on lora_estimates from public, anon, authenticated, service_role;
grant select on lora_estimates to authenticated;
grant select, insert, update, delete on lora_estimates to service_role;

create index lora_estimates_by_user on lora_estimates (user_id, finished_at desc);

-- ------------------------------------------------------------------------------------------------ lora_model_artifacts

alter table lora_model_artifacts
  add column job_ref uuid,
  add column status varchar(20) not null default 'ready' check (status in ('ready', 'deleted')),
  add column base_model varchar(200),
  add column adapter jsonb check (jsonb_typeof(adapter) = 'object'),
  add column bytes bigint not null default 0 check (bytes >= 0),
  add column quality jsonb check (jsonb_typeof(quality) = 'object'),
  add column price_id uuid references lora_prices(id) on delete restrict,
  add column price jsonb check (jsonb_typeof(price) = 'object'),
  add column stored_from timestamptz,
  add column metered_to timestamptz,
  add column deleted_at timestamptz,
  add column updated_at timestamptz not null default now(),
  add constraint lora_model_artifacts_deletion check ((status = 'deleted') = (deleted_at is not null)),
  add constraint lora_model_artifacts_files check (jsonb_typeof(files) = 'array');
comment on column lora_model_artifacts.files is 'Name, bytes, SHA-256 and place in the store of each file.';
comment on column lora_model_artifacts.price is 'The price of storage as fixed when the artifact was made.';
comment on column lora_model_artifacts.metered_to is 'Its storage is in the ledger up to here.';
create unique index lora_model_artifacts_once on lora_model_artifacts (job_ref) where job_ref is not null;
create index lora_model_artifacts_by_price on lora_model_artifacts (price_id) where price_id is not null;
create index lora_model_artifacts_stored on lora_model_artifacts (metered_to) where status = 'ready';

-- ------------------------------------------------------------------------------------------------ lora_download_links

create table lora_download_links (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  user_id uuid not null references auth.users(id) on delete cascade,
  artifact_id uuid not null references lora_model_artifacts(id) on delete cascade,
  file_name varchar(255),
  expires_at timestamptz not null,
  created_at timestamptz not null default now()
);
comment on table lora_download_links is 'Links that work for a while without a credential; only a hash of each is kept.';
comment on column lora_download_links.file_name is 'One file of the artifact; null: all of them as one archive.';

alter table lora_download_links enable row level security;
alter table lora_download_links force row level security;
create policy service_all on lora_download_links to service_role using (true) with check (true);
revoke all on lora_download_links from public, anon, authenticated, service_role;
grant select, insert, delete on lora_download_links to service_role;

create index lora_download_links_by_user on lora_download_links (user_id);
create index lora_download_links_by_artifact on lora_download_links (artifact_id);
create index lora_download_links_expired on lora_download_links (expires_at);

-- ------------------------------------------------------------------------------------------------ lora_idempotency_keys

create table lora_idempotency_keys (
  user_id uuid not null references auth.users(id) on delete cascade,
  key varchar(200) not null check (length(key) > 0),
  request_hash bytea not null check (octet_length(request_hash) = 32),
  answer jsonb not null,
  created_at timestamptz not null default now(),
  primary key (user_id, key)
);
comment on table lora_idempotency_keys is
  'Written in the transaction of the effect: a request with the same key and content gets the same answer.';

alter table lora_idempotency_keys enable row level security;
alter table lora_idempotency_keys force row level security;
create policy service_all on lora_idempotency_keys to service_role using (true) with check (true);
revoke all on lora_idempotency_keys from public, anon, authenticated, service_role;
-- no update: an answer that was given stays
grant select, insert, delete on lora_idempotency_keys to service_role;

create index lora_idempotency_keys_old on lora_idempotency_keys (created_at);

-- ------------------------------------------------------------------------------------------------ cost version

-- Metering moves the instant up to which an answer is true even where no amount changes.
create function private.touch_cost_state(users uuid[]) returns void
language plpgsql security definer set search_path = '' as $f$
begin
  perform private.lock_cost_state(users);
  update public.lora_cost_state s set version = s.version + 1 where s.user_id = any (users);
end
$f$;
comment on function private.touch_cost_state(uuid[]) is
  'Locks the users'' cost state in ascending order and moves its version: answers change though no charge did.';
grant create on schema private to ledger_keeper;
alter function private.touch_cost_state(uuid[]) owner to ledger_keeper;
revoke create on schema private from ledger_keeper;

set role ledger_keeper;
revoke all on function private.touch_cost_state(uuid[]) from public;
grant execute on function private.touch_cost_state(uuid[]) to service_role;
reset role;
revoke all on function private.keep_job_end() from public;
revoke all on function private.keep_attempt_end() from public;
