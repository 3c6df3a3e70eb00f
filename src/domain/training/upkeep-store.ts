import { type CompiledQuery, sql, type Transaction } from 'kysely';
import { builder } from '@/db/builder';
import type { DB } from '@/db/types';

/** A job whose run is at work and made no step since some instant. */
export interface StandstillRow {
  readonly job_id: string;
  readonly user_id: string;
  readonly name: string;
  readonly phase: string | null;
  readonly step: number;
  readonly attempt: number;
  readonly progress_at: Date;
  readonly price: unknown;
  readonly units: string;
}

export function standstillStatement(before: Date, limit: number): CompiledQuery<StandstillRow> {
  return sql<StandstillRow>`
    select j.id as job_id, j.user_id, j.name, j.phase, j.step, a.number as attempt, j.progress_at, a.price,
      trim_scale(a.units)::text as units
    from lora_job_attempts a
    join lora_training_jobs j on j.id = a.job_id
    where a.ended_at is null and j.status = 'running' and j.progress_at < ${before}::timestamptz
      and not exists (
        select from lora_notifications n
        where n.user_id = j.user_id and n.dedupe_key = concat('job:', j.id, ':stuck:', a.number, ':', j.step))
    order by j.progress_at, j.id
    limit ${limit}::int`.compile(builder);
}

/** Jobs that ended before an instant and whose curves are as they were logged. */
export function unthinnedStatement(before: Date, limit: number): CompiledQuery<{ id: string }> {
  return sql<{ id: string }>`
    select id from lora_training_jobs
    where thinned_at is null and ended_at < ${before}::timestamptz and origin = 'pipeline'
    order by ended_at, id
    limit ${limit}::int`.compile(builder);
}

/** How many points of evaluations are all kept. */
const MOST_EVALUATIONS = 500;

/**
 * Thins the points of a job: of each stretch of `share` the one with the highest loss stays, and the first and the last,
 * the highest and the lowest loss, and evaluations, where they are not too many. Gives how many went.
 */
export async function thinPointsOf(
  tx: Transaction<DB>,
  jobId: string,
  { least, most, share }: { least: number; most: number; share: number },
): Promise<number> {
  await sql`select from lora_training_jobs where id = ${jobId}::uuid for no key update`.execute(tx);
  const { numAffectedRows } = await sql`
    with numbered as (
      select m.id, (m.metrics ->> 'loss')::float8 as loss, (m.metrics ->> 'validation_loss')::float8 as evaluated,
        row_number() over (order by m.attempt, m.step) - 1 as place, count(*) over () as n,
        count(m.metrics ->> 'validation_loss') over () as evaluations
      from lora_metrics_points m where m.job_id = ${jobId}::uuid),
    ranked as (
      select id, place, n, evaluated is not null and evaluations <= ${MOST_EVALUATIONS}::int as is_evaluation,
        row_number() over (partition by place / greatest(${share}::int, ceil(n / ${most}::float8)::int)
          order by loss desc nulls last, place) as within,
        row_number() over (order by loss desc nulls last, place) as from_top,
        row_number() over (order by loss nulls last, place) as from_bottom,
        row_number() over (order by evaluated nulls last, place) as from_best
      from numbered)
    delete from lora_metrics_points m using ranked r
    where m.id = r.id and r.n > ${least}::int and r.within > 1 and r.place > 0 and r.place < r.n - 1
      and r.from_top > 1 and r.from_bottom > 1 and r.from_best > 1 and not r.is_evaluation`.execute(tx);
  const gone = Number(numAffectedRows ?? 0);
  if (gone > 0) {
    await sql`
      update lora_metrics_points m set grain = m.grain * round((k.kept + ${gone}::int) / k.kept::float8)::int
      from (select count(*) as kept from lora_metrics_points where job_id = ${jobId}::uuid) k
      where m.job_id = ${jobId}::uuid`.execute(tx);
  }
  await sql`update lora_training_jobs set thinned_at = now() where id = ${jobId}::uuid`.execute(tx);
  return gone;
}

/** Jobs that may have logged a lot lately: those at work, and those that ended since an instant. */
export function talkingStatement(since: Date): CompiledQuery<{ id: string }> {
  return sql<{ id: string }>`
    select a.job_id as id from lora_job_attempts a where a.ended_at is null
    union
    select j.id from lora_training_jobs j
    where j.thinned_at is null and j.ended_at >= ${since}::timestamptz and j.origin = 'pipeline'
    order by 1`.compile(builder);
}

/** Deletes all but the newest lines of a job; gives how many went. */
export function trimLinesStatement(jobId: string, most: number): CompiledQuery<{ gone: number }> {
  return sql<{ gone: number }>`
    with oldest as (
      select l.attempt, l.line_no from lora_job_log_lines l where l.job_id = ${jobId}::uuid
      order by l.attempt desc, l.line_no desc offset ${most}::int limit 1),
    gone as (
      delete from lora_job_log_lines l using oldest o
      where l.job_id = ${jobId}::uuid and (l.attempt, l.line_no) <= (o.attempt, o.line_no)
      returning 1)
    select count(*)::int as gone from gone`.compile(builder);
}
