import { type CompiledQuery, sql } from 'kysely';
import { builder } from '@/db/builder';
import { at, currencyOf } from '@/domain/ledger/cost-statements';
import type { LocalPeriod } from '@/lib/calendar';
import type { UserId } from '@/lib/ids';

/** The sum of one job. */
export interface JobSumRow {
  job_ref: string;
  name: string | null;
  amount: string;
}

/** A range as the roll-ups know it. */
export interface JobRange {
  readonly start: number;
  readonly end: number;
  /** Whole UTC days inside, `to` excluded. */
  readonly days: { readonly from: string; readonly to: string } | null;
  /** What is left on both sides. */
  readonly edges: readonly LocalPeriod[];
}

const HOUR_MS = 3_600_000;
/** The quarter-hour of a life's last record. */
const BUCKET_MS = 900_000;

/** Lives of each class of `span` are shorter than this, ms. */
const SPANS_MS = [1, 6, 24, 7 * 24, 30 * 24, 365 * 24, 4_000 * 24, Number.POSITIVE_INFINITY].map((h) => h * HOUR_MS);

/** From here on jobs are found by their amounts, else by their times: a shorter range holds few of all jobs. */
const LONG_MS = 92 * 24 * HOUR_MS;
/**
 * So many of the largest jobs are looked at before it is given up that they lie within the range. Sent as a parameter:
 * a planner that knew it would sort all jobs of an average user, who has fewer, and so those of the largest.
 */
const MOST_LOOKED_AT = 2_000;

/** A value by itself, not a join: an index begins with it. */
const CHOSEN = sql`(select c.currency from chosen c)`;

/** For each instant at which the range cuts lives, and each class: when the lives begin that may hold it. */
function cuts({ start, end }: JobRange) {
  const rows = [start, end].flatMap((cut) =>
    SPANS_MS.map((length, span) => ({ span, cut, from: cut - length - BUCKET_MS })),
  );
  return sql`unnest(${rows.map((r) => r.span)}::smallint[], ${rows.map((r) => at(r.cut))}::timestamptz[],
      ${rows.map((r) => (Number.isFinite(r.from) ? at(r.from) : '-infinity'))}::timestamptz[]) k (span, cut_at, from_at)`;
}

const edgeColumns = (edges: readonly LocalPeriod[]) => sql`unnest(
      ${edges.map((e) => at(e.start))}::timestamptz[], ${edges.map((e) => at(e.end))}::timestamptz[]) e (from_at, to_at)`;

/** Lives that have come to rest inside the range: the largest in order, or all that begin in it where those are too few. */
function restingLives(user: ReturnType<typeof sql>, { start, end }: JobRange, limit: number) {
  const isInside = sql`t.first_bucket >= ${at(start)}::timestamptz and t.last_bucket <= ${at(end - BUCKET_MS)}::timestamptz`;
  const byAmount = sql`
      select t.job_ref, t.amount
      from (select l.job_ref, l.amount, l.first_bucket, l.last_bucket from lora_cost_job_life l
            where l.user_id = ${user} and l.currency = ${CHOSEN} and l.open_from is null
            order by l.amount desc, l.job_ref limit ${MOST_LOOKED_AT}::int) t
      where ${isInside}
      order by t.amount desc, t.job_ref limit ${sql.lit(limit)}`;
  const byTime = sql`
      select x.job_ref, x.amount
      from generate_series(0, ${sql.lit(SPANS_MS.length - 1)}) k (span)
      cross join lateral (
        select t.job_ref, t.amount from lora_cost_job_life t
        where t.user_id = ${user} and t.span = k.span and ${isInside} and t.first_bucket < ${at(end)}::timestamptz
          and t.currency = ${CHOSEN} and t.open_from is null
        offset 0) x`;
  if (end - start < LONG_MS) return { named: sql``, rows: byTime };
  return {
    named: sql`
    largest as materialized (${byAmount}),
    enough as materialized (select count(*) >= ${sql.lit(limit)} as is_so from largest),`,
    rows: sql`
      select l.job_ref, l.amount from largest l where (select is_so from enough)
      union all
      select x.job_ref, x.amount from (${byTime}) x where not (select is_so from enough)`,
  };
}

/**
 * The jobs that cost most in a range, largest first. Those whose life lies inside come from the roll-up of lives; those
 * that the range cuts, from their days and, at its edges, from the records of the time that they share with it.
 */
export function jobSumStatement(
  userId: UserId,
  asked: string | undefined,
  range: JobRange,
  limit: number,
): CompiledQuery<JobSumRow> {
  const user = sql`${userId}::uuid`;
  const resting = restingLives(user, range, limit);
  const day = { from: range.days?.from ?? 'infinity', to: range.days?.to ?? 'infinity' };
  return sql<JobSumRow>`
    with chosen as materialized (select ${currencyOf(userId, asked)}::char(3) as currency),${resting.named}
    growing as (
      select t.job_ref, t.amount + d.amount as amount
      from (select l.job_ref, l.currency, l.amount, l.open_from, l.first_bucket, l.last_bucket from lora_cost_job_life l
            where l.user_id = ${user} and l.currency = ${CHOSEN} and l.open_from is not null offset 0) t
      cross join lateral (
        select coalesce(sum(j.amount), 0) as amount from lora_cost_job_days j
        where j.user_id = ${user} and j.job_ref = t.job_ref and j.day >= t.open_from and j.currency = t.currency
        offset 0) d
      where t.first_bucket >= ${at(range.start)}::timestamptz
        and t.last_bucket <= ${at(range.end - BUCKET_MS)}::timestamptz),
    cut as materialized (
      select distinct x.job_ref, x.first_bucket, x.last_bucket + interval '15 minutes' as ended_by
      from ${cuts(range)}
      cross join lateral (
        select t.job_ref, t.first_bucket, t.last_bucket from lora_cost_job_life t
        where t.user_id = ${user} and t.span = k.span and t.first_bucket > k.from_at and t.first_bucket < k.cut_at
          and t.last_bucket > k.cut_at - interval '15 minutes' and t.currency = ${CHOSEN}
        offset 0) x),
    parts as (
      select c.job_ref, d.amount
      from cut c
      cross join lateral (
        select j.amount from lora_cost_job_days j
        where j.user_id = ${user} and j.job_ref = c.job_ref and j.day >= ${day.from}::date and j.day < ${day.to}::date
          and j.currency = ${CHOSEN}
        offset 0) d
      union all
      select r.job_ref, r.amount
      from ${edgeColumns(range.edges)}
      cross join lateral (
        select greatest(e.from_at, min(c.first_bucket)) as from_at, least(e.to_at, max(c.ended_by)) as to_at
        from cut c where c.first_bucket < e.to_at and c.ended_by > e.from_at having count(*) > 0) b
      cross join lateral (
        select r.job_ref, r.amount from lora_cost_records r
        where r.user_id = ${user} and r.recorded_at >= b.from_at and r.recorded_at < b.to_at
          and r.job_ref is not null and not r.is_estimate and r.currency = ${CHOSEN}
        offset 0) r
      where r.job_ref in (select c.job_ref from cut c))
    select s.job_ref, j.name, s.amount::text
    from (
      select x.job_ref, x.amount from (${resting.rows}) x
      union all
      select g.job_ref, g.amount from growing g
      union all
      select p.job_ref, sum(p.amount) from parts p group by p.job_ref
      order by amount desc, job_ref limit ${sql.lit(limit)}) s
    left join lora_training_jobs j on j.id = s.job_ref and j.user_id = ${user}
    order by s.amount desc, s.job_ref`.compile(builder);
}
