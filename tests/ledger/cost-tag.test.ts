import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { changeSettings } from '@/domain/accounts/change-settings';
import { readCosts } from '@/domain/ledger/read-costs';
import { costsQuery } from '@/domain/ledger/schema';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { seededRandom } from '../support/random';
import { charge, manualClock, record, userCtx } from './support';

const STEPS = Number(process.env.TAG_STEPS ?? 1_500);
const SEED = Number(process.env.TAG_SEED ?? 20_261_123);

let db: TestDatabase;
let ada: Caller;
let bob: Caller;
const clock = manualClock('2026-11-10T10:20:30.123Z');

beforeAll(async () => {
  db = await createTestDatabase();
  ada = await db.createUser();
  bob = await db.createUser();
});
afterAll(() => db.drop());

const QUERIES = [
  { period: 'week' },
  { period: 'week', fill: 'zero', timezone: 'Asia/Kathmandu' },
  { period: 'month', group_by: 'cost_type' },
  { period: 'week', granularity: 'hour', fill: 'zero', limit: '0' },
  { start_date: '2026-11-01', limit: '10' },
  { period: 'month', limit: '3', fill: 'zero' },
  { start_date: '2026-11-01', end_date: '2026-11-12', include: 'estimates' },
  { end_date: '2026-11-09' },
] as const;

it(`never says "unchanged" where a fresh answer would differ (${STEPS} steps of time and writes, seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const pick = (n: number) => Math.floor(random() * n);
  const ctx = userCtx(db, ada, clock);
  let reads = 0;
  const read = ctx.session.read;
  const counting = (...queries: never[]) => {
    reads += queries.length;
    return read(...queries);
  };
  const counted = { ...ctx, session: { ...ctx.session, read: counting } } as typeof ctx;
  const held = new Map<number, { tag: string; body: string }>();
  const outcomes = { same: 0, sameReads: 0, fresh: 0, wrong: 0 };
  const near = () => new Date(clock.now().getTime() + (pick(40) - 30) * 21_600_000 + pick(1_000_000));

  for (let step = 0; step < STEPS; step += 1) {
    const dice = random();
    if (dice < 0.06) await record(db, [charge(ada, { recordedAt: near(), amount: `${pick(100)}.${pick(1_000)}` })]);
    else if (dice < 0.09) await record(db, [charge(bob, { recordedAt: near() })]);
    else if (dice < 0.1) await changeSettings(ctx, { currency: pick(2) === 0 ? 'USD' : 'EUR' });
    else if (dice < 0.4) clock.set(clock.now().getTime() + pick(2_000));
    else if (dice < 0.55) clock.set(clock.now().getTime() + pick(3_600_000));

    const which = pick(QUERIES.length);
    const query = costsQuery.parse(QUERIES[which]);
    const fresh = await readCosts(ctx, query);
    const body = JSON.stringify(fresh.data);
    const known = held.get(which);
    if (known) {
      reads = 0;
      const again = await readCosts(counted, query, [known.tag]);
      if (again.data === null) {
        outcomes.same += 1;
        outcomes.sameReads += reads;
        if (known.body !== body || again.tag !== known.tag) outcomes.wrong += 1;
      } else {
        outcomes.fresh += 1;
        if (JSON.stringify(again.data) !== body) outcomes.wrong += 1;
      }
    }
    held.set(which, { tag: fresh.tag, body });
  }
  console.log(`ETag: ${JSON.stringify(outcomes)}, seed ${SEED}`);
  expect(outcomes.wrong).toBe(0);
  expect(outcomes.same).toBeGreaterThan((outcomes.same + outcomes.fresh) / 2);
  // an unchanged answer costs one statement of one row
  expect(outcomes.sameReads).toBe(outcomes.same);
}, 180_000);

it('is another for another query, another account and another version', async () => {
  const query = costsQuery.parse({ period: 'week' });
  const { tag } = await readCosts(userCtx(db, ada, clock), query);
  const month = await readCosts(userCtx(db, ada, clock), costsQuery.parse({ period: 'month' }), [tag]);
  expect(month.data).not.toBeNull();
  await record(db, [charge(ada, { recordedAt: new Date('2020-01-01') })]);
  expect((await readCosts(userCtx(db, ada, clock), query, [tag])).data).not.toBeNull();
});
