import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NewCharge } from '@/domain/ledger/charge';
import { recordCharges } from '@/domain/ledger/record-charges';
import { verifyLedger } from '@/domain/ledger/verify-ledger';
import { formatMoney } from '@/lib/money';
import { charge, manualClock, systemCtx } from '../ledger/support';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { seededRandom } from '../support/random';
import { SEED, trials } from './support/scale';

const EVENTS = trials({ short: 1_000, full: 10_000 });
const SENDERS = 32;

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase({ poolSize: SENDERS });
});
afterAll(() => db.drop());

it(`counts ${EVENTS} events once each, though they are sent 1 to 5 times, shuffled, by ${SENDERS} senders whose batches are cut (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const pick = (n: number) => Math.floor(random() * n);
  const users = await Promise.all(Array.from({ length: 7 }, () => db.createUser()));
  const events = Array.from({ length: EVENTS }, (_, i) => {
    const user = users[pick(users.length)];
    if (!user) throw new Error('no user');
    return charge(user, {
      source: `event:${i}`,
      amount: `${pick(100)}.${String(pick(10 ** 9)).padStart(10, '0')}`,
      recordedAt: new Date(Date.parse('2026-01-01T00:00:00Z') + pick(90 * 96) * 900_000),
    });
  });
  const sent = events.flatMap((event) => Array.from({ length: 1 + pick(5) }, () => event));
  for (let i = sent.length - 1; i > 0; i -= 1) {
    const j = pick(i + 1);
    [sent[i], sent[j]] = [sent[j] as NewCharge, sent[i] as NewCharge];
  }
  const service = db.database.asService({ timeoutMs: 60_000 });
  let cut = 0;
  const post = async (batch: NewCharge[]): Promise<void> => {
    const once = [...new Map(batch.map((event) => [event.source, event])).values()];
    if (random() < 0.1) {
      // the first half is written, and then its sender dies before it commits
      cut += 1;
      const dies = service.transaction(async (tx) => {
        await recordCharges(tx, once.slice(0, Math.ceil(once.length / 2)));
        throw new Error('the sender died');
      });
      await expect(dies).rejects.toThrow('the sender died');
    }
    await service.transaction((tx) => recordCharges(tx, once));
  };
  await Promise.all(
    Array.from({ length: SENDERS }, async () => {
      for (;;) {
        const batch = sent.splice(0, 1 + pick(40));
        if (batch.length === 0) return;
        await post(batch);
      }
    }),
  );

  const expected = events.reduce((sum, event) => sum + BigInt(formatMoney(event.amount).replace('.', '')), 0n);
  const { rows } = await db.admin.query('select count(*)::int as n, sum(amount)::text as total from lora_cost_records');
  console.log(`events: ${EVENTS}, batches cut ${cut}, rows ${rows[0].n}, total ${rows[0].total}, seed ${SEED}`);
  expect(rows[0].n).toBe(EVENTS);
  expect(BigInt(rows[0].total.replace('.', '')) - expected).toBe(0n);
  expect((await verifyLedger(systemCtx(db, manualClock('2026-01-01')))).differences).toEqual([]);

  const other = { ...(events[0] as NewCharge), amount: 1n as NewCharge['amount'] };
  await expect(service.transaction((tx) => recordCharges(tx, [other]))).rejects.toMatchObject({ code: 'conflict' });
});
