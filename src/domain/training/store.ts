import { type CompiledQuery, type RawBuilder, sql } from 'kysely';
import { builder } from '@/db/builder';
import type { JobsQuery } from '@/domain/training/job-requests';
import type { UserId } from '@/lib/ids';
import type { TrainingJob } from '@/lib/types/lora-training';

/** A place in the list: jobs are listed newest first, and by id where they were made at the same instant. */
export interface JobPosition {
  readonly createdAt: string;
  readonly id: string;
}

/** A job as the database gives it: exact money as text, times as exact texts. */
export type JobRow = Omit<TrainingJob, 'cost' | 'estimated_cost'>;

const FIRST: JobPosition = { createdAt: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

/** An instant as the API shows it. */
export const instantText = (column: RawBuilder<unknown>): RawBuilder<string> =>
  sql<string>`to_json(${column}) #>> '{}'`;

/** The columns of `JobRow`, from a job `j` and its estimate `e` (or none). */
const JOB_COLUMNS = sql`
  j.id, j.name, j.status, j.origin, j.external_ref, j.dataset_id, j.base_model, j.trainer, j.executor, j.gpu_type,
  j.gpu_count, j.tags, j.phase, j.step, j.total_steps,
  case when j.origin = 'pipeline' then j.current_cost::text end as cost_exact, j.currency,
  e.cost_middle::text as estimated_cost_exact, j.retry_of, j.failure_cause,
  ${instantText(sql`j.created_at`)} as created_at, ${instantText(sql`j.started_at`)} as started_at,
  ${instantText(sql`j.ended_at`)} as ended_at, ${instantText(sql`j.updated_at`)} as updated_at`;

/** One of an account's jobs, or none. */
export const oneJobStatement = (userId: UserId, id: string): CompiledQuery<JobRow> =>
  sql<JobRow>`
    select ${JOB_COLUMNS}
    from lora_training_jobs j
    left join lora_estimates e on e.job_id = j.id and e.user_id = j.user_id
    where j.id = ${id}::uuid and j.user_id = ${userId}::uuid`.compile(builder);

type Filters = Pick<JobsQuery, 'status' | 'origin' | 'dataset_id' | 'base_model' | 'tag'>;

/** The caller's jobs after a position. */
export function jobStatement(
  userId: UserId,
  { status, origin, dataset_id: dataset, base_model: model, tag }: Filters,
  page: { after: JobPosition | null; limit: number },
): CompiledQuery<JobRow> {
  const after = page.after ?? FIRST;
  return sql<JobRow>`
    select ${JOB_COLUMNS}
    from lora_training_jobs j
    left join lora_estimates e on e.job_id = j.id and e.user_id = j.user_id
    where j.user_id = ${userId}::uuid and j.archived_at is null
      and (${status ?? null}::text[] is null or j.status = any (${status ?? null}::text[]))
      and (${origin} = 'any' or j.origin = ${origin})
      and (${dataset ?? null}::uuid is null or j.dataset_id = ${dataset ?? null}::uuid)
      and (${model ?? null}::text is null or j.base_model = ${model ?? null}::text)
      and (${tag?.name ?? null}::text is null or j.tags ->> ${tag?.name ?? null}::text = ${tag?.value ?? null}::text)
      and (j.created_at, j.id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)
    order by j.created_at desc, j.id desc
    limit ${page.limit}::int`.compile(builder);
}
