import { sql } from 'kysely';
import { builder } from '@/db/builder';
import type { SystemCtx } from '@/domain/context';

/** A key of a roll-up whose content is not what the records say. */
export interface Difference {
  readonly rollUp: 'days' | 'quarters' | 'job_days';
  readonly userId: string;
  /** The rest of the key: offset, day or bucket, job, currency and cost type. */
  readonly key: string;
  /** Exact sum in the roll-up, null where the row is missing. */
  readonly stored: string | null;
  /** Exact sum of the records, null where there are none. */
  readonly expected: string | null;
}

export interface LedgerReport {
  readonly users: number;
  readonly records: number;
  readonly differences: Difference[];
}

/** How long the comparison of all records with all roll-ups may take, ms. */
export const VERIFY_TIMEOUT_MS = 30 * 60_000;

/** More differences than this are not listed: a rebuild is due anyway. */
const MOST_LISTED = 1_000;

const RECORDS = sql`(select *, date_bin('15 minutes', recorded_at, '2000-01-01 00:00:00+00') as bucket
  from lora_cost_records where not is_estimate)`;
const OFFSETS = sql`(select user_id, off from lora_cost_zone_offsets
  union all select distinct user_id, 0::smallint from lora_cost_records
  union all select distinct user_id, 0::smallint from lora_cost_days)`;

/** Each compares one roll-up with the records in one statement, and so in one snapshot: writers need not stop. */
const COMPARISONS = {
  days: sql<Row>`
    select user_id, concat_ws(' ', off, day, currency, cost_type) as key, t.amount::text as stored, x.amount::text as expected
    from (select r.user_id, o.off, ((r.bucket + o.off * interval '15 minutes') at time zone 'utc')::date as day, r.currency,
            r.cost_type, sum(r.amount) as amount, count(*)::int as n, count(*) filter (where r.state = 'open')::int as open_n
          from ${RECORDS} r join (select distinct user_id, off from ${OFFSETS} u) o using (user_id)
          group by 1, 2, 3, 4, 5) x
    full join lora_cost_days t using (user_id, off, day, currency, cost_type)
    where (t.amount, t.n, t.open_n) is distinct from (x.amount, x.n, x.open_n)
    order by user_id, key limit ${MOST_LISTED}`,
  quarters: sql<Row>`
    select user_id, concat_ws(' ', bucket, currency, cost_type) as key, t.amount::text as stored, x.amount::text as expected
    from (select user_id, bucket, currency, cost_type, sum(amount) as amount, count(*)::int as n,
            count(*) filter (where state = 'open')::int as open_n
          from ${RECORDS} r group by 1, 2, 3, 4) x
    full join lora_cost_quarters t using (user_id, bucket, currency, cost_type)
    where (t.amount, t.n, t.open_n) is distinct from (x.amount, x.n, x.open_n)
    order by user_id, key limit ${MOST_LISTED}`,
  job_days: sql<Row>`
    select user_id, concat_ws(' ', day, job_ref, currency, cost_type) as key, t.amount::text as stored,
      x.amount::text as expected
    from (select user_id, (recorded_at at time zone 'utc')::date as day, job_ref, currency, cost_type, sum(amount) as amount,
            count(*)::int as n
          from ${RECORDS} r where job_ref is not null group by 1, 2, 3, 4, 5) x
    full join lora_cost_job_days t using (user_id, day, job_ref, currency, cost_type)
    where (t.amount, t.n) is distinct from (x.amount, x.n)
    order by user_id, key limit ${MOST_LISTED}`,
} satisfies Record<Difference['rollUp'], unknown>;

interface Row {
  user_id: string;
  key: string;
  stored: string | null;
  expected: string | null;
}

const COUNTS = sql<{ users: string; records: string }>`
  select count(distinct user_id) as users, count(*) as records from lora_cost_records where not is_estimate`;

/**
 * Compares every roll-up with the records on the live database. An empty list of differences is the proof that each
 * total shown equals the ledger.
 */
export async function verifyLedger(ctx: SystemCtx): Promise<LedgerReport> {
  const [[counts], days, quarters, jobDays] = await ctx.session.read(
    COUNTS.compile(builder),
    COMPARISONS.days.compile(builder),
    COMPARISONS.quarters.compile(builder),
    COMPARISONS.job_days.compile(builder),
  );
  const named = (rollUp: Difference['rollUp'], rows: Row[]): Difference[] =>
    rows.map((row) => ({ rollUp, userId: row.user_id, key: row.key, stored: row.stored, expected: row.expected }));
  return {
    users: Number(counts?.users ?? 0),
    records: Number(counts?.records ?? 0),
    differences: [...named('days', days), ...named('quarters', quarters), ...named('job_days', jobDays)],
  };
}
