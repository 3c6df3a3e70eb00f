import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { correctCharge } from '@/domain/ledger/correct-charge';
import { verifyLedger } from '@/domain/ledger/verify-ledger';
import { parseMoney } from '@/lib/money';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { seededRandom } from '../support/random';
import { truthByJob } from './costs.oracle';
import { charge, costs, manualClock, record, systemCtx, userCtx } from './support';

const SEED = Number(process.env.JOB_GROUPS_SEED ?? 11);
const LISTED = 100;
const HOUR = 3_600_000;
const FIRST = Date.parse('2024-01-01T00:00:00Z');
const LAST = Date.parse('2025-02-01T00:00:00Z');

let db: TestDatabase;
const clock = manualClock('2025-02-10T10:20:30.123Z');
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const random = seededRandom(SEED);
const pick = (n: number) => Math.floor(random() * n);

async function makeJobs(caller: Caller, n: number): Promise<string[]> {
  const { rows } = await db.admin.query(
    "insert into lora_training_jobs (user_id, name, status) select $1, 'run ' || i, 'running' from generate_series(1, $2::int) i returning id",
    [caller.userId, n],
  );
  return rows.map((row) => row.id);
}

const sum = (texts: Iterable<string>): bigint => [...texts].reduce((all, text) => all + parseMoney(text), 0n);

/** The answer for [start, end) is what plain SQL says: largest first, others and money without a job apart. */
async function expectTruth(caller: Caller, from: number, to: number, currency: string): Promise<void> {
  const [start, end] = [new Date(Math.min(from, to)), new Date(Math.max(from, to))];
  const truth = await truthByJob(db.admin, { userId: caller.userId, start, end, currency });
  const answer = await costs(userCtx(db, caller, clock), {
    start_date: start.toISOString(),
    end_date: end.toISOString(),
    currency,
    group_by: 'job',
    limit: '0',
  });
  const jobs = truth.filter((row) => row.key !== null);
  const without = truth.find((row) => row.key === null)?.amount ?? '0.0000000000';
  const groups = answer.groups ?? [];
  expect(groups.filter((g) => g.key !== null).map((g) => ({ key: g.key, amount: g.amount_exact }))).toEqual(
    jobs.slice(0, LISTED),
  );
  expect(groups.find((g) => g.key === null)?.amount_exact ?? '0.0000000000').toBe(without);
  expect(groups.map((g) => parseMoney(g.amount_exact))).toEqual(
    groups.map((g) => parseMoney(g.amount_exact)).toSorted((a, b) => (a > b ? -1 : a < b ? 1 : 0)),
  );
  const others = jobs.slice(LISTED).map((row) => row.amount);
  expect(answer.other_groups === undefined ? null : sum([answer.other_groups.amount_exact])).toBe(
    others.length === 0 ? null : sum(others),
  );
  expect(sum([...groups.map((g) => g.amount_exact), answer.other_groups?.amount_exact ?? '0'])).toBe(
    sum([answer.total_cost_exact]),
  );
}

/** A job's charges: lives from a quarter-hour to a year, some open, some credits, some in another currency. */
function chargesOf(caller: Caller, jobId: string | null, n: number) {
  const began = FIRST + pick(LAST - FIRST);
  const length = [HOUR / 4, 3 * HOUR, 20 * HOUR, 5 * 24 * HOUR, 25 * 24 * HOUR, 300 * 24 * HOUR][pick(6)] ?? HOUR;
  return Array.from({ length: n }, () =>
    charge(caller, {
      jobId,
      recordedAt: new Date(Math.min(began + pick(length), LAST)),
      state: pick(3) === 0 ? 'open' : 'final',
      costType: ['compute', 'storage', 'egress'][pick(3)] ?? 'compute',
      currency: pick(6) === 0 ? 'EUR' : 'USD',
      amount: `${pick(8) === 0 ? '-' : ''}${pick(20)}.${String(pick(10 ** 9)).padStart(10, '0')}`,
    }),
  );
}

it(`equal plain SQL over the records for any range, while jobs grow, end, are corrected and lose charges (seed ${SEED})`, async () => {
  const caller = await db.createUser();
  let jobs = await makeJobs(caller, 160);
  const ranges = fc.tuple(
    fc.integer({ min: FIRST, max: LAST }),
    fc.oneof(fc.integer({ min: FIRST, max: LAST }), fc.constantFrom(FIRST, LAST + 24 * HOUR)),
    fc.constantFrom('USD', 'USD', 'EUR'),
  );
  for (let round = 0; round < 8; round += 1) {
    const charges = [...jobs, null, null, null, null]
      .filter(() => pick(3) > 0)
      .flatMap((job) => chargesOf(caller, job, 1 + pick(6)));
    const mixed = charges
      .map((c) => [random(), c] as const)
      .sort(([a], [b]) => a - b)
      .map(([, c]) => c);
    for (let at = 0; at < mixed.length; at += 150) await record(db, mixed.slice(at, at + 150));
    const open = charges.filter((c) => c.state === 'open');
    await record(
      db,
      open
        .filter(() => pick(2) === 0)
        .map((c) => ({ ...c, amount: (c.amount * 2n) as typeof c.amount, state: pick(2) ? 'final' : 'open' })),
    );
    const { rows: finals } = await db.admin.query(
      "select id from lora_cost_records where user_id = $1 and state = 'final' and corrects is null order by md5(id::text || $2) limit 12",
      [caller.userId, String(round)],
    );
    clock.set(FIRST + pick(LAST - FIRST));
    for (const { id } of finals) {
      await correctCharge(systemCtx(db, clock), {
        chargeId: id,
        key: `round ${round}`,
        amount: parseMoney(`-${pick(30)}.5`),
        reason: 'a test',
      });
    }
    await db.admin.query(
      "delete from lora_cost_records where id in (select id from lora_cost_records where user_id = $1 and state = 'open' order by md5(id::text || $2) limit 25)",
      [caller.userId, String(round)],
    );
    if (round === 5) {
      // their charges stay, without a job that has a name
      await db.admin.query('delete from lora_training_jobs where id = any ($1)', [jobs.slice(0, 9)]);
      jobs = jobs.slice(9);
    }
    clock.set('2025-02-10T10:20:30.123Z');
    expect((await verifyLedger(systemCtx(db, clock))).differences).toEqual([]);
    await fc.assert(
      fc.asyncProperty(ranges, ([from, to, currency]) => expectTruth(caller, from, to, currency)),
      { numRuns: 12, seed: SEED + round },
    );
    await expectTruth(caller, FIRST, LAST + 24 * HOUR, 'USD');
  }
}, 120_000);

it('find the largest jobs of a range also where thousands outside it are larger', async () => {
  const caller = await db.createUser();
  await makeJobs(caller, 2_600);
  await db.admin.query(
    `insert into lora_cost_records (user_id, job_id, job_ref, cost_type, amount, billing_period, recorded_at, source)
     select $1, j.id, j.id, 'compute', case when j.n <= 2300 then 1000 else 1 end + j.n / 7.0, '2024-01-01',
       timestamptz '2024-01-02T03:00:00Z' + case when j.n <= 2300 then interval '0' else interval '90 days' end + j.n * interval '1 minute',
       'large:' || j.n
     from (select id, row_number() over (order by id) as n from lora_training_jobs where user_id = $1) j`,
    [caller.userId],
  );
  for (const [from, to] of [
    ['2024-03-01T00:00:00Z', '2024-12-31T00:00:00Z'],
    ['2024-01-01T00:00:00Z', '2024-12-31T00:00:00Z'],
    ['2024-01-03T04:20:00Z', '2024-04-03T01:11:11Z'],
    ['2024-01-03T04:20:00Z', '2024-01-03T05:00:00Z'],
  ] as const) {
    await expectTruth(caller, Date.parse(from), Date.parse(to), 'USD');
  }
});
