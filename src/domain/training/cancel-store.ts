import { sql, type Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { UserId } from '@/lib/ids';
import type { JobStatus } from '@/lib/types/lora-training';

/** A job as cancelling needs it. */
export interface LockedJob {
  readonly id: string;
  readonly name: string;
  readonly status: JobStatus;
  readonly cancel_requested_at: Date | null;
}

/** Locks a job of an account: no worker claims or ends it meanwhile. */
export async function lockJob(tx: Transaction<DB>, userId: UserId, id: string): Promise<LockedJob | undefined> {
  const { rows } = await sql<LockedJob>`
    select j.id, j.name, j.status, j.cancel_requested_at from lora_training_jobs j
    where j.id = ${id}::uuid and j.user_id = ${userId}::uuid
    for no key update`.execute(tx);
  return rows[0];
}

/** What the runs of a job have come to; none of them is on. */
export interface SpentRow {
  readonly cost: string;
  readonly currency: string;
  /** Null where none has started. */
  readonly ms: number | null;
  readonly loss: number | null;
  readonly estimate: string | null;
}

/** What a job has cost that waits: one that was taken away from a dead worker has run before. */
export async function findSpent(tx: Transaction<DB>, userId: UserId, id: string): Promise<SpentRow> {
  const { rows } = await sql<SpentRow>`
    select j.current_cost::text as cost, j.currency, (j.latest_metrics ->> 'loss')::float8 as loss,
      (select round(extract(epoch from sum(a.ended_at - a.started_at)) * 1000)::float8 from lora_job_attempts a
       where a.job_id = j.id and a.started_at is not null) as ms,
      (select e.cost_middle::text from lora_estimates e where e.job_id = j.id) as estimate
    from lora_training_jobs j
    where j.id = ${id}::uuid and j.user_id = ${userId}::uuid`.execute(tx);
  const [spent] = rows;
  if (spent === undefined) throw new Error('a job that is locked is there');
  return spent;
}

/** Ends a job that waited. */
export async function endWaitingJob(tx: Transaction<DB>, userId: UserId, id: string, at: Date): Promise<void> {
  await sql`
    update lora_training_jobs
    set status = 'cancelled', ended_at = ${at}, cancel_requested_at = ${at}, updated_at = ${at}
    where id = ${id}::uuid and user_id = ${userId}::uuid and status = 'queued'`.execute(tx);
}

/** Asks whoever runs a job to stop it. */
export async function requestCancel(tx: Transaction<DB>, userId: UserId, id: string, at: Date): Promise<void> {
  await sql`
    update lora_training_jobs set cancel_requested_at = ${at}, updated_at = ${at}
    where id = ${id}::uuid and user_id = ${userId}::uuid and cancel_requested_at is null
      and status in ('initializing', 'running')`.execute(tx);
}
