import { type CompiledQuery, sql } from 'kysely';
import { builder } from '@/db/builder';

/** A key of a roll-up that differs from the records, with both sums as exact text. */
export interface DifferenceRow {
  user_id: string;
  key: string;
  stored: string | null;
  expected: string | null;
}

/** More differences than this are not listed: a rebuild is due anyway. */
const MOST_LISTED = 1_000;

const RECORDS = sql`(select *, date_bin('15 minutes', recorded_at, '2000-01-01 00:00:00+00') as bucket
  from lora_cost_records where not is_estimate)`;
const OFFSETS = sql`(select user_id, off from lora_cost_zone_offsets
  union all select distinct user_id, 0::smallint from lora_cost_records
  union all select distinct user_id, 0::smallint from lora_cost_days)`;

const OF_JOBS = sql`coalesce(sum(r.amount) filter (where r.job_ref is not null), 0)`;

/** Each compares one roll-up with the records in one statement, and so in one snapshot: writers need not stop. */
const COMPARISONS = {
  days: sql<DifferenceRow>`
    select user_id, concat_ws(' ', off, day, currency, cost_type) as key, t.amount::text as stored, x.amount::text as expected
    from (select r.user_id, o.off, ((r.bucket + o.off * interval '15 minutes') at time zone 'utc')::date as day, r.currency,
            r.cost_type, sum(r.amount) as amount, count(*)::int as n, count(*) filter (where r.state = 'open')::int as open_n,
            ${OF_JOBS} as job_amount
          from ${RECORDS} r join (select distinct user_id, off from ${OFFSETS} u) o using (user_id)
          group by 1, 2, 3, 4, 5) x
    full join lora_cost_days t using (user_id, off, day, currency, cost_type)
    where (t.amount, t.n, t.open_n, t.job_amount) is distinct from (x.amount, x.n, x.open_n, x.job_amount)
    order by user_id, key limit ${MOST_LISTED}`,
  quarters: sql<DifferenceRow>`
    select user_id, concat_ws(' ', bucket, currency, cost_type) as key, t.amount::text as stored, x.amount::text as expected
    from (select user_id, bucket, currency, cost_type, sum(amount) as amount, count(*)::int as n,
            count(*) filter (where state = 'open')::int as open_n, ${OF_JOBS} as job_amount
          from ${RECORDS} r group by 1, 2, 3, 4) x
    full join lora_cost_quarters t using (user_id, bucket, currency, cost_type)
    where (t.amount, t.n, t.open_n, t.job_amount) is distinct from (x.amount, x.n, x.open_n, x.job_amount)
    order by user_id, key limit ${MOST_LISTED}`,
  job_days: sql<DifferenceRow>`
    select user_id, concat_ws(' ', day, job_ref, currency, cost_type) as key, t.amount::text as stored,
      x.amount::text as expected
    from (select user_id, (recorded_at at time zone 'utc')::date as day, job_ref, currency, cost_type, sum(amount) as amount,
            count(*)::int as n
          from ${RECORDS} r where job_ref is not null group by 1, 2, 3, 4, 5) x
    full join lora_cost_job_days t using (user_id, day, job_ref, currency, cost_type)
    where (t.amount, t.n) is distinct from (x.amount, x.n)
    order by user_id, key limit ${MOST_LISTED}`,
  // a life that grows leaves out the days from open_from on: so do the records it is compared with
  job_life: sql<DifferenceRow>`
    select user_id, concat_ws(' ', job_ref, currency) as key, t.amount::text as stored, x.amount::text as expected
    from (select r.user_id, r.job_ref, r.currency, min(r.bucket) as first_bucket, max(r.bucket) as last_bucket,
            coalesce(sum(r.amount) filter (where l.open_from is null or (r.recorded_at at time zone 'utc')::date < l.open_from),
              0)::numeric(30, 10) as amount
          from ${RECORDS} r left join lora_cost_job_life l using (user_id, job_ref, currency)
          where r.job_ref is not null group by 1, 2, 3) x
    full join lora_cost_job_life t using (user_id, job_ref, currency)
    where (t.amount, t.first_bucket, t.last_bucket) is distinct from (x.amount, x.first_bucket, x.last_bucket)
    order by user_id, key limit ${MOST_LISTED}`,
};

export type RollUp = keyof typeof COMPARISONS;

const COUNTS = sql<{ users: string; records: string }>`
  select count(distinct user_id) as users, count(*) as records from lora_cost_records where not is_estimate`;

/** Which roll-up differs from the records, by its name; each statement gives the keys that do. */
export const compareRollUps = (): Record<RollUp, CompiledQuery<DifferenceRow>> => ({
  days: COMPARISONS.days.compile(builder),
  quarters: COMPARISONS.quarters.compile(builder),
  job_days: COMPARISONS.job_days.compile(builder),
  job_life: COMPARISONS.job_life.compile(builder),
});

export const countLedger = (): CompiledQuery<{ users: string; records: string }> => COUNTS.compile(builder);

/** Writes one user's roll-ups anew from the records, under the user's lock. */
export const rebuildRollUps = (userId: string): CompiledQuery<unknown> =>
  sql`select private.rebuild_cost_roll_ups(${userId}::uuid)`.compile(builder);
