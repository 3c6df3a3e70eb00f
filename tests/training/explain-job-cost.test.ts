import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { endAttempt } from '@/domain/training/end-attempt';
import { explainJobCost } from '@/domain/training/explain-job-cost';
import { recordProgress } from '@/domain/training/record-progress';
import { userCtx } from '../ledger/support';
import { createTestDatabase, type TestDatabase } from '../support/database';
import {
  addJob,
  addPrice,
  claimed,
  endOf,
  jobRow,
  reportOf,
  type TrainingCtx,
  timelineOf,
  trainingCtx,
} from './support';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

let db: TestDatabase;
let ctx: TrainingCtx;
let anna: Caller;
let berta: Caller;

beforeAll(async () => {
  db = await createTestDatabase();
  ctx = trainingCtx(db);
  [anna, berta] = [await db.createUser(), await db.createUser()];
});
afterAll(() => db?.drop());

/** Half away from zero, for amounts from zero on: independent of the product's own arithmetic. */
const rounded = (n: bigint, d: bigint): bigint => (2n * n + d) / (2n * d);
const text = (amount: bigint): string =>
  `${amount / 10_000_000_000n}.${(amount % 10_000_000_000n).toString().padStart(10, '0')}`;
const amountOf = (exact: string): bigint => BigInt(exact.replace('.', ''));

/** A run of four phases over three quarter-hours at 0.1 an hour, metered twice on the way. */
async function ranJob(owner: Caller): Promise<{ jobId: string; ms: number }> {
  const jobId = await addJob(db, owner, { priceId: await addPrice(db) });
  const held = await claimed(ctx, jobId);
  const startedAt = ctx.clock.now().getTime() + 777;
  const ms = 2_345_679;
  const events = [
    [61_003, { phase: 'training', step: 1 }],
    [900_007, { phase: 'evaluation', step: 40 }],
    [1_000_011, { phase: 'training', step: 41 }],
    [2_300_000, { phase: 'saving', step: 100 }],
  ] as const;
  const timeline = timelineOf(startedAt, events);
  for (const at of [500_000, 1_700_000]) {
    const known = timelineOf(
      startedAt,
      events.filter(([after]) => after <= at),
    );
    await recordProgress(ctx, [reportOf(held, known, startedAt + at)]);
  }
  await endAttempt(ctx, endOf(held, startedAt + ms, timeline));
  return { jobId, ms };
}

describe('the costs of a job, explained', () => {
  it('sum to what the job costs, and to its time × its price, to the last digit', async () => {
    const { jobId, ms } = await ranJob(anna);
    const answer = await explainJobCost(userCtx(db, anna, ctx.clock), { id: jobId, limit: 200 });
    const cost = text(rounded(BigInt(ms) * 1_000_000_000n, 3_600_000n));
    expect((await jobRow(db, jobId)).current_cost).toBe(cost);
    expect(answer.totals).toEqual([{ currency: 'USD', amount: Number(cost), amount_exact: cost }]);
    expect(answer.parts).toEqual([
      expect.objectContaining({
        cost_type: 'compute',
        amount_exact: cost,
        computed_exact: cost,
        billed_ms: ms,
        unit: 'hour',
        unit_price: '0.1',
        records: answer.records.length,
      }),
    ]);
    expect(answer.records.length).toBeGreaterThan(5);
    expect(text(answer.records.reduce((sum, { amount_exact }) => sum + amountOf(amount_exact), 0n))).toBe(cost);
    expect(answer.next_cursor).toBeNull();
  });

  it('come page by page, each record once, in order of time', async () => {
    const { jobId } = await ranJob(anna);
    const all = await explainJobCost(userCtx(db, anna, ctx.clock), { id: jobId, limit: 200 });
    const seen = [];
    let cursor: string | undefined;
    do {
      const page = await explainJobCost(userCtx(db, anna, ctx.clock), { id: jobId, limit: 2, cursor });
      expect(page.totals).toEqual(all.totals);
      seen.push(...page.records);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(all.records);
    expect(seen.map((each) => each.recorded_at)).toEqual(seen.map((each) => each.recorded_at).toSorted());
  });

  it('say no price where a record brings none, and keep currencies and corrections apart', async () => {
    const jobId = await addJob(db, anna, { priceId: await addPrice(db) });
    const charge = (source: string, amount: string, currency: string, details: object | null) =>
      db.admin.query<{ id: string }>(
        `insert into lora_cost_records (user_id, job_id, source, cost_type, amount, currency, state, billing_period, recorded_at, details)
         values ($1, $2, $3, 'egress', $4, $5, 'final', '2026-06-15', '2026-06-15T12:00:00Z', $6) returning id`,
        [anna.userId, jobId, source, amount, currency, details],
      );
    const timed = { billed_ms: 60_000, units: '2', unit: 'minute', unit_price: '0.25', price_version: 'v1' };
    const { rows } = await charge('import:a:1', '0.5', 'USD', timed);
    await charge('import:a:2', '0.3', 'EUR', { note: 'as billed' });
    await charge('import:a:3', '1', 'USD', { ...timed, unit_price: 'a lot' });
    await db.admin.query(
      `insert into lora_cost_records (user_id, job_id, source, cost_type, amount, currency, state, billing_period, recorded_at, corrects, correction_key)
       values ($1, $2, 'import:a:1', 'egress', -0.1, 'USD', 'final', '2026-06-16', '2026-06-16T12:00:00Z', $3, 'k')`,
      [anna.userId, jobId, rows[0]?.id],
    );
    const { parts, totals } = await explainJobCost(userCtx(db, anna, ctx.clock), { id: jobId, limit: 200 });
    expect(totals.map(({ currency, amount_exact }) => [currency, amount_exact])).toEqual([
      ['EUR', '0.3000000000'],
      ['USD', '1.4000000000'],
    ]);
    expect(parts.map(({ source, amount_exact, computed_exact }) => [source, amount_exact, computed_exact])).toEqual([
      ['import:a:1', '0.5000000000', '0.5000000000'],
      ['import:a:2', '0.3000000000', null],
      ['import:a:3', '1.0000000000', null],
      ['import:a:1', '-0.1000000000', null],
    ]);
  });

  it('are those of the owner alone', async () => {
    const { jobId } = await ranJob(anna);
    await expect(explainJobCost(userCtx(db, berta, ctx.clock), { id: jobId, limit: 10 })).rejects.toThrow(/^not_found/);
    await expect(explainJobCost(userCtx(db, anna, ctx.clock), { id: UNKNOWN, limit: 10 })).rejects.toThrow(
      /^not_found/,
    );
    await expect(explainJobCost(userCtx(db, anna, ctx.clock), { id: jobId, limit: 10, cursor: 'x' })).rejects.toThrow(
      /cursor/,
    );
  });
});
