/** One of the two accounts of the matrix; every id is fixed, so that a statement can name a row before it exists. */
export interface Account {
  readonly name: string;
  readonly user: string;
  readonly liveSession: string;
  readonly overSession: string;
  readonly dataset: string;
  readonly job: string;
  readonly artifact: string;
  readonly openCharge: string;
  readonly finalCharge: string;
  readonly notification: string;
  readonly deletedNotification: string;
  readonly import: string;
  readonly attempt: string;
}

function account(name: string, digit: string): Account {
  const id = (number: number) => `${digit.repeat(8)}-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return {
    name,
    user: id(1),
    liveSession: id(2),
    overSession: id(3),
    dataset: id(4),
    job: id(5),
    artifact: id(6),
    openCharge: id(7),
    finalCharge: id(8),
    notification: id(9),
    deletedNotification: id(10),
    import: id(11),
    attempt: id(12),
  };
}

/** Whose rows are tried. */
export const ANNA = account('Anna', 'a');
/** Who tries as a stranger. */
export const BEN = account('Ben', 'b');
/** A session that was signed out: no row has this id. */
export const GONE = 'cccccccc-0000-4000-8000-000000000001';

/** A row in every table for one account, as the administrator writes them; triggers make the roll-ups and states. */
export function rowsOf(a: Account): string {
  const name = a.name.toLowerCase();
  return `
    insert into auth.users (id, email) values ('${a.user}', '${name}@example.test');
    insert into auth.sessions (id, user_id, not_after) values
      ('${a.liveSession}', '${a.user}', now() + interval '1 day'),
      ('${a.overSession}', '${a.user}', now() - interval '1 second');
    insert into auth.refresh_tokens (session_id, token_hash) values ('${a.liveSession}', sha256('${name}'));
    insert into auth.one_time_tokens (token_hash, purpose, user_id, expires_at)
      values (sha256('${name}'), 'recovery', '${a.user}', now() + interval '1 hour');
    insert into auth.signing_keys (kid, jwk, retired_at) values ('${name}', '{}', now());
    insert into auth.settings (name, value) values ('${name}', 'x');
    insert into auth.attempts (key, count, window_ends_at) values ('${name}', 1, now());
    insert into lora_accounts (user_id, alias) values ('${a.user}', '${name}');
    insert into lora_datasets (id, user_id, name) values ('${a.dataset}', '${a.user}', 'a dataset');
    insert into lora_training_jobs (id, user_id, dataset_id, name) values ('${a.job}', '${a.user}', '${a.dataset}', 'a job');
    insert into lora_metrics_points (user_id, job_id, step, metrics) values ('${a.user}', '${a.job}', 1, '{"loss": 1}');
    insert into lora_model_artifacts (id, user_id, job_id, name) values ('${a.artifact}', '${a.user}', '${a.job}', 'an adapter');
    insert into lora_prices (provider, sku, kind, gpu_type, gpu_count, purchase_option, unit, unit_price, version, valid_from, origin, observed_on)
      values ('${name}', 'x', 'gpu', 'cpu', 1, 'owned', 'hour', 1, 1, '2026-01-01Z', 'a list', '2026-01-01');
    insert into lora_job_attempts (id, job_id, user_id, number, executor, worker, host, lease_until, price, units)
      values ('${a.attempt}', '${a.job}', '${a.user}', 1, 'local', 'a worker', 'a host', now(), '{}', 1);
    insert into lora_job_segments (attempt_id, number, user_id, phase, started_at) values ('${a.attempt}', 1, '${a.user}', 'setup', now());
    insert into lora_job_log_lines (job_id, user_id, attempt, line_no, stream, logged_at, line)
      values ('${a.job}', '${a.user}', 1, 1, 'stdout', now(), 'a line');
    insert into lora_estimates (job_id, user_id, gpu_type, gpu_count, trainer, parameters, rank, max_length, tokens, steps, currency,
        cost_low, cost_middle, cost_high, duration_low_ms, duration_middle_ms, duration_high_ms, breakdown, basis)
      values ('${a.job}', '${a.user}', 'cpu', 1, 'tiny', 1, 8, 512, 1, 1, 'USD', 1, 1, 1, 1, 1, 1, '{}', '{}');
    insert into lora_download_links (token_hash, user_id, artifact_id, expires_at)
      values (sha256('link of ${name}'), '${a.user}', '${a.artifact}', now());
    insert into lora_idempotency_keys (user_id, key, request_hash, answer) values ('${a.user}', 'x', sha256('x'), '{}');
    insert into lora_cost_zone_offsets (user_id, off) values ('${a.user}', 4);
    insert into lora_cost_records (id, user_id, job_id, cost_type, amount, billing_period, recorded_at, state, source) values
      ('${a.openCharge}', '${a.user}', '${a.job}', 'compute', 1, '2026-01-01', '2026-01-01Z', 'open', 'attempt:${name}'),
      ('${a.finalCharge}', '${a.user}', '${a.job}', 'storage', 2, '2026-01-01', '2026-01-01Z', 'final', 'attempt:${name}');
    insert into lora_notifications (id, user_id, type, title, message, job_id) values
      ('${a.notification}', '${a.user}', 'job_started', 'Started', 'A job has started.', '${a.job}'),
      ('${a.deletedNotification}', '${a.user}', 'job_queued', 'Queued', 'A job is queued.', '${a.job}');
    delete from lora_notifications where id = '${a.deletedNotification}';
    insert into lora_imports (id, kind, source, status, file_name, holder)
      values ('${a.import}', 'charges', '${name}', 'staging', 'x.csv', '${a.import}');
    insert into lora_import_accounts (import_id, user_ref, user_id) values ('${a.import}', '${name}', '${a.user}');
    insert into lora_import_lines (import_id, line_no, external_id, user_ref, content_hash, content)
      values ('${a.import}', 2, 'x', '${name}', sha256('x'), '{}');
    insert into lora_import_items (source, external_id, user_id, content_hash, import_id)
      values ('${name}', 'x', '${a.user}', sha256('x'), '${a.import}');`;
}
