import { type CompiledQuery, sql } from 'kysely';
import { builder } from '@/db/builder';
import type { UserId } from '@/lib/ids';

/** An estimate of a job that has ended. Amounts are exact text, times whole ms. */
export interface ComparedRow {
  readonly jobId: string;
  readonly job: string;
  readonly status: string;
  readonly userId: string;
  /** E-mail address, alias or id. */
  readonly user: string;
  readonly gpu: string;
  readonly basis: 'own_runs' | 'prior';
  readonly currency: string;
  readonly costLow: string;
  readonly costMiddle: string;
  readonly costHigh: string;
  readonly actualCost: string | null;
  readonly estimatedMs: number;
  readonly actualMs: number | null;
  readonly finishedAt: string;
}

/** The latest estimates of jobs that have ended, of one user or of all. */
export const comparedStatement = (userId: UserId | null, limit: number): CompiledQuery<ComparedRow> =>
  sql<ComparedRow>`
    select e.job_id as "jobId", j.name as job, j.status, e.user_id as "userId",
      coalesce(u.email, a.alias, e.user_id::text) as user, e.gpu_count || ' × ' || e.gpu_type as gpu,
      coalesce(e.basis ->> 'kind', 'prior') as basis, e.currency::text as currency, e.cost_low::text as "costLow",
      e.cost_middle::text as "costMiddle", e.cost_high::text as "costHigh", e.actual_cost::text as "actualCost",
      e.duration_middle_ms::float8 as "estimatedMs", e.actual_ms::float8 as "actualMs",
      to_json(e.finished_at) #>> '{}' as "finishedAt"
    from lora_estimates e
    join lora_training_jobs j on j.id = e.job_id
    join auth.users u on u.id = e.user_id
    left join lora_accounts a on a.user_id = e.user_id
    where e.finished_at is not null and (${userId}::uuid is null or e.user_id = ${userId}::uuid)
    order by e.finished_at desc, e.job_id
    limit ${limit}::int`.compile(builder);
