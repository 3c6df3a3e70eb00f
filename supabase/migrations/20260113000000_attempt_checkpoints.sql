-- Where a run can be gone on from, and which runs have left files behind.

alter table lora_job_attempts
  add column checkpoint_step integer check (checkpoint_step >= 0),
  add column checkpoint_at timestamptz,
  add column cleared_at timestamptz,
  add constraint lora_job_attempts_checkpoint check ((checkpoint_step is null) = (checkpoint_at is null)),
  add constraint lora_job_attempts_cleared check (cleared_at is null or ended_at is not null);
comment on column lora_job_attempts.checkpoint_step is 'Its last complete checkpoint; what it did since is lost when it is taken away.';
comment on column lora_job_attempts.cleared_at is 'When the files of its run were taken away, after its artifacts were collected.';
