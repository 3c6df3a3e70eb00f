-- The curves of jobs that ended are thinned once; this finds those that are not yet.

alter table lora_training_jobs add column thinned_at timestamptz;
comment on column lora_training_jobs.thinned_at is 'When the points of its curves were thinned, some time after its end.';

create index lora_training_jobs_unthinned on lora_training_jobs (ended_at)
  where thinned_at is null and ended_at is not null and origin = 'pipeline';
