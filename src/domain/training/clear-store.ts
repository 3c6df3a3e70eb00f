import { type CompiledQuery, sql } from 'kysely';
import { builder } from '@/db/builder';

/** What may be done with the files of a run. */
export interface RunState {
  readonly attempt_id: string;
  readonly job_id: string | null;
  /** The attempt is not known: its account is gone, or it is another installation's. */
  readonly is_unknown: boolean;
  /** Nothing goes on from it any more. */
  readonly is_over: boolean;
  /** It made what its job was for. */
  readonly is_completed: boolean;
}

export function runStateStatement(attemptIds: readonly string[]): CompiledQuery<RunState> {
  return sql<RunState>`
    select given.id as attempt_id, a.job_id, a.id is null as is_unknown,
      coalesce(a.ended_at is not null and j.status in ('completed', 'failed', 'cancelled'), false) as is_over,
      coalesce(a.outcome = 'completed' and j.status = 'completed', false) as is_completed
    from unnest(${attemptIds}::uuid[]) given (id)
    left join lora_job_attempts a on a.id = given.id
    left join lora_training_jobs j on j.id = a.job_id
    order by a.ended_at, given.id`.compile(builder);
}

export function clearedStatement(attemptIds: readonly string[], at: Date): CompiledQuery<unknown> {
  return sql`
    update lora_job_attempts set cleared_at = ${at}::timestamptz
    where id = any (${attemptIds}::uuid[]) and ended_at is not null and cleared_at is null`.compile(builder);
}
