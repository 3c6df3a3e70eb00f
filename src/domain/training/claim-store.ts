import { type CompiledQuery, type RawBuilder, sql, type Transaction } from 'kysely';
import { builder } from '@/db/builder';
import type { DB } from '@/db/types';
import type { HeldAttempt } from '@/domain/training/attempt';
import { asUserId } from '@/lib/ids';

/** A length of time of the database, from milliseconds. */
export const milliseconds = (ms: number): RawBuilder<unknown> => sql`(${ms}::bigint * interval '1 millisecond')`;

/** An instant of the database as whole ms since 1970, null where there is none. */
export const instantMs = (column: RawBuilder<unknown>): RawBuilder<number | null> =>
  sql<number | null>`round(extract(epoch from ${column}) * 1000)::float8`;

/** One claim of an account at a time, so that its running jobs are counted without a gap; false where no job waits. */
export async function lockClaims(tx: Transaction<DB>, jobId: string): Promise<boolean> {
  const { rows } = await sql`
    select pg_advisory_xact_lock(hashtextextended('claim ' || waiting.user_id::text, 0))
    from (select j.user_id from lora_training_jobs j
          where j.id = ${jobId}::uuid and j.status = 'queued' offset 0) waiting`.execute(tx);
  return rows.length > 0;
}

/** A job that waits, as a claim needs it. */
export interface WaitingJob {
  readonly price_id: string | null;
  readonly running: number;
  readonly attempts: number;
}

/** Locks a job that waits; undefined where it does not (any more), or another claim holds it. */
export async function lockWaitingJob(
  tx: Transaction<DB>,
  jobId: string,
  executors: readonly string[],
): Promise<WaitingJob | undefined> {
  const { rows } = await sql<WaitingJob>`
    select j.price_id,
      (select count(*)::int from lora_job_attempts a where a.user_id = j.user_id and a.ended_at is null) as running,
      (select coalesce(max(a.number), 0) from lora_job_attempts a where a.job_id = j.id) as attempts
    from lora_training_jobs j
    where j.id = ${jobId}::uuid and j.status = 'queued' and j.origin = 'pipeline' and j.cancel_requested_at is null
      and j.executor = any (${executors}::text[])
    for no key update of j skip locked`.execute(tx);
  return rows[0];
}

export interface NewAttempt {
  readonly jobId: string;
  readonly worker: string;
  readonly host: string;
  readonly leaseMs: number;
  readonly number: number;
}

/**
 * Makes the attempt, with the price fixed that holds at this moment for what the job rents, and sets the job to work.
 * Gives the attempt's id.
 */
export async function insertAttempt(tx: Transaction<DB>, attempt: NewAttempt): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    with price as (
      select p.*
      from lora_training_jobs j
      join lora_prices asked on asked.id = j.price_id
      join lora_prices p on (p.provider, p.sku, p.region, p.purchase_option)
        = (asked.provider, asked.sku, asked.region, asked.purchase_option)
      where j.id = ${attempt.jobId}::uuid
        and (p.id = asked.id or (p.valid_from <= now() and coalesce(p.valid_to, 'infinity') > now()))
      order by (p.valid_from <= now() and coalesce(p.valid_to, 'infinity') > now()) desc, p.version desc
      limit 1),
    made as (
      insert into lora_job_attempts
        (job_id, user_id, number, executor, worker, host, lease_until, price, units, claimed_at, resumed_from_step)
      select j.id, j.user_id, ${attempt.number}::int, j.executor, ${attempt.worker}, ${attempt.host},
        clock_timestamp() + ${milliseconds(attempt.leaseMs)},
        jsonb_build_object('id', p.id, 'provider', p.provider, 'sku', p.sku, 'kind', p.kind, 'gpuType', p.gpu_type,
          'gpuCount', p.gpu_count, 'region', p.region, 'purchaseOption', p.purchase_option, 'version', p.version,
          'billedPhases', p.billed_phases,
          'price', jsonb_build_object(
            'version', concat_ws('/', p.provider, p.sku, p.region, p.purchase_option, p.version),
            'currency', p.currency, 'unitPrice', trim_scale(p.unit_price)::text, 'unit', p.unit,
            'incrementMs', p.increment_ms, 'minimumMs', p.minimum_ms)),
        coalesce(j.gpu_count, 1)::numeric / coalesce(p.gpu_count, 1), clock_timestamp(),
        (select a.checkpoint_step from lora_job_attempts a
         where a.job_id = j.id and a.host = ${attempt.host} and a.checkpoint_step is not null and a.cleared_at is null
         order by a.number desc limit 1)
      from lora_training_jobs j, price p
      where j.id = ${attempt.jobId}::uuid
      returning id)
    update lora_training_jobs j
    set status = 'initializing', price_id = p.id, phase = null, updated_at = clock_timestamp()
    from made, price p
    where j.id = ${attempt.jobId}::uuid
    returning made.id`.execute(tx);
  const [made] = rows;
  if (made === undefined) throw new Error('a job without a price cannot be run');
  return made.id;
}

interface HeldRow {
  readonly id: string;
  readonly job_id: string;
  readonly user_id: string;
  readonly number: number;
  readonly fence: string;
  readonly executor: string;
  readonly trainer: string | null;
  readonly base_model: string | null;
  readonly hyperparameters: HeldAttempt['hyperparameters'] | null;
  readonly gpu_count: number | null;
  readonly file_key: string | null;
  readonly format: string | null;
  readonly validation_share: string | null;
  readonly total_steps: number | null;
  readonly max_runtime_ms: string | null;
  readonly resume_from: string | null;
  readonly metered_to: number | null;
}

/** Everything about attempts that a worker needs to run them or to go on with them. */
export function heldStatement(attemptIds: readonly string[]): CompiledQuery<HeldRow> {
  return sql<HeldRow>`
    select a.id, a.job_id, a.user_id, a.number, a.fence, a.executor, j.trainer, j.base_model, j.hyperparameters,
      j.gpu_count, d.file_key, d.format, d.validation_share, j.total_steps, j.max_runtime_ms,
      ${instantMs(sql`a.metered_to`)} as metered_to,
      (select e.id from lora_job_attempts e
       where e.job_id = a.job_id and e.number < a.number and e.host = a.host and a.resumed_from_step is not null
         and e.checkpoint_step = a.resumed_from_step
       order by e.number desc limit 1) as resume_from
    from lora_job_attempts a
    join lora_training_jobs j on j.id = a.job_id
    left join lora_datasets d on d.id = j.dataset_id and d.user_id = j.user_id
    where a.id = any (${attemptIds}::uuid[])
    order by a.id`.compile(builder);
}

export const heldOf = (row: HeldRow): HeldAttempt => ({
  attemptId: row.id,
  jobId: row.job_id,
  userId: asUserId(row.user_id),
  number: row.number,
  fence: Number(row.fence),
  executor: row.executor,
  trainer: row.trainer ?? '',
  baseModel: row.base_model ?? '',
  hyperparameters: row.hyperparameters ?? {},
  gpuCount: row.gpu_count ?? 1,
  dataset:
    row.file_key === null
      ? null
      : { fileKey: row.file_key, format: row.format ?? '', validationShare: Number(row.validation_share) },
  totalSteps: row.total_steps ?? 0,
  maxRuntimeMs: row.max_runtime_ms === null ? null : Number(row.max_runtime_ms),
  resumeFrom: row.resume_from,
  meteredTo: row.metered_to,
});

/** Jobs that wait and that a worker may claim, oldest first; those of accounts at their limit are left out. */
export function waitingStatement(
  executors: readonly string[],
  mostRunning: number,
  limit: number,
): CompiledQuery<{ id: string }> {
  return sql<{ id: string }>`
    select j.id
    from lora_training_jobs j
    where j.status = 'queued' and j.origin = 'pipeline' and j.cancel_requested_at is null
      and j.executor = any (${executors}::text[])
      and (select count(*) from lora_job_attempts a where a.user_id = j.user_id and a.ended_at is null)
        < ${mostRunning}::int
    order by j.created_at, j.id
    limit ${limit}::int`.compile(builder);
}
