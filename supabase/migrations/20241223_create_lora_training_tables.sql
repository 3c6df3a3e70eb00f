-- The tables that the product started from. `if not exists`: a database may hold them, rows included, before this
-- product first meets it. Whatever was added later is in the migrations after this one.

create table if not exists lora_datasets (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users(id) on delete cascade,
  name varchar(200) not null,
  status varchar(20) not null default 'uploading' check (status in ('uploading', 'validating', 'ready', 'invalid')),
  created_at timestamptz not null default now()
);

create table if not exists lora_training_jobs (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users(id) on delete cascade,
  dataset_id uuid references lora_datasets(id) on delete set null,
  name varchar(200) not null,
  status varchar(20) not null default 'queued'
    check (status in ('queued', 'initializing', 'running', 'completed', 'failed', 'cancelled')),
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz
);

create table if not exists lora_metrics_points (
  id bigint generated always as identity primary key,
  user_id uuid not null references auth.users(id) on delete cascade,
  job_id uuid not null references lora_training_jobs(id) on delete cascade,
  step integer not null check (step >= 0),
  metrics jsonb not null,
  recorded_at timestamptz not null default now()
);

create table if not exists lora_model_artifacts (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users(id) on delete cascade,
  job_id uuid references lora_training_jobs(id) on delete set null,
  name varchar(200) not null,
  files jsonb not null default '[]',
  created_at timestamptz not null default now()
);

create table if not exists lora_cost_records (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users(id) on delete cascade,
  job_id uuid references lora_training_jobs(id) on delete set null,
  cost_type varchar(50) not null,
  amount decimal(10, 2) not null,
  details jsonb,
  billing_period date not null,
  recorded_at timestamptz default now()
);

create table if not exists lora_notifications (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users(id) on delete cascade,
  type varchar(50) not null,
  title varchar(200) not null,
  message text not null,
  priority varchar(20) default 'medium',
  read boolean default false,
  action_url text,
  metadata jsonb,
  created_at timestamptz default now()
);

alter table lora_datasets enable row level security;
alter table lora_training_jobs enable row level security;
alter table lora_metrics_points enable row level security;
alter table lora_model_artifacts enable row level security;
alter table lora_cost_records enable row level security;
alter table lora_notifications enable row level security;
