import { type CompiledQuery, sql, type Transaction } from 'kysely';
import { builder } from '@/db/builder';
import type { DB } from '@/db/types';
import type { Estimate } from '@/domain/estimates/schema';
import type { UserId } from '@/lib/ids';

/** A dataset as an estimate needs it. */
export interface DatasetRow {
  readonly name: string;
  readonly status: 'uploading' | 'validating' | 'ready' | 'invalid';
  readonly rowsTraining: number | null;
  readonly rowsValidation: number | null;
  readonly tokens: number | null;
  readonly longest: number | null;
}

export const datasetStatement = (userId: UserId, id: string): CompiledQuery<DatasetRow> =>
  sql<DatasetRow>`
    select d.name, d.status, d.rows_training as "rowsTraining", d.rows_validation as "rowsValidation",
      d.tokens::float8 as tokens,
      case when jsonb_typeof(d.report -> 'longest') = 'number' then (d.report ->> 'longest')::float8 end as longest
    from lora_datasets d
    where d.id = ${id}::uuid and d.user_id = ${userId}::uuid`.compile(builder);

/** A finished run as the database has it. */
export interface RunRow {
  readonly parameters: number;
  readonly rank: number;
  readonly maxLength: number;
  readonly gpuCount: number;
  readonly tokens: number;
  readonly trainingMs: number;
  readonly totalMs: number;
  readonly priorOtherMs: number;
}

/** The account's runs of a trainer on a kind of GPU that have completed, the newest first. */
export const finishedRunsStatement = (
  userId: UserId,
  { gpuType, trainer }: { gpuType: string; trainer: string },
  limit: number,
): CompiledQuery<RunRow> =>
  sql<RunRow>`
    select e.parameters::float8 as parameters, e.rank, e.max_length as "maxLength", e.gpu_count as "gpuCount",
      e.tokens::float8 as tokens, e.actual_training_ms::float8 as "trainingMs", e.actual_ms::float8 as "totalMs",
      (e.basis ->> 'prior_other_ms')::float8 as "priorOtherMs"
    from lora_estimates e
    join lora_training_jobs j on j.id = e.job_id and j.user_id = e.user_id and j.status = 'completed'
    where e.user_id = ${userId}::uuid and e.finished_at is not null and e.gpu_type = ${gpuType}
      and e.trainer = ${trainer} and e.actual_training_ms > 0 and e.actual_ms > 0 and e.tokens > 0
      and jsonb_typeof(e.basis -> 'prior_other_ms') = 'number'
    order by e.finished_at desc, e.job_id
    limit ${limit}::int`.compile(builder);

/** Writes an estimate beside its job and gives the job's tags; undefined where the user has no such job. */
export async function insertEstimate(
  tx: Transaction<DB>,
  { jobId, userId, estimate }: { jobId: string; userId: UserId; estimate: Estimate },
): Promise<Record<string, string> | undefined> {
  const { cost, duration_ms: duration, run } = estimate;
  const { rows } = await sql<{ tags: Record<string, string> }>`
    with made as (
      insert into lora_estimates (job_id, user_id, gpu_type, gpu_count, trainer, parameters, rank, max_length, tokens,
        steps, currency, cost_low, cost_middle, cost_high, duration_low_ms, duration_middle_ms, duration_high_ms,
        breakdown, basis, created_at)
      select j.id, j.user_id, ${run.gpu_type}, ${run.gpu_count}::int, ${run.trainer}, ${run.parameters}::bigint,
        ${run.rank}::int, ${run.max_length}::int, ${estimate.tokens}::bigint, ${estimate.steps}::int,
        ${estimate.currency}, ${cost.low.amount_exact}::numeric, ${cost.middle.amount_exact}::numeric,
        ${cost.high.amount_exact}::numeric, ${duration.low}::bigint, ${duration.middle}::bigint,
        ${duration.high}::bigint, ${JSON.stringify(estimate.breakdown)}::jsonb, ${JSON.stringify(estimate.basis)}::jsonb,
        ${estimate.estimated_at}::timestamptz
      from lora_training_jobs j
      where j.id = ${jobId}::uuid and j.user_id = ${userId}::uuid
      returning job_id)
    select j.tags from made join lora_training_jobs j on j.id = made.job_id`.execute(tx);
  return rows[0]?.tags;
}

/** What a run came to, once; a job without an estimate has nowhere to keep it. */
export async function updateActual(
  tx: Transaction<DB>,
  jobId: string,
  actual: { cost: string; ms: number; trainingMs: number; tokens: number },
): Promise<void> {
  await sql`
    update lora_estimates e
    set finished_at = coalesce(j.ended_at, now()), actual_cost = ${actual.cost}::numeric,
      actual_ms = ${actual.ms}::bigint, actual_training_ms = ${actual.trainingMs}::bigint,
      actual_tokens = ${actual.tokens}::bigint
    from lora_training_jobs j
    where e.job_id = ${jobId}::uuid and j.id = e.job_id and e.finished_at is null`.execute(tx);
}
