import { randomBytes } from 'node:crypto';
import { type CompiledQuery, type RawBuilder, sql } from 'kysely';
import { builder } from '@/db/builder';
import type { Part, Plan } from '@/domain/ledger/plan';
import type { UserId } from '@/lib/ids';
import type { CostRecord } from '@/lib/types/lora-training';

/** An instant as Postgres takes it. */
export const at = (ms: number): string => new Date(ms).toISOString();

/** The currency asked for, else the account's, else US dollars. */
export const currencyOf = (userId: UserId, asked: string | undefined): RawBuilder<string> =>
  sql`coalesce(${asked ?? null}::text, (select a.currency::text from lora_accounts a where a.user_id = ${userId}::uuid), 'USD')`;

/**
 * Sums as lists of equal length, with a place for each day, currency and cost type: a year as rows of its own takes
 * twice as long to send and read. The lists of a run without records are null.
 */
export interface SumRow {
  /** Places of periods in the chart; of what is taken away from period p it is -1 - p, and so in the whole row. */
  places: string | null;
  /** Three letters each, nothing between them. */
  currencies: string | null;
  /** With {@link BETWEEN_TYPES} between them. */
  types: string | null;
  /** Exact, always with ten decimals. */
  amounts: string | null;
  /** How many records each sum holds; null where it only matters that there are some. */
  counts: string | null;
  /** Sums that hold open records: currency and how many, `USD3 EUR1`. */
  open: string | null;
  /** What of the amounts in the answer's currency belongs to jobs; null unless asked for. */
  of_jobs: string | null;
}

/** A type may hold any character, but not what this process has just made up. */
export const BETWEEN_TYPES = `|${randomBytes(3).toString('hex')}|`;

/** What is added up, and whether it matters how much of it belongs to jobs: null, or the currency that counts. */
interface Summed {
  readonly user: RawBuilder<unknown>;
  readonly jobsIn: RawBuilder<string> | null;
}

const runRows = ({ user, jobsIn }: Summed, runs: Plan['runs']) => sql`
    select d.places, d.currencies, d.types, d.amounts, d.counts, d.open, d.of_jobs
    from unnest(${runs.map((r) => r.period)}::int[], ${runs.map((r) => r.off)}::smallint[], ${runs.map((r) => r.from)}::date[],
           ${runs.map((r) => r.to)}::date[], ${runs.map((r) => r.isCut)}::boolean[]) r (period, off, from_day, to_day, is_cut)
    cross join lateral (
      select string_agg((r.period + t.day - r.from_day)::text, ' ') as places, string_agg(t.currency, '') as currencies,
        string_agg(t.cost_type, ${BETWEEN_TYPES}) as types, string_agg(t.amount::text, ' ') as amounts,
        string_agg(t.n::text, ' ') filter (where r.is_cut) as counts,
        string_agg(t.currency || t.open_n, ' ') filter (where t.open_n > 0) as open,
        ${jobsIn ? sql`(sum(t.job_amount) filter (where t.currency = ${jobsIn}))::text` : sql`null::text`} as of_jobs
      from lora_cost_days t
      where t.user_id = ${user} and t.off = r.off and t.day between r.from_day and r.to_day
      offset 0) d`;

const partColumns = (parts: readonly Part[]) => sql`unnest(
        ${parts.map((p) => (p.sign < 0 ? -1 - p.period : p.period))}::int[], ${parts.map((p) => at(p.start))}::timestamptz[],
        ${parts.map((p) => at(p.end))}::timestamptz[]) s (place, from_at, to_at)`;

const partRows = ({ user, jobsIn }: Summed, { spans, ragged }: Plan) => sql`
    select x.place::text, x.currency, x.cost_type, sum(x.amount)::text, sum(x.n)::text, x.currency || sum(x.open_n),
      ${jobsIn ? sql`case when x.currency = ${jobsIn} then sum(x.job_amount)::text end` : sql`null::text`}
    from (
      select s.place, q.currency, q.cost_type, q.amount, q.n, q.open_n, q.job_amount
      from ${partColumns(spans)}
      cross join lateral (
        select t.currency, t.cost_type, t.amount, t.n, t.open_n, t.job_amount from lora_cost_quarters t
        where t.user_id = ${user} and t.bucket >= s.from_at and t.bucket < s.to_at
        offset 0) q
      union all
      select s.place, q.currency, q.cost_type, q.amount, 1, (q.state = 'open')::int,
        case when q.job_ref is null then 0 else q.amount end
      from ${partColumns(ragged)}
      cross join lateral (
        select t.currency, t.cost_type, t.amount, t.state, t.job_ref from lora_cost_records t
        where t.user_id = ${user} and t.recorded_at >= s.from_at and t.recorded_at < s.to_at and not t.is_estimate
        offset 0) q) x
    group by x.place, x.currency, x.cost_type`;

/**
 * The sums of a plan; null where it reads nothing. `ofJobs`: also what of them belongs to jobs, in the currency asked
 * for. `offset 0` keeps each lateral read an index range: planned as a join, a range over an unnested array reads
 * the whole table, because the planner knows an average user only.
 */
export function sumStatement(
  userId: UserId,
  plan: Plan,
  ofJobs: { asked: string | undefined } | null,
): CompiledQuery<SumRow> | null {
  // in a sub-select: found once, and not again for each row
  const jobsIn = ofJobs && sql<string>`(select ${currencyOf(userId, ofJobs.asked)}::char(3))`;
  const summed = { user: sql`${userId}::uuid`, jobsIn };
  const reads = [
    ...(plan.runs.length > 0 ? [runRows(summed, plan.runs)] : []),
    ...(plan.spans.length > 0 || plan.ragged.length > 0 ? [partRows(summed, plan)] : []),
  ];
  if (reads.length === 0) return null;
  // named here, because there may be no runs to name the columns
  return sql<SumRow>`
    select * from (${sql.join(
      reads,
      sql`
    union all`,
    )}) sums (places, currencies, types, amounts, counts, open, of_jobs)`.compile(builder);
}

/** What an answer needs beside its sums. */
export interface FactRow {
  version: string;
  epoch: string;
  currency: string;
  /** Offsets at which the user's days are rolled up; empty where nobody asked. */
  offsets: number[];
  /** First record at or after the left edge: the first to leave a rolling window. Read only where that edge moves. */
  first_inside: Date | null;
  /** Last record before the right edge; read only for a page of records. */
  last_inside: Date | null;
  /** First record at or after the right edge: the first to enter it. Read only where that edge moves. */
  first_after: Date | null;
  open_jobs: number;
  estimated: string;
  /** Up to when the running attempts are metered, the earliest of them; null where none runs. */
  as_of: Date | null;
  first_day: string | null;
  last_day: string | null;
}

/** Which facts an answer needs; what it does not need is not read. */
export interface FactsWanted {
  readonly start: number;
  readonly end: number;
  readonly startMoves: boolean;
  readonly endMoves: boolean;
  readonly paged: boolean;
  readonly zoned: boolean;
}

const OPEN_JOBS = sql`j.status in ('queued', 'initializing', 'running')`;

export function factStatement(userId: UserId, asked: string | undefined, wanted: FactsWanted): CompiledQuery<FactRow> {
  const user = sql`${userId}::uuid`;
  const recordNear = (edge: number, side: 'from' | 'before') => sql`(
        select r.recorded_at from lora_cost_records r
        where r.user_id = ${user} and r.recorded_at ${side === 'from' ? sql`>=` : sql`<`} ${at(edge)}::timestamptz
        order by r.recorded_at ${side === 'from' ? sql`asc` : sql`desc`} limit 1)`;
  const nothing = sql`null::timestamptz`;
  // `offset 0`: the currency is found once, and not again in each place that names it
  return sql<FactRow>`
    select
      coalesce((select s.version from lora_cost_state s where s.user_id = ${user}), 0)::text as version,
      private.epoch() as epoch,
      c.currency,
      ${wanted.zoned ? sql`array(select z.off from lora_cost_zone_offsets z where z.user_id = ${user})` : sql`'{}'::smallint[]`} as offsets,
      ${wanted.startMoves ? recordNear(wanted.start, 'from') : nothing} as first_inside,
      ${wanted.paged && wanted.endMoves ? recordNear(wanted.end, 'before') : nothing} as last_inside,
      ${wanted.endMoves ? recordNear(wanted.end, 'from') : nothing} as first_after,
      j.open_jobs,
      j.estimated,
      (select min(a.metered_to) from lora_job_attempts a where a.user_id = ${user} and a.ended_at is null) as as_of,
      (select d.day from lora_cost_days d where d.user_id = ${user} and d.off = 0 and d.currency = c.currency
       order by d.day limit 1) as first_day,
      (select d.day from lora_cost_days d where d.user_id = ${user} and d.off = 0 and d.currency = c.currency
       order by d.day desc limit 1) as last_day
    from (select ${currencyOf(userId, asked)}::char(3) as currency offset 0) c
    cross join lateral (
      select count(*)::int as open_jobs, coalesce(sum(e.amount), 0)::numeric(30, 10)::text as estimated
      from lora_training_jobs j
      left join lora_cost_records e on e.source = 'estimate:' || j.id and e.corrects is null and e.is_estimate
        and e.user_id = ${user} and e.currency = c.currency
      where j.user_id = ${user} and ${OPEN_JOBS}) j`.compile(builder);
}

/** The one row that an answer's freshness depends on. */
export function versionStatement(userId: UserId): CompiledQuery<{ version: string; epoch: string }> {
  return sql<{ version: string; epoch: string }>`
    select coalesce((select s.version from lora_cost_state s where s.user_id = ${userId}::uuid), 0)::text as version,
      private.epoch() as epoch`.compile(builder);
}

/** A record as it is answered, with its times as exact texts; the double is made of the exact amount. */
export type RecordRow = Omit<CostRecord, 'amount'>;

/** What of a record `r` is answered. */
export const RECORD_COLUMNS = sql`r.id, r.user_id, r.job_id, r.cost_type, r.details, r.billing_period,
  to_json(r.recorded_at) #>> '{}' as recorded_at, r.amount::text as amount_exact, r.currency, r.state, r.phase, r.source,
  r.corrects`;

/** Where a page begins: after this record. */
export interface Position {
  readonly recordedAt: string;
  readonly id: string;
}

export const BEFORE_ALL: Position = { recordedAt: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

/** The records of [start, end) after a position, ascending by (`recorded_at`, `id`). */
export function recordStatement(
  userId: UserId,
  asked: string | undefined,
  range: { start: number; end: number; after: Position | null; limit: number },
): CompiledQuery<RecordRow> {
  const after = range.after ?? BEFORE_ALL;
  return sql<RecordRow>`
    select ${RECORD_COLUMNS}
    from lora_cost_records r
    where r.user_id = ${userId}::uuid and not r.is_estimate and r.currency = ${currencyOf(userId, asked)}
      and r.recorded_at >= ${at(range.start)}::timestamptz and r.recorded_at < ${at(range.end)}::timestamptz
      and (r.recorded_at, r.id) > (${after.recordedAt}::timestamptz, ${after.id}::uuid)
    order by r.recorded_at, r.id
    limit ${range.limit}::int`.compile(builder);
}

/** The estimates of jobs that have not ended, newest job first. */
export function estimateStatement(userId: UserId, asked: string | undefined): CompiledQuery<RecordRow> {
  return sql<RecordRow>`
    select ${RECORD_COLUMNS}
    from lora_training_jobs j
    join lora_cost_records r on r.source = 'estimate:' || j.id and r.corrects is null and r.is_estimate and r.user_id = ${userId}::uuid
    where j.user_id = ${userId}::uuid and ${OPEN_JOBS} and r.currency = ${currencyOf(userId, asked)}
    order by r.recorded_at desc, r.id
    limit 1000`.compile(builder);
}
