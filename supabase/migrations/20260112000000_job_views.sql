-- What the page of a job shows without reading its charges, and keys of repeated requests as their owner sees them.

alter table lora_job_attempts
  add column cost_by_phase jsonb not null default '{}' check (jsonb_typeof(cost_by_phase) = 'object');
comment on column lora_job_attempts.cost_by_phase is
  'Its cost so far divided by phase, as exact texts; written with `cost`, and their sum.';

-- whether a request was answered before is asked as the account itself: nobody sees another's answers
create policy owner_of_row_reads on lora_idempotency_keys for select to authenticated using (user_id = (select auth.uid()));
grant select on lora_idempotency_keys to authenticated;
