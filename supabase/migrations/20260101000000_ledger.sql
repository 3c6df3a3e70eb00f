-- The ledger: charges that never change once final, exact roll-ups kept in the same transaction, one state row per
-- user that orders all writers and versions every answer.
--
-- Words: a *charge* is a row of lora_cost_records that is neither an estimate nor a correction; a *correction* names
-- the charge it corrects; a *bucket* is a UTC quarter-hour; `off` is a UTC offset in quarter-hours.
-- Roles: service_role writes charges, ledger_keeper alone writes roll-ups and states, authenticated reads its own.

do $role$
begin
  if not exists (select from pg_roles where rolname = 'ledger_keeper') then
    create role ledger_keeper nologin noinherit;
  end if;
end
$role$;
grant ledger_keeper to current_user;

create schema if not exists private;
revoke all on schema private from public;
grant usage on schema private to authenticated, service_role, ledger_keeper;
grant usage on schema public to authenticated, service_role, ledger_keeper;

-- ------------------------------------------------------------------------------------------------ charges

alter table lora_cost_records
  alter column amount type numeric(20, 10),
  add column currency char(3) not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
  add column state varchar(10) not null default 'final' check (state in ('open', 'final')),
  add column source text check (length(source) between 1 and 500),
  add column phase varchar(20)
    check (phase in ('setup', 'training', 'evaluation', 'checkpoint', 'saving', 'idle', 'lost')),
  add column job_ref uuid,
  add column tags jsonb not null default '{}' check (jsonb_typeof(tags) = 'object'),
  add column is_estimate boolean not null default false,
  add column corrects uuid references lora_cost_records(id) on delete no action,
  add column correction_key text check (length(correction_key) between 1 and 200),
  add constraint lora_cost_records_correction check ((corrects is null) = (correction_key is null)),
  add constraint lora_cost_records_correction_final check (corrects is null or state = 'final'),
  add constraint lora_cost_records_cost_type check (length(cost_type) between 1 and 50),
  -- numeric knows NaN, and NaN passes every comparison: it is refused by name
  add constraint lora_cost_records_amount check (amount <> 'NaN'::numeric);

update lora_cost_records
set recorded_at = coalesce(recorded_at, billing_period::timestamp at time zone 'utc'),
    source = 'legacy:' || id,
    job_ref = job_id;

alter table lora_cost_records
  alter column recorded_at set not null,
  alter column source set not null,
  set (fillfactor = 85);

comment on table lora_cost_records is 'The ledger: charges, corrections and estimates. Final rows never change.';
comment on column lora_cost_records.amount is 'Exact, in units of currency, ten decimals.';
comment on column lora_cost_records.recorded_at is 'Start of the bucket; of a correction: when it was posted.';
comment on column lora_cost_records.source is 'What the charge is for: attempt:ID, import:NAME:EXTERNAL_ID, estimate:JOB, legacy:ID.';
comment on column lora_cost_records.job_ref is 'job_id at birth; stays when the job is deleted.';

-- ------------------------------------------------------------------------------------------------ state and roll-ups

create table lora_cost_state (
  user_id uuid primary key references auth.users(id) on delete cascade,
  version bigint not null default 0
) with (fillfactor = 30);
comment on table lora_cost_state is 'One row per user: locked before any charge is touched; its version is the ETag.';

create table lora_cost_zone_offsets (
  user_id uuid not null references auth.users(id) on delete cascade,
  off smallint not null check (off between -48 and 56 and off <> 0),
  primary key (user_id, off)
);
comment on table lora_cost_zone_offsets is 'Offsets of the zone that a user has set; days at these offsets are rolled up.';

-- The roll-ups have no foreign key: it would cost a sixth of the writing rate, and they clean up after themselves.
create table lora_cost_days (
  user_id uuid not null,
  off smallint not null check (off between -48 and 56),
  day date not null,
  currency char(3) not null,
  cost_type varchar(50) not null,
  amount numeric(30, 10) not null,
  n integer not null,
  open_n integer not null,
  primary key (user_id, off, day, currency, cost_type)
) with (fillfactor = 70);
comment on table lora_cost_days is 'Sum and number of records per local day at a fixed offset (0 for everybody).';

create table lora_cost_quarters (
  user_id uuid not null,
  bucket timestamptz not null,
  currency char(3) not null,
  cost_type varchar(50) not null,
  amount numeric(30, 10) not null,
  n integer not null,
  open_n integer not null,
  primary key (user_id, bucket, currency, cost_type)
) with (fillfactor = 70);
comment on table lora_cost_quarters is 'Sum and number of records per UTC quarter-hour: edges of ranges, days of any zone.';

create table lora_cost_job_days (
  user_id uuid not null,
  day date not null,
  job_ref uuid not null,
  currency char(3) not null,
  cost_type varchar(50) not null,
  amount numeric(30, 10) not null,
  n integer not null,
  primary key (user_id, day, job_ref, currency, cost_type)
) with (fillfactor = 70);
comment on table lora_cost_job_days is 'Sum and number of records per UTC day and job; money without a job is the difference to the total.';

insert into lora_cost_state (user_id, version)
select distinct user_id, 1 from lora_cost_records;

insert into lora_cost_days (user_id, off, day, currency, cost_type, amount, n, open_n)
select user_id, 0, (recorded_at at time zone 'utc')::date, currency, cost_type, sum(amount), count(*), 0
from lora_cost_records
group by 1, 3, 4, 5
order by 1, 3, 4, 5;

insert into lora_cost_quarters (user_id, bucket, currency, cost_type, amount, n, open_n)
select user_id, date_bin('15 minutes', recorded_at, '2000-01-01 00:00:00+00'), currency, cost_type, sum(amount), count(*), 0
from lora_cost_records
group by 1, 2, 3, 4
order by 1, 2, 3, 4;

insert into lora_cost_job_days (user_id, day, job_ref, currency, cost_type, amount, n)
select user_id, (recorded_at at time zone 'utc')::date, job_ref, currency, cost_type, sum(amount), count(*)
from lora_cost_records
where job_ref is not null
group by 1, 2, 3, 4, 5
order by 1, 2, 3, 4, 5;

-- ------------------------------------------------------------------------------------------------ row-level security

-- Policies that the database may hold from before this product; the ones below replace them.
do $policies$
declare
  old record;
begin
  for old in select p.tablename, p.policyname from pg_policies p
             where p.schemaname = 'public'
               and p.tablename in ('lora_datasets', 'lora_training_jobs', 'lora_metrics_points', 'lora_model_artifacts',
                 'lora_cost_records') loop
    execute format('drop policy %I on public.%I', old.policyname, old.tablename);
  end loop;
end
$policies$;

alter table lora_cost_records force row level security;
alter table lora_training_jobs force row level security;
alter table lora_datasets force row level security;
alter table lora_metrics_points force row level security;
alter table lora_model_artifacts force row level security;
alter table lora_cost_state enable row level security;
alter table lora_cost_state force row level security;
alter table lora_cost_zone_offsets enable row level security;
alter table lora_cost_zone_offsets force row level security;
alter table lora_cost_days enable row level security;
alter table lora_cost_days force row level security;
alter table lora_cost_quarters enable row level security;
alter table lora_cost_quarters force row level security;
alter table lora_cost_job_days enable row level security;
alter table lora_cost_job_days force row level security;

create policy owner_of_row_reads on lora_datasets for select to authenticated using (user_id = (select auth.uid()));
create policy owner_of_row_reads on lora_training_jobs for select to authenticated using (user_id = (select auth.uid()));
create policy owner_of_row_reads on lora_metrics_points for select to authenticated using (user_id = (select auth.uid()));
create policy owner_of_row_reads on lora_model_artifacts for select to authenticated using (user_id = (select auth.uid()));
create policy owner_of_row_reads on lora_cost_records for select to authenticated using (user_id = (select auth.uid()));
create policy owner_of_row_reads on lora_cost_state for select to authenticated using (user_id = (select auth.uid()));
create policy owner_of_row_reads on lora_cost_zone_offsets for select to authenticated using (user_id = (select auth.uid()));
create policy owner_of_row_reads on lora_cost_days for select to authenticated using (user_id = (select auth.uid()));
create policy owner_of_row_reads on lora_cost_quarters for select to authenticated using (user_id = (select auth.uid()));
create policy owner_of_row_reads on lora_cost_job_days for select to authenticated using (user_id = (select auth.uid()));

create policy service_all on lora_datasets to service_role using (true) with check (true);
create policy service_all on lora_training_jobs to service_role using (true) with check (true);
create policy service_all on lora_metrics_points to service_role using (true) with check (true);
create policy service_all on lora_model_artifacts to service_role using (true) with check (true);
create policy service_all on lora_cost_records to service_role using (true) with check (true);
create policy service_reads on lora_cost_state for select to service_role using (true);
create policy service_reads on lora_cost_zone_offsets for select to service_role using (true);
create policy service_reads on lora_cost_days for select to service_role using (true);
create policy service_reads on lora_cost_quarters for select to service_role using (true);
create policy service_reads on lora_cost_job_days for select to service_role using (true);

create policy keeper_reads on lora_cost_records for select to ledger_keeper using (true);
create policy keeper_all on lora_cost_state to ledger_keeper using (true) with check (true);
create policy keeper_all on lora_cost_zone_offsets to ledger_keeper using (true) with check (true);
create policy keeper_all on lora_cost_days to ledger_keeper using (true) with check (true);
create policy keeper_all on lora_cost_quarters to ledger_keeper using (true) with check (true);
create policy keeper_all on lora_cost_job_days to ledger_keeper using (true) with check (true);

-- The check that a job is really gone runs as the owner of the migrations, who bypasses nothing.
create policy migration_owner_reads on lora_training_jobs for select to current_user using (true);

-- ------------------------------------------------------------------------------------------------ grants

revoke all on lora_datasets, lora_training_jobs, lora_metrics_points, lora_model_artifacts, lora_cost_records,
  lora_cost_state, lora_cost_zone_offsets, lora_cost_days, lora_cost_quarters, lora_cost_job_days
  from public, anon, authenticated, service_role;

grant select on lora_datasets, lora_training_jobs, lora_metrics_points, lora_model_artifacts, lora_cost_records,
  lora_cost_state, lora_cost_zone_offsets, lora_cost_days, lora_cost_quarters, lora_cost_job_days
  to authenticated, service_role;
grant insert, update, delete on lora_datasets, lora_training_jobs, lora_metrics_points, lora_model_artifacts
  to service_role;
-- no delete: charges go with the account only
grant insert, update (amount, details, state) on lora_cost_records to service_role;

grant select on lora_cost_records to ledger_keeper;
grant select, insert, update, delete on lora_cost_state, lora_cost_zone_offsets, lora_cost_days, lora_cost_quarters,
  lora_cost_job_days to ledger_keeper;

-- ------------------------------------------------------------------------------------------------ indexes
-- No index names amount, details or state: an update of an open charge stays within its page.

create index lora_cost_records_by_time on lora_cost_records (user_id, recorded_at, id);
create unique index lora_cost_records_once on lora_cost_records (source, cost_type, phase, recorded_at)
  nulls not distinct where corrects is null;
create unique index lora_cost_records_correction_once on lora_cost_records (corrects, correction_key)
  where corrects is not null;
create index lora_cost_records_by_job on lora_cost_records (job_id) where job_id is not null;
create index lora_cost_records_estimates on lora_cost_records (user_id) where is_estimate;
create index lora_training_jobs_by_user on lora_training_jobs (user_id, created_at desc, id desc);
create index lora_training_jobs_by_dataset on lora_training_jobs (dataset_id) where dataset_id is not null;
create index lora_datasets_by_user on lora_datasets (user_id, created_at desc, id desc);
create index lora_metrics_points_by_job on lora_metrics_points (job_id, step);
create index lora_metrics_points_by_user on lora_metrics_points (user_id);
create index lora_model_artifacts_by_user on lora_model_artifacts (user_id, created_at desc, id desc);
create index lora_model_artifacts_by_job on lora_model_artifacts (job_id) where job_id is not null;

-- ------------------------------------------------------------------------------------------------ functions

create function private.assert_caller_alive() returns void
language plpgsql stable security definer set search_path = '' as $f$
declare
  account uuid := auth.uid();
  session uuid := nullif(auth.jwt() ->> 'session_id', '')::uuid;
begin
  if session is null then
    perform from auth.users u where u.id = account;
  else
    -- its account need not be asked for: a session goes with it
    perform from auth.sessions s
    where s.id = session and s.user_id = account and coalesce(s.not_after, 'infinity') > now();
  end if;
  if not found then
    raise exception 'the account or the session is gone' using errcode = 'PT401';
  end if;
end
$f$;
comment on function private.assert_caller_alive() is 'Raises PT401 when the caller''s account or session no longer exists.';

create function private.fill_charge() returns trigger
language plpgsql set search_path = '' as $f$
begin
  new.source := coalesce(new.source, 'legacy:' || new.id);
  new.job_ref := coalesce(new.job_ref, new.job_id);
  return new;
end
$f$;
comment on function private.fill_charge() is 'Completes a row that plain SQL wrote with the first eight columns only.';

create function private.check_correction() returns trigger
language plpgsql security definer set search_path = '' as $f$
declare
  charge public.lora_cost_records;
begin
  select * into charge from public.lora_cost_records r where r.id = new.corrects;
  if not found or charge.corrects is not null or charge.is_estimate or charge.state <> 'final'
    or (charge.user_id, charge.cost_type, charge.phase, charge.currency, charge.job_ref, charge.tags)
       is distinct from (new.user_id, new.cost_type, new.phase, new.currency, new.job_ref, new.tags) then
    raise exception 'a correction needs a final charge of the same user, cost type, phase, currency, job and tags'
      using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end
$f$;

create type private.charge_delta as (
  user_id uuid, bucket timestamptz, currency char(3), cost_type varchar(50), job_ref uuid,
  amount numeric, n integer, open_n integer
);

create function private.roll_up_charges() returns trigger
language plpgsql security definer set search_path = '' as $f$
declare
  deltas private.charge_delta[];
  users uuid[];
begin
  -- what changed, once, per user, bucket, currency, type and job
  if tg_op = 'INSERT' then
    select array_agg(distinct user_id) into users from new_rows;
    select array_agg(d) into deltas from (
      select row(user_id, b, currency, cost_type, job_ref, sum(amount), count(*),
                 count(*) filter (where state = 'open'))::private.charge_delta as d
      from (select r.*, date_bin('15 minutes', r.recorded_at, '2000-01-01 00:00:00+00') as b
            from new_rows r where not r.is_estimate) x
      group by user_id, b, currency, cost_type, job_ref) y;
  elsif tg_op = 'UPDATE' then
    select array_agg(distinct user_id) into users from new_rows;
    select array_agg(d) into deltas from (
      select row(user_id, b, currency, cost_type, job_ref, sum(sign * amount), sum(sign),
                 coalesce(sum(sign) filter (where state = 'open'), 0))::private.charge_delta as d
      from (select user_id, date_bin('15 minutes', recorded_at, '2000-01-01 00:00:00+00') as b, currency, cost_type,
                   job_ref, amount, state, 1 as sign from new_rows where not is_estimate
            union all
            select user_id, date_bin('15 minutes', recorded_at, '2000-01-01 00:00:00+00'), currency, cost_type,
                   job_ref, amount, state, -1 from old_rows where not is_estimate) x
      group by user_id, b, currency, cost_type, job_ref
      having sum(sign * amount) <> 0 or sum(sign) <> 0 or sum(sign) filter (where state = 'open') <> 0) y;
  else
    select array_agg(distinct user_id) into users from old_rows;
    select array_agg(d) into deltas from (
      select row(user_id, b, currency, cost_type, job_ref, -sum(amount), -count(*),
                 -count(*) filter (where state = 'open'))::private.charge_delta as d
      from (select r.*, date_bin('15 minutes', r.recorded_at, '2000-01-01 00:00:00+00') as b
            from old_rows r where not r.is_estimate) x
      group by user_id, b, currency, cost_type, job_ref) y;
  end if;
  if users is null then
    return null;
  end if;

  if tg_op = 'DELETE' then
    -- never an upsert here: the account may be on its way out, and its state row gone already
    perform from public.lora_cost_state s where s.user_id = any (users) order by s.user_id for update;
    update public.lora_cost_state s set version = s.version + 1 where s.user_id = any (users);
    if deltas is not null then
      perform private.subtract_charges(deltas);
    end if;
    return null;
  end if;

  -- the state rows first, users in order: they are the lock that keeps the roll-ups free of deadlocks
  insert into public.lora_cost_state as s (user_id, version)
  select u, 1 from unnest(users) u order by 1
  on conflict (user_id) do update set version = s.version + 1;
  if deltas is null then
    return null;
  end if;

  insert into public.lora_cost_days as t (user_id, off, day, currency, cost_type, amount, n, open_n)
  select d.user_id, o.off, ((d.bucket + o.off * interval '15 minutes') at time zone 'utc')::date, d.currency,
         d.cost_type, sum(d.amount), sum(d.n), sum(d.open_n)
  from unnest(deltas) d
  cross join lateral (
    select 0::smallint as off
    union all
    select z.off from public.lora_cost_zone_offsets z where z.user_id = d.user_id) o
  group by 1, 2, 3, 4, 5
  on conflict (user_id, off, day, currency, cost_type) do update
    set amount = t.amount + excluded.amount, n = t.n + excluded.n, open_n = t.open_n + excluded.open_n;

  insert into public.lora_cost_quarters as t (user_id, bucket, currency, cost_type, amount, n, open_n)
  select d.user_id, d.bucket, d.currency, d.cost_type, sum(d.amount), sum(d.n), sum(d.open_n)
  from unnest(deltas) d
  group by 1, 2, 3, 4
  on conflict (user_id, bucket, currency, cost_type) do update
    set amount = t.amount + excluded.amount, n = t.n + excluded.n, open_n = t.open_n + excluded.open_n;

  insert into public.lora_cost_job_days as t (user_id, day, job_ref, currency, cost_type, amount, n)
  select d.user_id, (d.bucket at time zone 'utc')::date, d.job_ref, d.currency, d.cost_type, sum(d.amount), sum(d.n)
  from unnest(deltas) d
  where d.job_ref is not null
  group by 1, 2, 3, 4, 5
  on conflict (user_id, day, job_ref, currency, cost_type) do update
    set amount = t.amount + excluded.amount, n = t.n + excluded.n;
  return null;
end
$f$;
comment on function private.roll_up_charges() is 'Keeps state and roll-ups equal to the records, in the same transaction.';

create function private.subtract_charges(deltas private.charge_delta[]) returns void
language plpgsql security definer set search_path = '' as $f$
begin
  update public.lora_cost_days t
  set amount = t.amount + x.amount, n = t.n + x.n, open_n = t.open_n + x.open_n
  from (
    select d.user_id, o.off, ((d.bucket + o.off * interval '15 minutes') at time zone 'utc')::date as day, d.currency,
           d.cost_type, sum(d.amount) as amount, sum(d.n) as n, sum(d.open_n) as open_n
    from unnest(deltas) d
    cross join lateral (
      select 0::smallint as off
      union all
      select z.off from public.lora_cost_zone_offsets z where z.user_id = d.user_id) o
    group by 1, 2, 3, 4, 5) x
  where (t.user_id, t.off, t.day, t.currency, t.cost_type) = (x.user_id, x.off, x.day, x.currency, x.cost_type);

  update public.lora_cost_quarters t
  set amount = t.amount + x.amount, n = t.n + x.n, open_n = t.open_n + x.open_n
  from (
    select d.user_id, d.bucket, d.currency, d.cost_type, sum(d.amount) as amount, sum(d.n) as n, sum(d.open_n) as open_n
    from unnest(deltas) d
    group by 1, 2, 3, 4) x
  where (t.user_id, t.bucket, t.currency, t.cost_type) = (x.user_id, x.bucket, x.currency, x.cost_type);

  update public.lora_cost_job_days t
  set amount = t.amount + x.amount, n = t.n + x.n
  from (
    select d.user_id, (d.bucket at time zone 'utc')::date as day, d.job_ref, d.currency, d.cost_type,
           sum(d.amount) as amount, sum(d.n) as n
    from unnest(deltas) d
    where d.job_ref is not null
    group by 1, 2, 3, 4, 5) x
  where (t.user_id, t.day, t.job_ref, t.currency, t.cost_type) = (x.user_id, x.day, x.job_ref, x.currency, x.cost_type);

  -- emptied keys go, found by the keys just touched and not by a scan of all that the user has
  delete from public.lora_cost_days t
  using (
    select distinct d.user_id, o.off, ((d.bucket + o.off * interval '15 minutes') at time zone 'utc')::date as day,
           d.currency, d.cost_type
    from unnest(deltas) d
    cross join lateral (
      select 0::smallint as off
      union all
      select z.off from public.lora_cost_zone_offsets z where z.user_id = d.user_id) o) x
  where (t.user_id, t.off, t.day, t.currency, t.cost_type) = (x.user_id, x.off, x.day, x.currency, x.cost_type)
    and t.n = 0;
  delete from public.lora_cost_quarters t
  using (select distinct d.user_id, d.bucket, d.currency, d.cost_type from unnest(deltas) d) x
  where (t.user_id, t.bucket, t.currency, t.cost_type) = (x.user_id, x.bucket, x.currency, x.cost_type) and t.n = 0;
  delete from public.lora_cost_job_days t
  using (
    select distinct d.user_id, (d.bucket at time zone 'utc')::date as day, d.job_ref, d.currency, d.cost_type
    from unnest(deltas) d) x
  where (t.user_id, t.day, t.job_ref, t.currency, t.cost_type) = (x.user_id, x.day, x.job_ref, x.currency, x.cost_type)
    and t.n = 0;
end
$f$;

create function private.forget_roll_ups() returns trigger
language plpgsql security definer set search_path = '' as $f$
begin
  delete from public.lora_cost_days where user_id = old.user_id;
  delete from public.lora_cost_quarters where user_id = old.user_id;
  delete from public.lora_cost_job_days where user_id = old.user_id;
  return null;
end
$f$;
comment on function private.forget_roll_ups() is 'The state row goes with the account only; so do the roll-ups.';

create function private.lock_cost_state(users uuid[]) returns void
language plpgsql security definer set search_path = '' as $f$
begin
  insert into public.lora_cost_state (user_id)
  select distinct u from unnest(users) u order by 1
  on conflict (user_id) do nothing;
  perform from public.lora_cost_state s where s.user_id = any (users) order by s.user_id for update;
end
$f$;
comment on function private.lock_cost_state(uuid[]) is
  'First step of every ledger verb: locks the users'' state rows in ascending order.';

create function private.register_zone_offsets(offsets smallint[]) returns void
language plpgsql security definer set search_path = '' as $f$
declare
  caller uuid := auth.uid();
  fresh smallint[];
begin
  if caller is null or cardinality(offsets) > 8 then
    raise exception 'a caller and at most eight offsets are needed' using errcode = 'invalid_parameter_value';
  end if;
  insert into public.lora_cost_state as s (user_id, version) values (caller, 1)
  on conflict (user_id) do update set version = s.version + 1;

  with gone as (
    delete from public.lora_cost_zone_offsets z where z.user_id = caller and z.off <> all (offsets) returning z.off)
  delete from public.lora_cost_days t using gone where t.user_id = caller and t.off = gone.off;

  with added as (
    insert into public.lora_cost_zone_offsets (user_id, off)
    select distinct caller, o from unnest(offsets) o where o <> 0
    on conflict do nothing
    returning off)
  select array_agg(off) into fresh from added;

  insert into public.lora_cost_days (user_id, off, day, currency, cost_type, amount, n, open_n)
  select caller, f, ((q.bucket + f * interval '15 minutes') at time zone 'utc')::date, q.currency, q.cost_type,
         sum(q.amount), sum(q.n), sum(q.open_n)
  from unnest(fresh) f
  join public.lora_cost_quarters q on q.user_id = caller
  group by 2, 3, 4, 5
  order by 2, 3, 4, 5;
end
$f$;
comment on function private.register_zone_offsets(smallint[]) is
  'Keeps day roll-ups at exactly these offsets for the caller (and at 0), filled from the quarter-hours.';

create function private.rebuild_cost_roll_ups(account uuid) returns void
language plpgsql security definer set search_path = '' as $f$
begin
  perform private.lock_cost_state(array[account]);
  update public.lora_cost_state set version = version + 1 where user_id = account;
  delete from public.lora_cost_days where user_id = account;
  delete from public.lora_cost_quarters where user_id = account;
  delete from public.lora_cost_job_days where user_id = account;

  -- in the order of their keys, as time would have written them: neighbours are read together
  insert into public.lora_cost_quarters (user_id, bucket, currency, cost_type, amount, n, open_n)
  select account, date_bin('15 minutes', r.recorded_at, '2000-01-01 00:00:00+00'), r.currency, r.cost_type,
         sum(r.amount), count(*), count(*) filter (where r.state = 'open')
  from public.lora_cost_records r
  where r.user_id = account and not r.is_estimate
  group by 2, 3, 4
  order by 2, 3, 4;

  insert into public.lora_cost_days (user_id, off, day, currency, cost_type, amount, n, open_n)
  select account, o.off, ((q.bucket + o.off * interval '15 minutes') at time zone 'utc')::date, q.currency,
         q.cost_type, sum(q.amount), sum(q.n), sum(q.open_n)
  from public.lora_cost_quarters q
  cross join (
    select 0::smallint as off
    union all
    select z.off from public.lora_cost_zone_offsets z where z.user_id = account) o
  where q.user_id = account
  group by 2, 3, 4, 5
  order by 2, 3, 4, 5;

  insert into public.lora_cost_job_days (user_id, day, job_ref, currency, cost_type, amount, n)
  select account, (r.recorded_at at time zone 'utc')::date, r.job_ref, r.currency, r.cost_type, sum(r.amount), count(*)
  from public.lora_cost_records r
  where r.user_id = account and not r.is_estimate and r.job_ref is not null
  group by 2, 3, 4, 5
  order by 2, 3, 4, 5;
end
$f$;
comment on function private.rebuild_cost_roll_ups(uuid) is 'Writes one user''s roll-ups anew from the records, under the user''s lock.';

create function private.refuse_change_of_final() returns trigger
language plpgsql security definer set search_path = '' as $f$
begin
  -- the one change allowed: job_id becomes null because the job is gone
  if (to_jsonb(new) - 'job_id') = (to_jsonb(old) - 'job_id') and new.job_id is null and old.job_id is not null
    and not exists (select from public.lora_training_jobs j where j.id = old.job_id) then
    return new;
  end if;
  raise exception 'final cost records are immutable' using errcode = 'integrity_constraint_violation';
end
$f$;

create function private.refuse_change_of_identity() returns trigger
language plpgsql set search_path = '' as $f$
begin
  raise exception 'an open charge may change its amount, details and state only'
    using errcode = 'integrity_constraint_violation';
end
$f$;

create function private.refuse_delete_of_final() returns trigger
language plpgsql security definer set search_path = '' as $f$
begin
  -- passes when the account itself is going: then its row is already gone for this statement
  if exists (
    select from old_rows o
    where o.state = 'final' and exists (select from auth.users u where u.id = o.user_id)) then
    raise exception 'final cost records are immutable' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end
$f$;

create function private.refuse_truncate() returns trigger
language plpgsql set search_path = '' as $f$
begin
  raise exception 'the ledger is append-only' using errcode = 'integrity_constraint_violation';
end
$f$;

grant create on schema private to ledger_keeper;
alter function private.check_correction() owner to ledger_keeper;
alter function private.roll_up_charges() owner to ledger_keeper;
alter function private.subtract_charges(private.charge_delta[]) owner to ledger_keeper;
alter function private.forget_roll_ups() owner to ledger_keeper;
alter function private.lock_cost_state(uuid[]) owner to ledger_keeper;
alter function private.register_zone_offsets(smallint[]) owner to ledger_keeper;
alter function private.rebuild_cost_roll_ups(uuid) owner to ledger_keeper;
revoke create on schema private from ledger_keeper;

-- ------------------------------------------------------------------------------------------------ triggers

create trigger a_fill before insert on lora_cost_records for each row
  when (new.source is null or (new.job_ref is null and new.job_id is not null))
  execute function private.fill_charge();
create trigger b_correction before insert on lora_cost_records for each row
  when (new.corrects is not null)
  execute function private.check_correction();
create trigger immutable_final before update on lora_cost_records for each row
  when (old.state = 'final')
  execute function private.refuse_change_of_final();
create trigger immutable_identity before update on lora_cost_records for each row
  when (old.state = 'open'
    and (old.id, old.user_id, old.cost_type, old.currency, old.source, old.phase, old.job_ref, old.tags,
         old.is_estimate, old.corrects, old.correction_key, old.billing_period, old.recorded_at)
        is distinct from
        (new.id, new.user_id, new.cost_type, new.currency, new.source, new.phase, new.job_ref, new.tags,
         new.is_estimate, new.corrects, new.correction_key, new.billing_period, new.recorded_at))
  execute function private.refuse_change_of_identity();
create trigger immutable_delete after delete on lora_cost_records
  referencing old table as old_rows for each statement
  execute function private.refuse_delete_of_final();
create trigger immutable_truncate before truncate on lora_cost_records for each statement
  execute function private.refuse_truncate();

create trigger roll_up_insert after insert on lora_cost_records
  referencing new table as new_rows for each statement execute function private.roll_up_charges();
create trigger roll_up_update after update on lora_cost_records
  referencing old table as old_rows new table as new_rows for each statement execute function private.roll_up_charges();
create trigger roll_up_delete after delete on lora_cost_records
  referencing old table as old_rows for each statement execute function private.roll_up_charges();
create trigger forget_roll_ups after delete on lora_cost_state for each row execute function private.forget_roll_ups();

-- ------------------------------------------------------------------------------------------------ who may call
-- After the triggers: making one asks for the right to execute its function. The keeper revokes what is the keeper's.

set role ledger_keeper;
revoke all on function private.check_correction() from public;
revoke all on function private.roll_up_charges() from public;
revoke all on function private.subtract_charges(private.charge_delta[]) from public;
revoke all on function private.forget_roll_ups() from public;
revoke all on function private.lock_cost_state(uuid[]) from public;
revoke all on function private.register_zone_offsets(smallint[]) from public;
revoke all on function private.rebuild_cost_roll_ups(uuid) from public;
grant execute on function private.lock_cost_state(uuid[]) to service_role;
grant execute on function private.rebuild_cost_roll_ups(uuid) to service_role;
grant execute on function private.register_zone_offsets(smallint[]) to authenticated;
reset role;
revoke all on function private.assert_caller_alive() from public;
revoke all on function private.fill_charge() from public;
revoke all on function private.refuse_change_of_final() from public;
revoke all on function private.refuse_change_of_identity() from public;
revoke all on function private.refuse_delete_of_final() from public;
revoke all on function private.refuse_truncate() from public;
grant execute on function private.assert_caller_alive() to authenticated;
grant usage on schema auth to ledger_keeper;
-- on hosted Supabase everybody may ask; elsewhere the keeper is told by name
grant execute on function auth.uid() to ledger_keeper;
