import type pg from 'pg';

/** What an account got, newest first: ids that requests may name. */
export interface SampleRows {
  readonly notifications: string[];
  readonly jobs: string[];
  /** Jobs that wait for a worker, and jobs that failed and can be repeated. */
  readonly waiting: string[];
  readonly failed: string[];
  readonly charges: string[];
  readonly datasets: string[];
  readonly models: string[];
}

const idsOf = async (admin: pg.Pool, statement: string, values: unknown[]): Promise<string[]> => {
  const { rows } = await admin.query<{ id: string }>(statement, values);
  return rows.map((row) => row.id);
};

/** Gives an account datasets, imported jobs with an adapter each, charges of the last 40 days in two currencies, and notifications of all priorities. */
export async function fillAccount(admin: pg.Pool, userId: string, rows = 60): Promise<SampleRows> {
  const jobs = await idsOf(
    admin,
    `insert into lora_training_jobs (user_id, name, status, origin, external_ref)
     select $1, 'job ' || i, 'completed', 'import', 'job-' || i from generate_series(1, 5) i returning id`,
    [userId],
  );
  const charges = await idsOf(
    admin,
    `insert into lora_cost_records (user_id, job_id, job_ref, source, cost_type, amount, currency, state, billing_period, recorded_at)
     select $1::uuid, job, job, 'import:' || $1::uuid || ':' || i, case i % 3 when 0 then 'storage' else 'compute' end,
       i * 0.1234567891, case i % 10 when 9 then 'EUR' else 'USD' end, 'final', at::date, at
     from (select i, ($2::uuid[])[1 + i % 5] as job, date_trunc('hour', now()) - i * interval '16 hours' as at
           from generate_series(1, $3::integer) i) sample
     returning id`,
    [userId, jobs, rows],
  );
  const notifications = await idsOf(
    admin,
    `insert into lora_notifications (user_id, type, title, message, priority, created_at)
     select $1, 'job_completed', 'Title ' || i, 'Message ' || i, ('{low,medium,high,urgent}'::text[])[1 + i % 4],
       now() - (100 - i) * interval '1 minute'
     from generate_series(1, $2::integer) i returning id`,
    [userId, rows],
  );
  const datasets = await idsOf(
    admin,
    `insert into lora_datasets (user_id, name, status, rows_total, rows_training, rows_validation, tokens, tokenizer, format)
     select $1, 'dataset ' || i, 'ready', 100, 90, 10, 5000, 'llama3', 'text' from generate_series(1, 5) i returning id`,
    [userId],
  );
  const [waiting, failed] = await Promise.all(
    ['queued', 'failed'].map((status) => addRuns(admin, userId, datasets.at(-1) ?? '', status)),
  );
  const models = await idsOf(
    admin,
    `insert into lora_model_artifacts (user_id, job_id, job_ref, name, base_model, stored_from, metered_to)
     select $1, job, job, 'adapter', 'pipeline/tiny-byte-lm', now(), now() from unnest($2::uuid[]) job returning id`,
    [userId, jobs],
  );
  return {
    notifications: notifications.reverse(),
    jobs: jobs.reverse(),
    waiting: waiting ?? [],
    failed: failed ?? [],
    charges,
    datasets,
    models,
  };
}

/** Three jobs of our own in a state, with an attempt, two points and two lines each. */
async function addRuns(admin: pg.Pool, userId: string, dataset: string, status: string): Promise<string[]> {
  return idsOf(
    admin,
    `with made as (
       insert into lora_training_jobs (user_id, dataset_id, name, status, base_model, preset, hyperparameters, trainer,
         executor, gpu_type, gpu_count, price_id, total_steps, ended_at)
       select $1, $2, $3 || ' ' || i, $3, 'pipeline/tiny-byte-lm', 'balanced', '{"r": 4}', 'tiny', 'local', 'cpu', 1, p.id, 50,
         case $3 when 'failed' then now() end
       from generate_series(1, 3) i, lora_prices p
       where p.provider = 'local' and p.sku = 'this-machine' and p.valid_to is null
       returning id, user_id),
     points as (
       insert into lora_metrics_points (user_id, job_id, step, metrics)
       select user_id, id, step, '{"loss": 2.5}' from made, generate_series(1, 2) step),
     lines as (
       insert into lora_job_log_lines (job_id, user_id, attempt, line_no, stream, logged_at, line)
       select id, user_id, 1, n, 'stdout', now(), 'line ' || n from made, generate_series(1, 2) n)
     select id from made`,
    [userId, dataset, status],
  );
}
