import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { charge, costs, manualClock, record, userCtx } from '../ledger/support';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { seededRandom } from '../support/random';
import { SEED, trials } from './support/scale';

const REQUESTS = trials({ short: 1_000, full: 10_000 });
const TENANTS = 50;
const CONNECTIONS = 5;

let db: TestDatabase;
const clock = manualClock('2026-06-20T00:00:00Z');
const tenants: Caller[] = [];

beforeAll(async () => {
  db = await createTestDatabase({ poolSize: CONNECTIONS });
  for (let i = 0; i < TENANTS; i += 1) {
    const tenant = await db.createUser();
    tenants.push(tenant);
    await record(db, [
      charge(tenant, { amount: String(i + 1) }),
      charge(tenant, { amount: '0.5', source: `gone:${i}` }),
    ]);
  }
});
afterAll(() => db.drop());

it(`shows ${TENANTS} tenants on ${CONNECTIONS} connections their own rows only, in ${REQUESTS} interleaved requests, failed ones among them (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  let foreign = 0;
  let failed = 0;
  const ask = async (): Promise<void> => {
    const i = Math.floor(random() * TENANTS);
    const tenant = tenants[i] as Caller;
    const ctx = userCtx(db, tenant, clock);
    if (random() < 0.2) {
      // a transaction that dies with its claims set must leave nothing of them behind
      const dies = ctx.session.transaction(async (tx) => {
        await tx.selectFrom('lora_cost_records').select('id').execute();
        throw new Error('died');
      });
      await dies.catch(() => {
        failed += 1;
      });
      return;
    }
    const answer = await costs(ctx, { period: 'week' });
    if (answer.total_cost !== i + 1.5 || answer.records.some((row) => row.user_id !== tenant.userId)) foreign += 1;
  };
  for (let sent = 0; sent < REQUESTS; sent += 100) await Promise.all(Array.from({ length: 100 }, ask));
  console.log(`pool: ${REQUESTS} requests, ${failed} of them died, ${foreign} saw foreign rows, seed ${SEED}`);
  expect(foreign).toBe(0);
  expect(failed).toBeGreaterThan(REQUESTS / 10);
});
