-- The inbox: one row per event, numbers in the order of commits, an exact count of what is unread.
--
-- Words: a *number* is taken from the user's state row while that row is locked, so no reader at N later meets one
-- that is N or less; `seq` is a row's first number, `changed_seq` that of its last visible change, `unread_seq` that
-- of the moment since which it counts as unread. The *watermark* `read_upto` is what "read all" moves:
--
--     unread  =  not read and unread_seq > read_upto
--     inbox   =  archived_at is null and snoozed_until is null
--
-- A *tombstone* stands in the feed of changes for a row that was deleted. *Folding* writes what the watermark says
-- into `read`; nobody sees a difference, so it takes no number.
-- Roles: service_role writes notifications, ledger_keeper alone writes states, authenticated marks its own rows.

-- ------------------------------------------------------------------------------------------------ state

create table lora_inbox_state (
  user_id uuid primary key references auth.users(id) on delete cascade,
  last_seq bigint not null default 0,
  unread_count integer not null default 0,
  read_upto bigint not null default 0,
  read_upto_at timestamptz,
  read_upto_before bigint not null default 0,
  read_all_seq bigint not null default 0,
  folded_upto bigint not null default 0,
  floor_seq bigint not null default 0,
  constraint lora_inbox_state_count check (unread_count >= 0),
  constraint lora_inbox_state_numbers check (
    0 <= folded_upto and folded_upto <= read_upto and read_upto_before <= read_upto and read_upto <= last_seq
    and read_all_seq <= last_seq and 0 <= floor_seq and floor_seq <= last_seq)
) with (fillfactor = 30);
comment on table lora_inbox_state is
  'One row per user: the sequence, the exact count, the tag of every answer, and the lock that orders all writers.';
comment on column lora_inbox_state.last_seq is 'The last number given, to a row, a change, a deletion or a "read all".';
comment on column lora_inbox_state.unread_count is 'Unread rows in the inbox; equals them at every commit.';
comment on column lora_inbox_state.read_upto is 'The watermark: what is unread since a number up to it counts as read.';
comment on column lora_inbox_state.read_upto_before is 'The watermark before the last "read all", for taking that back.';
comment on column lora_inbox_state.read_all_seq is 'The number of the last "read all": its one event in the feed.';
comment on column lora_inbox_state.folded_upto is 'The watermark that has been written into the rows.';
comment on column lora_inbox_state.floor_seq is 'Tombstones up to it may be gone: a cursor below it is too old.';

-- ------------------------------------------------------------------------------------------------ notifications

-- The three numbers are always given by a trigger; their default says that nobody has to bring one.
alter table lora_notifications
  add column seq bigint default 0,
  add column changed_seq bigint default 0,
  add column unread_seq bigint default 0,
  add column job_id uuid references lora_training_jobs(id) on delete set null,
  add column thread_key text,
  add column dedupe_key text,
  add column archived_at timestamptz,
  add column snoozed_until timestamptz,
  add column read_at timestamptz;

-- Rows from before: numbered by age, gaps filled with the defaults, and what the checks below refuse is mended.
alter table lora_notifications no force row level security;

with numbered as (
  select id, row_number() over (partition by user_id order by created_at, id) as number from lora_notifications)
update lora_notifications n
set seq = m.number,
    changed_seq = m.number,
    unread_seq = m.number,
    read = coalesce(n.read, false),
    created_at = coalesce(n.created_at, now()),
    priority = case when lower(n.priority) in ('low', 'medium', 'high', 'urgent') then lower(n.priority) else 'medium' end,
    type = case when n.type = '' then 'unknown' else n.type end,
    title = case when n.title = '' then coalesce(nullif(left(n.message, 200), ''), 'Notification') else n.title end,
    action_url = case when length(n.action_url) <= 2000 and n.action_url !~ '[\u0001-\u0020\u007f-\u009f\\]'
                       and (n.action_url ~ '^/($|[^/])' or n.action_url ~* '^https://[^/?#]') then n.action_url end
from numbered m
where m.id = n.id;

insert into lora_inbox_state (user_id, last_seq, unread_count)
select user_id, max(seq), count(*) filter (where not read) from lora_notifications group by user_id;

alter table lora_notifications
  alter column seq set not null,
  alter column changed_seq set not null,
  alter column unread_seq set not null,
  alter column read set not null,
  alter column priority set not null,
  alter column created_at set not null,
  -- in this order, so that no list by user can run over rows of another state
  add constraint lora_notifications_number unique (seq, user_id),
  add constraint lora_notifications_change unique (user_id, changed_seq),
  add constraint lora_notifications_once unique (user_id, dedupe_key),
  add constraint lora_notifications_numbers check (0 < seq and seq <= unread_seq and unread_seq <= changed_seq),
  add constraint lora_notifications_type check (length(type) between 1 and 50),
  add constraint lora_notifications_title check (length(title) between 1 and 200),
  add constraint lora_notifications_priority check (priority in ('low', 'medium', 'high', 'urgent')),
  -- a path of our own site or an https address, without anything that a browser drops or bends as it reads one
  add constraint lora_notifications_action_url check (
    length(action_url) <= 2000 and action_url !~ '[\u0001-\u0020\u007f-\u009f\\]'
    and (action_url ~ '^/($|[^/])' or action_url ~* '^https://[^/?#]')),
  add constraint lora_notifications_thread_key check (length(thread_key) between 1 and 200),
  add constraint lora_notifications_dedupe_key check (length(dedupe_key) between 1 and 200);

comment on table lora_notifications is 'The inbox: one row per event. Content never changes; marks and numbers do.';
comment on column lora_notifications.seq is 'The row''s number at birth, in the order of commits within its user.';
comment on column lora_notifications.changed_seq is 'The number of the last visible change; the cursor of the feed.';
comment on column lora_notifications.unread_seq is
  'The number since which the row counts as unread, unless read says otherwise or the watermark has reached it.';
comment on column lora_notifications.read is 'What was marked row by row; "read all" arrives here later, by folding.';
comment on column lora_notifications.read_at is 'When it was marked read by itself or by its thread; null after "read all".';
comment on column lora_notifications.thread_key is 'Gathers one subject''s events; job:ID unless the writer names another.';
comment on column lora_notifications.dedupe_key is 'At most one row of a user ever has it, deleted ones included.';
comment on column lora_notifications.snoozed_until is 'Out of the inbox while not null; the end of a snooze clears it.';

-- ------------------------------------------------------------------------------------------------ tombstones

create table lora_notification_tombstones (
  user_id uuid not null references lora_inbox_state(user_id) on delete cascade,
  seq bigint not null,
  notification_id uuid not null,
  deleted_at timestamptz not null default now(),
  dedupe_key text,
  primary key (user_id, seq),
  constraint lora_notification_tombstones_once unique (user_id, dedupe_key)
);
comment on table lora_notification_tombstones is
  'Deleted notifications, kept 30 days for readers of the feed; those with a dedupe key for ever.';

-- ------------------------------------------------------------------------------------------------ row-level security

-- The policies of the first version named no role; the ones below replace them.
do $policies$
declare
  name text;
begin
  for name in select p.policyname from pg_policies p
              where p.schemaname = 'public' and p.tablename = 'lora_notifications' loop
    execute format('drop policy %I on public.lora_notifications', name);
  end loop;
end
$policies$;

alter table lora_notifications enable row level security;
alter table lora_notifications force row level security;
alter table lora_inbox_state enable row level security;
alter table lora_inbox_state force row level security;
alter table lora_notification_tombstones enable row level security;
alter table lora_notification_tombstones force row level security;

create policy owner_of_row_reads on lora_notifications for select to authenticated
  using (user_id = (select auth.uid()));
create policy owner_of_row_marks on lora_notifications for update to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy owner_of_row_reads on lora_inbox_state for select to authenticated
  using (user_id = (select auth.uid()));
create policy owner_of_row_reads_all on lora_inbox_state for update to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy owner_of_row_reads on lora_notification_tombstones for select to authenticated
  using (user_id = (select auth.uid()));

create policy service_all on lora_notifications to service_role using (true) with check (true);
create policy service_reads on lora_inbox_state for select to service_role using (true);
create policy service_folds on lora_inbox_state for update to service_role using (true) with check (true);
create policy service_reads on lora_notification_tombstones for select to service_role using (true);
create policy service_expires on lora_notification_tombstones for delete to service_role using (true);

create policy keeper_reads on lora_notifications for select to ledger_keeper using (true);
create policy keeper_marks on lora_notifications for update to ledger_keeper using (true) with check (true);
create policy keeper_all on lora_inbox_state to ledger_keeper using (true) with check (true);
create policy keeper_reads on lora_notification_tombstones for select to ledger_keeper using (true);
create policy keeper_buries on lora_notification_tombstones for insert to ledger_keeper with check (true);

-- ------------------------------------------------------------------------------------------------ grants

revoke all on lora_notifications, lora_inbox_state, lora_notification_tombstones
  from public, anon, authenticated, service_role;

grant select on lora_notifications, lora_inbox_state, lora_notification_tombstones to authenticated, service_role;
-- no insert, no delete: an account marks what it was sent
grant update (read) on lora_notifications to authenticated;
grant update (read_upto) on lora_inbox_state to authenticated;
-- no update of content: a row says what happened
grant insert (id, user_id, type, title, message, priority, read, action_url, metadata, created_at, job_id, thread_key,
  dedupe_key, archived_at, snoozed_until), update (read, archived_at, snoozed_until), delete on lora_notifications
  to service_role;
grant update (folded_upto) on lora_inbox_state to service_role;
grant delete on lora_notification_tombstones to service_role;

grant select, update (read) on lora_notifications to ledger_keeper;
grant select, insert, update on lora_inbox_state to ledger_keeper;
grant select, insert on lora_notification_tombstones to ledger_keeper;

-- ------------------------------------------------------------------------------------------------ indexes
-- One for each list that is asked for; the feed of changes has its unique constraint.

create index lora_notifications_inbox on lora_notifications (user_id, seq)
  where archived_at is null and snoozed_until is null;
create index lora_notifications_set_aside on lora_notifications (user_id, seq)
  where archived_at is not null or snoozed_until is not null;
create index lora_notifications_unread on lora_notifications (user_id, seq) where not read;
-- the few that were marked unread by hand: the watermark may be above their seq
create index lora_notifications_unread_again on lora_notifications (user_id, seq)
  where not read and unread_seq > seq;
create index lora_notifications_by_thread on lora_notifications (user_id, thread_key, seq)
  where thread_key is not null;
create index lora_notifications_by_job on lora_notifications (job_id, seq) where job_id is not null;
create index lora_notifications_archived on lora_notifications (archived_at) where archived_at is not null;
create index lora_notification_tombstones_by_age on lora_notification_tombstones (deleted_at)
  where dedupe_key is null;
create index lora_inbox_state_to_fold on lora_inbox_state (read_upto_at) where folded_upto < read_upto;

-- ------------------------------------------------------------------------------------------------ functions
-- Some switch reading whole tables (or sorting) off: their plans are kept, made perhaps while the table was small or for
-- a user of average size, and what they look for is always at the end of an index.

create function private.epoch() returns text
language plpgsql stable parallel safe set search_path = '' as $f$
begin
  return left(encode(sha256(convert_to(concat_ws('/',
    (pg_control_system()).system_identifier,
    -- of the log being written; the control file names the old timeline until the first checkpoint after a restore
    case when pg_is_in_recovery() then upper(lpad(to_hex((pg_control_checkpoint()).timeline_id), 8, '0'))
         else left(pg_walfile_name(pg_current_wal_lsn()), 8) end,
    -- a database's folder is named by its oid; cheaper than looking the oid up
    split_part(pg_relation_filepath('pg_catalog.pg_class'), '/', -2)), 'UTF8')), 'hex'), 12);
end
$f$;
comment on function private.epoch() is
  'Names this database: another after a restore, so that numbers from before are not mistaken for its own.';

create function private.account_exists(account uuid) returns boolean
language sql stable security definer set search_path = '' as $f$
  select exists (select from auth.users u where u.id = account)
$f$;
comment on function private.account_exists(uuid) is 'False also while the account is being deleted.';

create function private.last_inbox_number(account uuid) returns bigint
language plpgsql security definer set search_path = '' set enable_seqscan = off set enable_sort = off as $f$
declare
  number bigint;
begin
  select s.last_seq into number from public.lora_inbox_state s where s.user_id = account for no key update;
  if not found then
    insert into public.lora_inbox_state (user_id) values (account) on conflict (user_id) do nothing;
    select s.last_seq into strict number from public.lora_inbox_state s where s.user_id = account for no key update;
  end if;
  -- rows that this very statement has numbered already: the state row follows once, at its end
  return greatest(number, (
    select n.changed_seq from public.lora_notifications n where n.user_id = account order by n.changed_seq desc limit 1));
end
$f$;
comment on function private.last_inbox_number(uuid) is 'Locks the user''s state row, made where absent; the next number is one more.';

create function private.lock_inboxes(accounts uuid[]) returns void
language plpgsql security definer set search_path = '' as $f$
begin
  insert into public.lora_inbox_state (user_id)
  select distinct a from unnest(accounts) a order by 1
  on conflict (user_id) do nothing;
  perform from public.lora_inbox_state s where s.user_id = any (accounts) order by s.user_id for no key update;
end
$f$;
comment on function private.lock_inboxes(uuid[]) is
  'First step of every system verb that touches notifications: locks the users'' state rows in ascending order.';

create function private.lock_own_inbox() returns trigger
language plpgsql set search_path = '' as $f$
begin
  perform from public.lora_inbox_state s where s.user_id = auth.uid() for no key update;
  return null;
end
$f$;
comment on function private.lock_own_inbox() is 'The state row comes before any notification, also for a plain update.';

create function private.refuse_renumbering() returns trigger
language plpgsql set search_path = '' as $f$
begin
  raise exception 'a notification keeps its id and user, and the inbox itself gives the numbers'
    using errcode = 'integrity_constraint_violation';
end
$f$;

create function private.number_notification() returns trigger
language plpgsql security definer set search_path = '' as $f$
begin
  new.seq := private.last_inbox_number(new.user_id) + 1;
  new.changed_seq := new.seq;
  new.unread_seq := new.seq;
  -- asked under the lock, so that nobody deletes the first one meanwhile
  if new.dedupe_key is not null and exists (
    select from public.lora_notification_tombstones t
    where t.user_id = new.user_id and t.dedupe_key = new.dedupe_key) then
    raise exception 'a notification with this dedupe_key has been there before'
      using errcode = 'unique_violation', constraint = 'lora_notification_tombstones_once';
  end if;
  new.thread_key := coalesce(new.thread_key, 'job:' || new.job_id);
  new.read_at := case when new.read then now() end;
  return new;
end
$f$;
comment on function private.number_notification() is 'Numbers are given here and nowhere else.';

create function private.mark_unread_again() returns trigger
language plpgsql set search_path = '' as $f$
begin
  -- 0 asks stamp_notification for a number: the row may be read by the watermark alone
  new.unread_seq := 0;
  return new;
end
$f$;
comment on function private.mark_unread_again() is 'An update says read = false and the column was false already.';

create function private.stamp_notification() returns trigger
language plpgsql security definer set search_path = '' as $f$
declare
  watermark bigint;
  was_unread boolean;
  unread boolean;
  unread_again boolean;
begin
  select s.read_upto into watermark from public.lora_inbox_state s where s.user_id = old.user_id for no key update;
  if not found then
    return new; -- the account is going, and its state went first
  end if;
  was_unread := not old.read and old.unread_seq > watermark;
  unread_again := not was_unread and (new.unread_seq = 0 or (old.read and not new.read));
  unread := unread_again or (was_unread and not new.read);
  new.unread_seq := old.unread_seq;
  if unread = was_unread
    and (new.type, new.title, new.message, new.priority, new.action_url, new.metadata, new.created_at, new.job_id,
         new.thread_key, new.dedupe_key, new.archived_at, new.snoozed_until)
        is not distinct from
        (old.type, old.title, old.message, old.priority, old.action_url, old.metadata, old.created_at, old.job_id,
         old.thread_key, old.dedupe_key, old.archived_at, old.snoozed_until) then
    return new;
  end if;
  new.changed_seq := private.last_inbox_number(old.user_id) + 1;
  if unread_again then
    new.unread_seq := new.changed_seq;
    new.read_at := null;
  elsif was_unread and not unread then
    new.read_at := now();
  end if;
  return new;
end
$f$;
comment on function private.stamp_notification() is
  'A change that somebody can see takes a number; one that nobody can see, such as folding, takes none.';

create function private.count_new_notifications() returns trigger
language plpgsql security definer set search_path = '' set enable_seqscan = off as $f$
begin
  update public.lora_inbox_state s
  set last_seq = greatest(s.last_seq, d.top), unread_count = s.unread_count + d.unread
  from (
    select n.user_id, max(n.changed_seq) as top,
           count(*) filter (where not n.read and n.archived_at is null and n.snoozed_until is null) as unread
    from new_rows n
    group by n.user_id) d
  where s.user_id = d.user_id;

  -- one living card per subject: what happened before is settled by what happened now
  if exists (select from new_rows n where n.thread_key is not null) then
    update public.lora_notifications n
    set read = true
    from (select r.user_id, r.thread_key, max(r.seq) as seq from new_rows r group by 1, 2) latest
    where n.user_id = latest.user_id and n.thread_key = latest.thread_key and n.seq < latest.seq and not n.read;
  end if;
  return null;
end
$f$;
comment on function private.count_new_notifications() is 'Count, last number and threads after an insert, whoever made it.';

create function private.count_changed_notifications() returns trigger
language plpgsql security definer set search_path = '' as $f$
begin
  update public.lora_inbox_state s
  set last_seq = greatest(s.last_seq, d.top), unread_count = s.unread_count + d.change
  from (
    select r.user_id, max(r.changed_seq) as top,
           coalesce(sum(r.sign) filter (where not r.read and r.unread_seq > t.read_upto
                                          and r.archived_at is null and r.snoozed_until is null), 0) as change
    from (select n.user_id, n.changed_seq, n.read, n.unread_seq, n.archived_at, n.snoozed_until, 1 as sign
          from new_rows n
          union all
          select o.user_id, o.changed_seq, o.read, o.unread_seq, o.archived_at, o.snoozed_until, -1
          from old_rows o) r
    join public.lora_inbox_state t on t.user_id = r.user_id
    group by r.user_id) d
  where s.user_id = d.user_id and (d.top > s.last_seq or d.change <> 0);
  return null;
end
$f$;
comment on function private.count_changed_notifications() is 'Count and last number after an update, whoever made it.';

create function private.bury_notifications() returns trigger
language plpgsql security definer set search_path = '' as $f$
declare
  account uuid;
  number bigint;
begin
  for account in select distinct o.user_id from old_rows o order by 1 loop
    continue when not private.account_exists(account); -- it takes its state and tombstones along
    number := private.last_inbox_number(account);
    insert into public.lora_notification_tombstones (user_id, seq, notification_id, dedupe_key)
    select o.user_id, number + row_number() over (order by o.seq), o.id, o.dedupe_key
    from old_rows o
    where o.user_id = account;
    update public.lora_inbox_state s
    set last_seq = number + d.gone, unread_count = s.unread_count - d.unread
    from (
      select count(*) as gone,
             count(*) filter (where not o.read and o.unread_seq > t.read_upto
                                and o.archived_at is null and o.snoozed_until is null) as unread
      from old_rows o
      join public.lora_inbox_state t on t.user_id = o.user_id
      where o.user_id = account) d
    where s.user_id = account;
  end loop;
  return null;
end
$f$;
comment on function private.bury_notifications() is 'Count, numbers and tombstones after a delete, whoever made it.';

create function private.move_watermark() returns trigger
language plpgsql security definer set search_path = '' set enable_seqscan = off as $f$
begin
  if new.read_upto < old.read_upto or new.read_upto > old.last_seq then
    raise exception 'the watermark moves forward, and not beyond the last number'
      using errcode = 'check_violation', constraint = 'lora_inbox_state_watermark';
  end if;
  new.last_seq := old.last_seq + 1;
  new.read_all_seq := new.last_seq;
  new.read_upto_before := old.read_upto;
  new.read_upto_at := now();
  new.unread_count := (
    select count(*) from public.lora_notifications n
    where n.user_id = old.user_id and not n.read and n.seq > new.read_upto
      and n.archived_at is null and n.snoozed_until is null
  ) + (
    select count(*) from public.lora_notifications n
    where n.user_id = old.user_id and not n.read and n.unread_seq > n.seq and n.unread_seq > new.read_upto
      and n.seq <= new.read_upto and n.archived_at is null and n.snoozed_until is null);
  return new;
end
$f$;
comment on function private.move_watermark() is
  '"Read all" is one number and one event; it counts what stays unread and rewrites no notification.';

create function private.raise_floor() returns trigger
language plpgsql security definer set search_path = '' as $f$
begin
  update public.lora_inbox_state s
  set floor_seq = greatest(s.floor_seq, d.top)
  from (select o.user_id, max(o.seq) as top from old_rows o group by o.user_id) d
  where s.user_id = d.user_id;
  return null;
end
$f$;
comment on function private.raise_floor() is 'Without its tombstone a deletion cannot be told any more to a reader below it.';

create function private.refuse_inbox_truncate() returns trigger
language plpgsql set search_path = '' as $f$
begin
  raise exception 'delete notifications row by row: their readers have to be told'
    using errcode = 'integrity_constraint_violation';
end
$f$;

grant create on schema private to ledger_keeper;
alter function private.last_inbox_number(uuid) owner to ledger_keeper;
alter function private.lock_inboxes(uuid[]) owner to ledger_keeper;
alter function private.number_notification() owner to ledger_keeper;
alter function private.stamp_notification() owner to ledger_keeper;
alter function private.count_new_notifications() owner to ledger_keeper;
alter function private.count_changed_notifications() owner to ledger_keeper;
alter function private.bury_notifications() owner to ledger_keeper;
alter function private.move_watermark() owner to ledger_keeper;
alter function private.raise_floor() owner to ledger_keeper;
revoke create on schema private from ledger_keeper;

-- ------------------------------------------------------------------------------------------------ triggers

create trigger number_insert before insert on lora_notifications for each row
  execute function private.number_notification();
create trigger count_insert after insert on lora_notifications
  referencing new table as new_rows for each statement execute function private.count_new_notifications();

create trigger lock_update before update on lora_notifications for each statement
  when (current_user = 'authenticated')
  execute function private.lock_own_inbox();
-- the three below run in the order of their names
create trigger a_keep_numbers before update of id, user_id, seq, changed_seq, unread_seq, read_at on lora_notifications
  for each row
  when ((old.id, old.user_id, old.seq, old.changed_seq, old.unread_seq, old.read_at)
        is distinct from (new.id, new.user_id, new.seq, new.changed_seq, new.unread_seq, new.read_at))
  execute function private.refuse_renumbering();
create trigger b_mark_unread before update of read on lora_notifications for each row
  when (not old.read and not new.read)
  execute function private.mark_unread_again();
create trigger c_stamp before update on lora_notifications for each row
  execute function private.stamp_notification();
create trigger count_update after update on lora_notifications
  referencing old table as old_rows new table as new_rows for each statement
  execute function private.count_changed_notifications();

create trigger bury_delete after delete on lora_notifications
  referencing old table as old_rows for each statement execute function private.bury_notifications();
create trigger refuse_truncate before truncate on lora_notifications for each statement
  execute function private.refuse_inbox_truncate();

create trigger read_all before update of read_upto on lora_inbox_state for each row
  when (old.read_upto is distinct from new.read_upto)
  execute function private.move_watermark();
create trigger raise_floor after delete on lora_notification_tombstones
  referencing old table as old_rows for each statement execute function private.raise_floor();

-- ------------------------------------------------------------------------------------------------ who may call
-- After the triggers: making one asks for the right to execute its function. The keeper revokes what is the keeper's.

set role ledger_keeper;
revoke all on function private.last_inbox_number(uuid) from public;
revoke all on function private.lock_inboxes(uuid[]) from public;
revoke all on function private.number_notification() from public;
revoke all on function private.stamp_notification() from public;
revoke all on function private.count_new_notifications() from public;
revoke all on function private.count_changed_notifications() from public;
revoke all on function private.bury_notifications() from public;
revoke all on function private.move_watermark() from public;
revoke all on function private.raise_floor() from public;
grant execute on function private.lock_inboxes(uuid[]) to service_role;
reset role;
revoke all on function private.epoch() from public;
revoke all on function private.account_exists(uuid) from public;
revoke all on function private.lock_own_inbox() from public;
revoke all on function private.refuse_renumbering() from public;
revoke all on function private.mark_unread_again() from public;
revoke all on function private.refuse_inbox_truncate() from public;
grant execute on function private.epoch() to authenticated, service_role;
grant execute on function private.account_exists(uuid) to ledger_keeper;
