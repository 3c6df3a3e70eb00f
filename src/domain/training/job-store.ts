import { type CompiledQuery, sql } from 'kysely';
import { builder } from '@/db/builder';
import { instantText } from '@/domain/training/store';
import type { UserId } from '@/lib/ids';

/** What the page of a job shows besides what lists show: of the row itself, its dataset and its estimate. */
export interface JobExtras {
  readonly preset: string | null;
  readonly hyperparameters: unknown;
  readonly max_runtime_ms: string | null;
  readonly dataset_name: string | null;
  readonly epoch: string | null;
  readonly tokens_done: string;
  readonly latest_metrics: unknown;
  readonly progress_at: string | null;
  readonly failure_message: string | null;
  readonly cancel_requested_at: string | null;
  readonly artifact_id: string | null;
  readonly estimate: unknown;
}

/** An attempt as its owner sees it. */
export interface AttemptRow {
  readonly id: string;
  readonly number: number;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly metered_to: string | null;
  /** When its setup was over; null while it lasts. */
  readonly training_from: string | null;
  readonly outcome: 'completed' | 'failed' | 'cancelled' | 'lost' | null;
  readonly cause: string | null;
  readonly exit_code: number | null;
  readonly exit_signal: string | null;
  readonly resumed_from_step: number | null;
  readonly cost_exact: string;
  readonly cost_by_phase: unknown;
  readonly price: unknown;
  readonly units: string;
}

const MOST_ATTEMPTS_SHOWN = 100;

/** One row, or none. */
export const extrasStatement = (userId: UserId, id: string): CompiledQuery<JobExtras> =>
  sql<JobExtras>`
    select j.preset, j.hyperparameters, j.max_runtime_ms, d.name as dataset_name, j.epoch,
      j.tokens_done, j.latest_metrics, ${instantText(sql`j.progress_at`)} as progress_at, j.failure_message,
      ${instantText(sql`j.cancel_requested_at`)} as cancel_requested_at,
      (select a.id from lora_model_artifacts a
       where a.job_ref = j.id and a.user_id = j.user_id and a.status = 'ready') as artifact_id,
      case when e.job_id is not null then jsonb_build_object(
        'cost', jsonb_build_array(e.cost_low::text, e.cost_middle::text, e.cost_high::text),
        'duration_ms', jsonb_build_object('low', e.duration_low_ms, 'middle', e.duration_middle_ms,
          'high', e.duration_high_ms),
        'steps', e.steps, 'tokens', e.tokens, 'breakdown', e.breakdown, 'basis', e.basis) end as estimate
    from lora_training_jobs j
    left join lora_estimates e on e.job_id = j.id and e.user_id = j.user_id
    left join lora_datasets d on d.id = j.dataset_id and d.user_id = j.user_id
    where j.id = ${id}::uuid and j.user_id = ${userId}::uuid`.compile(builder);

/** The latest attempts of a job, ascending. */
export const attemptsStatement = (userId: UserId, jobId: string): CompiledQuery<AttemptRow> =>
  sql<AttemptRow>`
    select * from (
      select a.id, a.number, ${instantText(sql`a.started_at`)} as started_at, ${instantText(sql`a.ended_at`)} as ended_at,
        ${instantText(sql`a.metered_to`)} as metered_to, ${instantText(sql`s.ended_at`)} as training_from,
        a.outcome, a.cause, a.exit_code, a.exit_signal, a.resumed_from_step, a.cost::text as cost_exact,
        a.cost_by_phase, a.price, a.units::text as units
      from lora_job_attempts a
      left join lora_job_segments s on s.attempt_id = a.id and s.number = 1 and s.phase = 'setup'
      where a.job_id = ${jobId}::uuid and a.user_id = ${userId}::uuid
      order by a.number desc
      limit ${MOST_ATTEMPTS_SHOWN}::int) latest
    order by number`.compile(builder);

/**
 * What the ledger says that an imported job cost, by currency: one look-up in the roll-up for each day since it began,
 * however many charges it has. Corrections are later than the job itself, so the days reach until now.
 */
export const importedCostStatement = (
  userId: UserId,
  jobId: string,
  until: Date,
): CompiledQuery<{ currency: string; cost_exact: string }> =>
  sql<{ currency: string; cost_exact: string }>`
    select r.currency, sum(r.amount)::numeric(30, 10)::text as cost_exact
    from lora_training_jobs j
    cross join lateral generate_series(
      (coalesce(j.started_at, j.created_at) at time zone 'UTC')::date,
      greatest((${until}::timestamptz at time zone 'UTC')::date, (j.ended_at at time zone 'UTC')::date),
      interval '1 day') as calendar (midnight)
    cross join lateral (
      select c.currency, c.amount from lora_cost_job_days c
      where c.user_id = j.user_id and c.day = calendar.midnight::date and c.job_ref = j.id offset 0) r
    where j.id = ${jobId}::uuid and j.user_id = ${userId}::uuid and j.origin = 'import'
    group by r.currency
    order by sum(r.amount) desc, r.currency`.compile(builder);
