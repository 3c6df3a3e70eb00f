import { sql } from 'kysely';
import { builder } from '@/db/builder';
import type { Caller } from '@/db/session';
import type { UserCtx } from '@/domain/context';
import { writeCostCursor } from '@/domain/ledger/cost-cursor';
import { hashQuery } from '@/domain/ledger/cost-tag';
import { readCosts } from '@/domain/ledger/read-costs';
import { costsQuery } from '@/domain/ledger/schema';
import { parseMoney, sumMoney } from '@/lib/money';
import type { BenchDatabase } from './cluster';
import type { Case } from './rounds';
import { NOW } from './seed-charges';

const YEAR_MS = 365 * 86_400_000;
const PAGE = 100;

const ask = (ctx: UserCtx, query: Record<string, string>) => {
  const input = costsQuery.parse(query);
  return () => readCosts(ctx, input);
};

/** A page of records that begins after `share` of the year's records. */
async function pageCase(db: BenchDatabase, ctx: UserCtx, name: string, share: number): Promise<Case> {
  const query = { start_date: new Date(NOW - YEAR_MS).toISOString(), end_date: new Date(NOW).toISOString() };
  const { limit: _, ...rest } = costsQuery.parse(query);
  const values = [ctx.userId, query.start_date, query.end_date];
  const inYear = 'user_id = $1 and recorded_at >= $2 and recorded_at < $3';
  const { rows } = await db.admin.query<{ id: string; at: string }>(
    `select id, to_json(recorded_at at time zone 'utc') #>> '{}' || '+00:00' as at from lora_cost_records where ${inYear}
     order by recorded_at, id
     offset (select greatest((count(*) * $4::float8)::bigint - ${PAGE} - 1, 0) from lora_cost_records where ${inYear}) limit 1`,
    [...values, share],
  );
  const [row] = rows;
  if (!row) throw new Error('the year holds no records');
  const cursor = writeCostCursor({
    start: NOW - YEAR_MS,
    end: NOW,
    after: { recordedAt: row.at, id: row.id },
    query: hashQuery(rest),
  });
  return { name, run: ask(ctx, { ...query, limit: String(PAGE), ...(share > 0 ? { cursor } : {}) }) };
}

/** What `GET /api/costs` does, for one account and without a page of records unless said. */
export async function costCases(db: BenchDatabase, ctx: UserCtx): Promise<Case[]> {
  const week = costsQuery.parse({ period: 'week', limit: '0' });
  const { tag } = await readCosts(ctx, week);
  const { data } = await readCosts(ctx, week, [tag]);
  if (data !== null) throw new Error('a tag that was just given is still true');
  return [
    { name: 'week', run: ask(ctx, { period: 'week', limit: '0' }) },
    { name: 'month', run: ask(ctx, { period: 'month', limit: '0' }) },
    { name: 'year', run: ask(ctx, { period: 'year', limit: '0' }) },
    { name: 'unchanged', run: () => readCosts(ctx, week, [tag]) },
    await pageCase(db, ctx, 'page first', 0),
    await pageCase(db, ctx, 'page middle', 0.5),
    await pageCase(db, ctx, 'page last', 1),
  ];
}

/** The year of an account, in a zone. */
export const yearCase = (ctx: UserCtx, name: string, timezone = 'UTC'): Case => ({
  name,
  run: ask(ctx, { period: 'year', limit: '0', timezone }),
});

/** The year with the jobs that cost most in it. */
export const jobsCase = (ctx: UserCtx): Case => ({
  name: 'top jobs',
  run: ask(ctx, { period: 'year', group_by: 'job', limit: '0' }),
});

const inYear = (caller: Caller) => sql`user_id = ${caller.userId}::uuid and not is_estimate and currency = 'USD'
  and recorded_at >= ${new Date(NOW - YEAR_MS).toISOString()}::timestamptz
  and recorded_at < ${new Date(NOW).toISOString()}::timestamptz`;

/** The plain ways: every record to the application, which adds; and one aggregate over the records. */
export function plainCases(ctx: UserCtx, caller: Caller): Case[] {
  const all = sql<{ amount: string }>`
    select id, job_id, cost_type, amount, details, billing_period, recorded_at from lora_cost_records
    where ${inYear(caller)} order by recorded_at`.compile(builder);
  const sums = sql`
    select (recorded_at at time zone 'utc')::date as day, cost_type, sum(amount) as amount from lora_cost_records
    where ${inYear(caller)} group by 1, 2`.compile(builder);
  // the service's session, because these take longer than a request may
  return [
    {
      name: 'fetch all and add',
      run: async () => {
        const [rows] = await ctx.service.read(all);
        return sumMoney(rows.map((row) => parseMoney(row.amount)));
      },
    },
    { name: 'aggregate in SQL', run: () => ctx.service.read(sums) },
  ];
}
