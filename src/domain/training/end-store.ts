import { sql, type Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { Phase } from '@/domain/ledger/charge';
import { COMPUTE } from '@/domain/training/attempt-charges';
import { instantMs } from '@/domain/training/claim-store';
import type { AttemptEnd } from '@/domain/training/failure-causes';
import type { LockedAttempt } from '@/domain/training/progress-store';
import type { Segment } from '@/domain/training/segments';

/** A charge of an attempt that may still change. */
export interface OpenCharge {
  readonly phase: Phase | null;
  readonly recorded_at: Date;
  readonly currency: string;
  readonly details: Record<string, string | number | null> | null;
}

/** What the database knows of a locked attempt and of the others of its job. */
export interface StoredAttempt {
  readonly claimed_at: number;
  readonly started_at: number | null;
  readonly checkpoint_step: number | null;
  readonly checkpoint_at: number | null;
  /** Attempts of the job before this one whose run started. */
  readonly started_before: number;
  readonly step: number;
  readonly loss: number | null;
  readonly currency: string;
  readonly estimate: string | null;
  readonly segments: readonly Segment[];
  readonly open_charges: readonly OpenCharge[];
}

type StoredRow = Omit<StoredAttempt, 'open_charges'> & {
  open_charges: (Omit<OpenCharge, 'recorded_at'> & { at: number })[];
};

/** Reads it in one statement; lists come as JSON, and their instants as ms. */
export async function findStored(
  tx: Transaction<DB>,
  { id, jobId }: LockedAttempt,
  source: string,
): Promise<StoredAttempt> {
  const { rows } = await sql<StoredRow>`
    select ${instantMs(sql`a.claimed_at`)} as claimed_at, ${instantMs(sql`a.started_at`)} as started_at,
      a.checkpoint_step, ${instantMs(sql`a.checkpoint_at`)} as checkpoint_at,
      (select count(*)::int from lora_job_attempts b
       where b.job_id = a.job_id and b.id <> a.id and b.started_at is not null) as started_before,
      j.step, (j.latest_metrics ->> 'loss')::float8 as loss, j.currency, e.cost_middle as estimate,
      coalesce((
        select jsonb_agg(jsonb_build_object('number', s.number, 'phase', s.phase,
          'startedAt', ${instantMs(sql`s.started_at`)}, 'endedAt', ${instantMs(sql`s.ended_at`)},
          'firstStep', s.first_step, 'lastStep', s.last_step) order by s.number)
        from lora_job_segments s where s.attempt_id = a.id), '[]') as segments,
      coalesce((
        select jsonb_agg(jsonb_build_object('phase', r.phase, 'at', ${instantMs(sql`r.recorded_at`)},
          'currency', r.currency, 'details', r.details))
        from lora_cost_records r
        where r.source = ${source} and r.corrects is null and r.cost_type = ${COMPUTE} and r.state = 'open'), '[]')
        as open_charges
    from lora_job_attempts a
    join lora_training_jobs j on j.id = a.job_id
    left join lora_estimates e on e.job_id = j.id
    where a.id = ${id}::uuid and j.id = ${jobId}::uuid`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('a locked attempt is there');
  return { ...row, open_charges: row.open_charges.map(({ at, ...rest }) => ({ ...rest, recorded_at: new Date(at) })) };
}

/** How an attempt and its job are left. */
export interface Finish {
  readonly attempt: LockedAttempt;
  readonly endedAt: number;
  readonly end: AttemptEnd;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly job:
    | { readonly status: 'completed' | 'cancelled' | 'queued' }
    | { readonly status: 'failed'; readonly cause: string; readonly message: string };
}

/** What all attempts of a job took together. */
export interface Totals {
  readonly cost: string;
  readonly ms: number;
  readonly training_ms: number;
  readonly tokens: string;
}

/** Writes the end of an attempt and what becomes of its job; gives what the job took in all. */
export async function finishAttempt(tx: Transaction<DB>, finish: Finish): Promise<Totals> {
  const { attempt, job } = finish;
  const endedAt = new Date(finish.endedAt).toISOString();
  const isOver = job.status !== 'queued';
  await sql`
    with attempt as (
      update lora_job_attempts
      set ended_at = ${endedAt}::timestamptz, outcome = ${finish.end.outcome}, cause = ${finish.end.cause},
        exit_code = ${finish.exitCode}::int, exit_signal = ${finish.signal?.slice(0, 20) ?? null}
      where id = ${attempt.id}::uuid)
    update lora_training_jobs
    set status = ${job.status}, phase = null, ended_at = ${isOver ? endedAt : null}::timestamptz,
      failure_cause = ${job.status === 'failed' ? job.cause : null},
      failure_message = ${job.status === 'failed' ? job.message : null}, updated_at = clock_timestamp()
    where id = ${attempt.jobId}::uuid`.execute(tx);
  const { rows } = await sql<Totals>`
    select j.current_cost as cost, j.tokens_done as tokens,
      coalesce((select sum(${instantMs(sql`a.ended_at`)} - ${instantMs(sql`a.started_at`)})
        from lora_job_attempts a where a.job_id = j.id), 0) as ms,
      coalesce((select sum(${instantMs(sql`s.ended_at`)} - ${instantMs(sql`s.started_at`)})
        from lora_job_attempts a join lora_job_segments s on s.attempt_id = a.id
        where a.job_id = j.id and s.phase = 'training'), 0) as training_ms
    from lora_training_jobs j where j.id = ${attempt.jobId}::uuid`.execute(tx);
  const [totals] = rows;
  if (totals === undefined) throw new Error('a locked job is there');
  return totals;
}

/** Adds a line of ours below what the run printed. */
export async function addSystemLine(
  tx: Transaction<DB>,
  { jobId, userId, number }: LockedAttempt,
  line: { at: number; text: string },
): Promise<void> {
  await sql`
    insert into lora_job_log_lines (job_id, user_id, attempt, line_no, stream, logged_at, line)
    select ${jobId}::uuid, ${userId}::uuid, ${number}::int,
      coalesce((select max(l.line_no) from lora_job_log_lines l
                where l.job_id = ${jobId}::uuid and l.attempt = ${number}::int), 0) + 1,
      'system', ${new Date(line.at).toISOString()}::timestamptz, ${line.text}`.execute(tx);
}
