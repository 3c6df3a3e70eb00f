import { pipeline } from '@tests/imports/support';
import { costs, type ManualClock, manualClock, systemCtx, userCtx } from '@tests/ledger/support';
import { createTestDatabase, type TestDatabase } from '@tests/support/database';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Caller } from '@/db/session';
import { estimateRun } from '@/domain/estimates/estimate-run';
import { listEstimates } from '@/domain/estimates/list-estimates';
import { recordActual } from '@/domain/estimates/record-actual';
import { recordEstimate } from '@/domain/estimates/record-estimate';
import type { Estimate } from '@/domain/estimates/schema';
import { parseMoney } from '@/lib/money';
import { addDataset, addJob, config, offerCtx } from './support';

let db: TestDatabase;
let caller: Caller;
let other: Caller;
let clock: ManualClock;
let dataset: string;

const LLAMA = { base_model: 'meta-llama/Llama-3.2-3B', trainer: 'axolotl', provider: 'modal', sku: 'l40s' };

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  caller = await db.createUser();
  other = await db.createUser();
  clock = manualClock('2026-06-15T12:07:00Z');
  dataset = await addDataset(db, caller);
});

const estimate = (more: Record<string, unknown> = {}) =>
  estimateRun(offerCtx(db, caller, clock), config({ dataset_id: dataset, ...LLAMA, ...more }));

const record = (jobId: string, made: Estimate, as = caller) =>
  db.database.asService().transaction((tx) => recordEstimate(tx, { jobId, userId: as.userId, estimate: made }));

/** A run that took so many times as long as expected, and its end. */
async function finish(made: Estimate, factor: number, { status = 'completed', cost = '1' } = {}): Promise<string> {
  const jobId = await addJob(db, caller);
  await record(jobId, made);
  clock.set(clock.now().getTime() + 60_000);
  await db.database.asService().transaction(async (tx) => {
    await tx.updateTable('lora_training_jobs').set({ status, ended_at: clock.now() }).where('id', '=', jobId).execute();
    await recordActual(tx, {
      jobId,
      cost: parseMoney(cost),
      ms: Math.round(made.duration_ms.middle * factor),
      trainingMs: Math.round(made.breakdown.training.ms * factor),
      tokens: made.tokens,
    });
  });
  return jobId;
}

const rowOf = async (jobId: string) =>
  (await db.admin.query('select * from lora_estimates where job_id = $1', [jobId])).rows[0];

describe('an estimate that is kept', () => {
  test('lies beside its job and, marked as an estimate, in the ledger', async () => {
    const made = await estimate();
    const jobId = await addJob(db, caller, { team: 'vision' });
    await record(jobId, made);
    expect(await rowOf(jobId)).toMatchObject({
      user_id: caller.userId,
      gpu_type: 'L40S',
      gpu_count: 1,
      trainer: 'axolotl',
      parameters: '3212749824',
      rank: 16,
      max_length: 480,
      tokens: String(made.tokens),
      cost_middle: made.cost.middle.amount_exact,
      duration_high_ms: String(made.duration_ms.high),
      finished_at: null,
    });
    const answer = await costs(userCtx(db, caller, clock), { period: 'week', include: 'estimates' });
    expect([answer.total_cost_exact, answer.estimated_cost_exact]).toEqual([
      '0.0000000000',
      made.cost.middle.amount_exact,
    ]);
    expect(answer.records).toEqual([]);
    expect(answer.estimates).toMatchObject([{ source: `estimate:${jobId}`, cost_type: 'compute', job_id: jobId }]);
    const { rows } = await db.admin.query('select tags from lora_cost_records where source = $1', [
      `estimate:${jobId}`,
    ]);
    expect(rows).toEqual([{ tags: { team: 'vision' } }]);
  });

  test('needs a job of that user', async () => {
    const jobId = await addJob(db, other);
    await expect(record(jobId, await estimate())).rejects.toMatchObject({ code: 'not_found' });
    expect(await rowOf(jobId)).toBeUndefined();
    await record(jobId, await estimate(), other);
    expect(await rowOf(jobId)).toMatchObject({ user_id: other.userId });
  });

  test('gets its actual once, and a job without an estimate none', async () => {
    const jobId = await finish(await estimate(), 2, { cost: '0.5' });
    const again = { cost: parseMoney('9'), ms: 1, trainingMs: 1, tokens: 1 };
    const bare = await addJob(db, caller);
    await db.database.asService().transaction(async (tx) => {
      await recordActual(tx, { jobId, ...again });
      await recordActual(tx, { jobId: bare, ...again });
    });
    const row = await rowOf(jobId);
    expect([row.actual_cost, row.finished_at.toISOString()]).toEqual(['0.5000000000', clock.now().toISOString()]);
    expect(await rowOf(bare)).toBeUndefined();
  });
});

describe('runs of one’s own', () => {
  test('make the next estimate right and sure', async () => {
    const before = await estimate();
    expect(before.basis.kind).toBe('prior');
    for (let n = 0; n < 12; n += 1)
      await finish(await estimate(), before.duration_ms.middle / (await estimate()).duration_ms.middle / 4);
    const after = await estimate();
    expect(after.basis).toMatchObject({ kind: 'own_runs', runs: 12 });
    expect(after.basis.note).toContain('12 finished runs');
    expect(after.duration_ms.middle / before.duration_ms.middle).toBeCloseTo(0.25, 1);
    const widthOf = ({ cost }: Estimate) => cost.high.amount / cost.low.amount;
    expect(widthOf(after)).toBeLessThan(widthOf(before) / 2);
    expect(after.storage_per_month).toEqual(before.storage_per_month);
  });

  test('count only where they completed, on that GPU, with that trainer, and are one’s own', async () => {
    const made = await estimate();
    await finish(made, 0.1, { status: 'failed' });
    await finish(made, 0.1, { status: 'cancelled' });
    expect((await estimate()).basis.kind).toBe('prior');
    await finish(made, 0.1);
    expect((await estimate()).basis).toMatchObject({ kind: 'own_runs', runs: 1 });
    expect((await estimate({ sku: 'h100' })).basis.kind).toBe('prior');
    const theirs = await addDataset(db, other);
    const foreign = await estimateRun(offerCtx(db, other, clock), config({ dataset_id: theirs, ...LLAMA }));
    expect(foreign.basis.kind).toBe('prior');
  });
});

describe('the comparison', () => {
  const compare = (userId: Caller['userId'] | null) => listEstimates(systemCtx(db, clock), { userId, limit: 50 });

  test('shows estimate, actual and how far off it was, the latest first', async () => {
    const made = await estimate();
    const first = await finish(made, 2, { cost: String(made.cost.middle.amount * 2) });
    const second = await finish(made, 1, { cost: made.cost.middle.amount_exact });
    await finish(made, 1, { status: 'failed' });
    const { estimates, summary } = await compare(caller.userId);
    expect(estimates.map(({ jobId }) => jobId).slice(1)).toEqual([second, first]);
    expect(estimates.map(({ ratio }) => ratio?.toFixed(2)).slice(1)).toEqual(['1.00', '2.00']);
    expect(estimates[1]).toMatchObject({ user: caller.email, basis: 'prior', gpu: '1 × L40S', status: 'completed' });
    expect(summary).toEqual([{ basis: 'prior', jobs: 2, medianError: expect.closeTo(0.5), inside: 1 }]);
  });

  test('of one user holds nobody else’s, and of all holds theirs', async () => {
    const jobId = await finish(await estimate(), 1);
    expect((await compare(other.userId)).estimates).toEqual([]);
    expect((await compare(null)).estimates.map((row) => row.jobId)).toContain(jobId);
    await expect(listEstimates(systemCtx(db, clock), { userId: null, limit: 0 })).rejects.toMatchObject({
      code: 'bad_input',
    });
  });

  test('is printed by the command, with exact amounts for scripts', async () => {
    const made = await estimate();
    const jobId = await finish(made, 2, { cost: '0.25' });
    const email = caller.email ?? '';
    const { code, out } = await pipeline(db, ['estimates', email, '--json']);
    const { estimates, summary } = JSON.parse(out);
    expect([code, estimates.length, summary.length]).toEqual([0, 1, 1]);
    expect(estimates[0]).toMatchObject({
      job_id: jobId,
      user: email,
      cost_middle: made.cost.middle.amount_exact,
      actual_cost: '0.2500000000',
      actual_ms: made.duration_ms.middle * 2,
    });
    const table = await pipeline(db, ['estimates', email]);
    expect(table.out).toMatch(/completed +1 × L40S +data sheet .*\$0\.25.*By data sheet: 1 completed/s);
    const nobody = await pipeline(db, ['estimates', 'nobody@example.test']);
    expect([nobody.code, nobody.err]).toEqual([1, expect.stringContaining('nobody@example.test')]);
  }, 60_000);
});
