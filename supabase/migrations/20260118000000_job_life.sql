-- What a job cost in all its life, so that the largest jobs of a range are read from an index, and how much of each
-- day and quarter-hour belongs to jobs, so that the others need not be added up one by one.

-- Whoever is writing ends first: what is summed up below is all there is.
lock table lora_cost_records in share row exclusive mode;

-- ------------------------------------------------------------------------------------------------ roll-ups

-- Like the other roll-ups without a foreign key: it cleans up after itself.
create table lora_cost_job_life (
  user_id uuid not null,
  job_ref uuid not null,
  currency char(3) not null,
  amount numeric(30, 10) not null,
  open_from date,
  first_bucket timestamptz not null,
  last_bucket timestamptz not null,
  -- shorter than 1 hour, 6 hours, 1 day, 7 days, 30 days, 365 days, 4000 days; longer
  span smallint not null generated always as (
    case when isfinite(first_bucket) and isfinite(last_bucket)
      then width_bucket(last_bucket - first_bucket, array[interval '1 hour', interval '6 hours', interval '1 day',
        interval '7 days', interval '30 days', interval '365 days', interval '4000 days'])
      else 7
    end) stored,
  primary key (user_id, job_ref, currency)
) with (fillfactor = 70);
comment on table lora_cost_job_life is 'Sum of all records of a job, and the UTC quarter-hours of its first and last.';
comment on column lora_cost_job_life.open_from is
  'Null: amount is the sum of all records. Else of those before this UTC day, and the job days from it on are to be added: a running job grows without a write here.';
comment on column lora_cost_job_life.span is
  'How long the life is, in classes: of each, the lives that hold an instant began within its length before it.';

alter table lora_cost_days add column job_amount numeric(30, 10) not null default 0;
alter table lora_cost_quarters add column job_amount numeric(30, 10) not null default 0;
comment on column lora_cost_days.job_amount is 'What of the amount belongs to jobs.';
comment on column lora_cost_quarters.job_amount is 'What of the amount belongs to jobs.';

-- ------------------------------------------------------------------------------------------------ row-level security

alter table lora_cost_job_life enable row level security;
alter table lora_cost_job_life force row level security;

create policy owner_of_row_reads on lora_cost_job_life for select to authenticated using (user_id = (select auth.uid()));
create policy service_reads on lora_cost_job_life for select to service_role using (true);
create policy keeper_all on lora_cost_job_life to ledger_keeper using (true) with check (true);

-- ------------------------------------------------------------------------------------------------ grants

revoke all on lora_cost_job_life from public, anon, authenticated, service_role;
grant select on lora_cost_job_life to authenticated, service_role;
grant select, insert, update, delete on lora_cost_job_life to ledger_keeper;

-- ------------------------------------------------------------------------------------------------ rows there are
-- As the keeper: forced row-level security shows the owner of the tables no rows.

set role ledger_keeper;

insert into lora_cost_job_life (user_id, job_ref, currency, amount, first_bucket, last_bucket)
select r.user_id, r.job_ref, r.currency, sum(r.amount),
       date_bin('15 minutes', min(r.recorded_at), '2000-01-01 00:00:00+00'),
       date_bin('15 minutes', max(r.recorded_at), '2000-01-01 00:00:00+00')
from lora_cost_records r
where not r.is_estimate and r.job_ref is not null
group by 1, 2, 3
order by 1, 2, 3;

update lora_cost_quarters q
set job_amount = x.amount
from (
  select r.user_id, date_bin('15 minutes', r.recorded_at, '2000-01-01 00:00:00+00') as bucket, r.currency, r.cost_type,
         sum(r.amount) as amount
  from lora_cost_records r
  where not r.is_estimate and r.job_ref is not null
  group by 1, 2, 3, 4) x
where (q.user_id, q.bucket, q.currency, q.cost_type) = (x.user_id, x.bucket, x.currency, x.cost_type);

update lora_cost_days t
set job_amount = x.amount
from (
  select q.user_id, o.off, ((q.bucket + o.off * interval '15 minutes') at time zone 'utc')::date as day, q.currency,
         q.cost_type, sum(q.job_amount) as amount
  from lora_cost_quarters q
  join (select distinct d.user_id, d.off from lora_cost_days d) o using (user_id)
  group by 1, 2, 3, 4, 5) x
where (t.user_id, t.off, t.day, t.currency, t.cost_type) = (x.user_id, x.off, x.day, x.currency, x.cost_type);

update lora_cost_state set version = version + 1;

reset role;

-- ------------------------------------------------------------------------------------------------ indexes

create index lora_cost_job_life_by_amount on lora_cost_job_life (user_id, currency, amount desc, job_ref)
  where open_from is null;
create index lora_cost_job_life_open on lora_cost_job_life (user_id, job_ref, currency) where open_from is not null;
create index lora_cost_job_life_by_time on lora_cost_job_life (user_id, span, first_bucket);
create index lora_cost_job_days_by_job on lora_cost_job_days (user_id, job_ref, day);

-- ------------------------------------------------------------------------------------------------ functions
-- Each does what it did before; only the keeper may replace what is the keeper's.

grant create on schema private to ledger_keeper;
set role ledger_keeper;

create function private.days_of_life(life public.lora_cost_job_life, since date) returns numeric
language sql stable set search_path = '' as $f$
  select coalesce(sum(j.amount), 0) from public.lora_cost_job_days j
  where j.user_id = life.user_id and j.job_ref = life.job_ref and j.currency = life.currency
    and j.day >= since and (life.open_from is null or j.day < life.open_from)
$f$;
comment on function private.days_of_life(public.lora_cost_job_life, date) is
  'What of the amount of a life lies on this UTC day or later.';

create function private.open_job_lives(deltas private.charge_delta[]) returns void
language plpgsql security definer set search_path = ''
-- rows are found by their keys, also by a plan that was made while the table was small
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $f$
begin
  insert into public.lora_cost_job_life as t
    (user_id, job_ref, currency, amount, open_from, first_bucket, last_bucket)
  select x.user_id, x.job_ref, x.currency, case when x.open_n = 0 then x.amount else 0 end,
         case when x.open_n > 0 then x.day end, x.first_bucket, x.last_bucket
  from (
    select d.user_id, d.job_ref, d.currency, sum(d.amount) as amount, sum(d.open_n) as open_n,
           min(d.bucket) as first_bucket, max(d.bucket) as last_bucket, min((d.bucket at time zone 'utc')::date) as day
    from unnest(deltas) d
    where d.job_ref is not null and not exists (
      select from public.lora_cost_job_life z
      where (z.user_id, z.job_ref, z.currency) = (d.user_id, d.job_ref, d.currency)
        and z.open_from <= (d.bucket at time zone 'utc')::date and d.bucket between z.first_bucket and z.last_bucket)
    group by 1, 2, 3) x
  on conflict (user_id, job_ref, currency) do update
    set amount = t.amount - private.days_of_life(t, (excluded.first_bucket at time zone 'utc')::date),
        open_from = least(t.open_from, (excluded.first_bucket at time zone 'utc')::date),
        first_bucket = least(t.first_bucket, excluded.first_bucket),
        last_bucket = greatest(t.last_bucket, excluded.last_bucket);
end
$f$;
comment on function private.open_job_lives(private.charge_delta[]) is
  'Before the job days change: takes the days that will change, and all after them, out of the amounts of lives.';

create function private.settle_job_lives(users uuid[], deltas private.charge_delta[]) returns void
language plpgsql security definer set search_path = ''
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $f$
declare
  due uuid[];
begin
  select array_agg(s.user_id) into due from public.lora_cost_state s
  where s.user_id = any (users) and s.version % 4 = 0;
  if due is null then
    return;
  end if;
  update public.lora_cost_job_life t
  set amount = t.amount + (
        select coalesce(sum(j.amount), 0) from public.lora_cost_job_days j
        where j.user_id = t.user_id and j.job_ref = t.job_ref and j.day >= t.open_from and j.currency = t.currency),
      open_from = null
  from (
    select u.user_id, l.job_ref, l.currency
    from unnest(due) u (user_id)
    cross join lateral (
      select z.job_ref, z.currency from public.lora_cost_job_life z
      where z.user_id = u.user_id and z.open_from is not null and z.last_bucket < now() - interval '1 hour'
      offset 0) l
    except
    select d.user_id, d.job_ref, d.currency from unnest(deltas) d) x
  where (t.user_id, t.job_ref, t.currency) = (x.user_id, x.job_ref, x.currency);
end
$f$;
comment on function private.settle_job_lives(uuid[], private.charge_delta[]) is
  'At every fourth change of a user: adds the days left out to the lives that have come to rest. Sums stay the same.';

create or replace function private.roll_up_charges() returns trigger
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

  with sums as materialized (
    select d.user_id, d.bucket, d.currency, d.cost_type, sum(d.amount) as amount, sum(d.n) as n, sum(d.open_n) as open_n,
           coalesce(sum(d.amount) filter (where d.job_ref is not null), 0) as job_amount
    from unnest(deltas) d
    group by 1, 2, 3, 4),
  days as (
    insert into public.lora_cost_days as t (user_id, off, day, currency, cost_type, amount, n, open_n, job_amount)
    select x.user_id, o.off, ((x.bucket + o.off * interval '15 minutes') at time zone 'utc')::date, x.currency,
           x.cost_type, sum(x.amount), sum(x.n), sum(x.open_n), sum(x.job_amount)
    from sums x
    cross join lateral (
      select 0::smallint as off
      union all
      select z.off from public.lora_cost_zone_offsets z where z.user_id = x.user_id) o
    group by 1, 2, 3, 4, 5
    on conflict (user_id, off, day, currency, cost_type) do update
      set amount = t.amount + excluded.amount, n = t.n + excluded.n, open_n = t.open_n + excluded.open_n,
          job_amount = t.job_amount + excluded.job_amount)
  insert into public.lora_cost_quarters as t (user_id, bucket, currency, cost_type, amount, n, open_n, job_amount)
  select x.user_id, x.bucket, x.currency, x.cost_type, x.amount, x.n, x.open_n, x.job_amount
  from sums x
  on conflict (user_id, bucket, currency, cost_type) do update
    set amount = t.amount + excluded.amount, n = t.n + excluded.n, open_n = t.open_n + excluded.open_n,
        job_amount = t.job_amount + excluded.job_amount;

  perform private.open_job_lives(deltas);
  insert into public.lora_cost_job_days as t (user_id, day, job_ref, currency, cost_type, amount, n)
  select d.user_id, (d.bucket at time zone 'utc')::date, d.job_ref, d.currency, d.cost_type, sum(d.amount), sum(d.n)
  from unnest(deltas) d
  where d.job_ref is not null
  group by 1, 2, 3, 4, 5
  on conflict (user_id, day, job_ref, currency, cost_type) do update
    set amount = t.amount + excluded.amount, n = t.n + excluded.n;
  if tg_op = 'INSERT' then
    perform private.settle_job_lives(users, deltas);
  end if;
  return null;
end
$f$;

create or replace function private.subtract_charges(deltas private.charge_delta[]) returns void
language plpgsql security definer set search_path = '' as $f$
begin
  -- never an insert here either: what is left of the life is summed up from its days
  update public.lora_cost_job_life t
  set amount = t.amount - private.days_of_life(t, x.day), open_from = least(t.open_from, x.day)
  from (
    select d.user_id, d.job_ref, d.currency, min((d.bucket at time zone 'utc')::date) as day
    from unnest(deltas) d
    where d.job_ref is not null
    group by 1, 2, 3) x
  where (t.user_id, t.job_ref, t.currency) = (x.user_id, x.job_ref, x.currency);

  update public.lora_cost_days t
  set amount = t.amount + x.amount, n = t.n + x.n, open_n = t.open_n + x.open_n, job_amount = t.job_amount + x.job_amount
  from (
    select d.user_id, o.off, ((d.bucket + o.off * interval '15 minutes') at time zone 'utc')::date as day, d.currency,
           d.cost_type, sum(d.amount) as amount, sum(d.n) as n, sum(d.open_n) as open_n,
           coalesce(sum(d.amount) filter (where d.job_ref is not null), 0) as job_amount
    from unnest(deltas) d
    cross join lateral (
      select 0::smallint as off
      union all
      select z.off from public.lora_cost_zone_offsets z where z.user_id = d.user_id) o
    group by 1, 2, 3, 4, 5) x
  where (t.user_id, t.off, t.day, t.currency, t.cost_type) = (x.user_id, x.off, x.day, x.currency, x.cost_type);

  update public.lora_cost_quarters t
  set amount = t.amount + x.amount, n = t.n + x.n, open_n = t.open_n + x.open_n, job_amount = t.job_amount + x.job_amount
  from (
    select d.user_id, d.bucket, d.currency, d.cost_type, sum(d.amount) as amount, sum(d.n) as n, sum(d.open_n) as open_n,
           coalesce(sum(d.amount) filter (where d.job_ref is not null), 0) as job_amount
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
  delete from public.lora_cost_job_life t
  using (select distinct d.user_id, d.job_ref, d.currency from unnest(deltas) d) x
  where (t.user_id, t.job_ref, t.currency) = (x.user_id, x.job_ref, x.currency)
    and not exists (
      select from public.lora_cost_job_days j
      where j.user_id = t.user_id and j.job_ref = t.job_ref and j.currency = t.currency);

  -- a life that lost its first or last record is shorter now: both are read from its own end inwards
  update public.lora_cost_job_life t
  set first_bucket = (
        select date_bin('15 minutes', r.recorded_at, '2000-01-01 00:00:00+00') from public.lora_cost_records r
        where r.user_id = t.user_id and r.job_ref = t.job_ref and r.currency = t.currency and not r.is_estimate
          and r.recorded_at >= t.first_bucket
        order by r.recorded_at limit 1),
      last_bucket = (
        select date_bin('15 minutes', r.recorded_at, '2000-01-01 00:00:00+00') from public.lora_cost_records r
        where r.user_id = t.user_id and r.job_ref = t.job_ref and r.currency = t.currency and not r.is_estimate
          and r.recorded_at <= t.last_bucket + interval '15 minutes'
        order by r.recorded_at desc limit 1)
  from (
    select d.user_id, d.job_ref, d.currency, min(d.bucket) as lowest, max(d.bucket) as highest
    from unnest(deltas) d
    where d.job_ref is not null
    group by 1, 2, 3) x
  where (t.user_id, t.job_ref, t.currency) = (x.user_id, x.job_ref, x.currency)
    and (x.lowest = t.first_bucket or x.highest = t.last_bucket);
end
$f$;

create or replace function private.forget_roll_ups() returns trigger
language plpgsql security definer set search_path = '' as $f$
begin
  delete from public.lora_cost_days where user_id = old.user_id;
  delete from public.lora_cost_quarters where user_id = old.user_id;
  delete from public.lora_cost_job_days where user_id = old.user_id;
  delete from public.lora_cost_job_life where user_id = old.user_id;
  return null;
end
$f$;

create or replace function private.register_zone_offsets(offsets smallint[]) returns void
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

  insert into public.lora_cost_days (user_id, off, day, currency, cost_type, amount, n, open_n, job_amount)
  select caller, f, ((q.bucket + f * interval '15 minutes') at time zone 'utc')::date, q.currency, q.cost_type,
         sum(q.amount), sum(q.n), sum(q.open_n), sum(q.job_amount)
  from unnest(fresh) f
  join public.lora_cost_quarters q on q.user_id = caller
  group by 2, 3, 4, 5
  order by 2, 3, 4, 5;
end
$f$;

create or replace function private.rebuild_cost_roll_ups(account uuid) returns void
language plpgsql security definer set search_path = '' as $f$
begin
  perform private.lock_cost_state(array[account]);
  update public.lora_cost_state set version = version + 1 where user_id = account;
  delete from public.lora_cost_days where user_id = account;
  delete from public.lora_cost_quarters where user_id = account;
  delete from public.lora_cost_job_days where user_id = account;
  delete from public.lora_cost_job_life where user_id = account;

  -- in the order of their keys, as time would have written them: neighbours are read together
  insert into public.lora_cost_quarters (user_id, bucket, currency, cost_type, amount, n, open_n, job_amount)
  select account, date_bin('15 minutes', r.recorded_at, '2000-01-01 00:00:00+00'), r.currency, r.cost_type,
         sum(r.amount), count(*), count(*) filter (where r.state = 'open'),
         coalesce(sum(r.amount) filter (where r.job_ref is not null), 0)
  from public.lora_cost_records r
  where r.user_id = account and not r.is_estimate
  group by 2, 3, 4
  order by 2, 3, 4;

  insert into public.lora_cost_days (user_id, off, day, currency, cost_type, amount, n, open_n, job_amount)
  select account, o.off, ((q.bucket + o.off * interval '15 minutes') at time zone 'utc')::date, q.currency,
         q.cost_type, sum(q.amount), sum(q.n), sum(q.open_n), sum(q.job_amount)
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

  insert into public.lora_cost_job_life (user_id, job_ref, currency, amount, first_bucket, last_bucket)
  select account, r.job_ref, r.currency, sum(r.amount),
         date_bin('15 minutes', min(r.recorded_at), '2000-01-01 00:00:00+00'),
         date_bin('15 minutes', max(r.recorded_at), '2000-01-01 00:00:00+00')
  from public.lora_cost_records r
  where r.user_id = account and not r.is_estimate and r.job_ref is not null
  group by 2, 3
  order by 2, 3;
end
$f$;

revoke all on function private.days_of_life(public.lora_cost_job_life, date) from public;
revoke all on function private.open_job_lives(private.charge_delta[]) from public;
revoke all on function private.settle_job_lives(uuid[], private.charge_delta[]) from public;

reset role;
revoke create on schema private from ledger_keeper;
