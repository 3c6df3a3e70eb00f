import { type CompiledQuery, sql } from 'kysely';
import { builder } from '@/db/builder';
import type { JobsQuery } from '@/domain/training/schema';
import type { UserId } from '@/lib/ids';
import type { TrainingJob } from '@/lib/types/lora-training';

/** A place in the list: jobs are listed newest first, and by id where they were made at the same instant. */
export interface JobPosition {
  readonly createdAt: string;
  readonly id: string;
}

const FIRST: JobPosition = { createdAt: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

/** The caller's jobs after a position, times as exact texts. */
export function jobStatement(
  userId: UserId,
  input: Pick<JobsQuery, 'status' | 'origin'>,
  page: { after: JobPosition | null; limit: number },
): CompiledQuery<TrainingJob> {
  const after = page.after ?? FIRST;
  return sql<TrainingJob>`
    select j.id, j.name, j.status, j.origin, j.external_ref, j.dataset_id, j.tags,
      to_json(j.created_at) #>> '{}' as created_at, to_json(j.started_at) #>> '{}' as started_at,
      to_json(j.ended_at) #>> '{}' as ended_at
    from lora_training_jobs j
    where j.user_id = ${userId}::uuid and j.archived_at is null
      and (${input.status ?? null}::text is null or j.status = ${input.status ?? null})
      and (${input.origin} = 'any' or j.origin = ${input.origin})
      and (j.created_at, j.id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)
    order by j.created_at desc, j.id desc
    limit ${page.limit}::int`.compile(builder);
}
