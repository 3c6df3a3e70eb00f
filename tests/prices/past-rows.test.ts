import { costs, manualClock, record, systemCtx, userCtx } from '@tests/ledger/support';
import { oracleCost } from '@tests/metering/oracle';
import { createTestDatabase, type TestDatabase } from '@tests/support/database';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Caller } from '@/db/session';
import type { NewCharge } from '@/domain/ledger/charge';
import { meterIntervals } from '@/domain/metering/meter-intervals';
import { findCurrentPrice, type PriceVersion } from '@/domain/prices/find-price';
import { setPrice } from '@/domain/prices/set-price';

const MACHINE = { provider: 'local', sku: 'this-machine' };
const HOUR_MS = 3_600_000;

let db: TestDatabase;
let caller: Caller;

beforeAll(async () => {
  db = await createTestDatabase();
  caller = await db.createUser();
});
afterAll(() => db.drop());

/** The charges of a run at a price that it has fixed for itself, up to an instant. */
function chargesOf(source: string, { price }: PriceVersion, start: number, end: number): NewCharge[] {
  const metering = { costType: 'compute', units: '1', bucket: 'quarter', asOf: end, endedAt: end } as const;
  return meterIntervals({ ...metering, price, intervals: [{ start, end, phase: 'training' }] }).map(
    ({ quantityMs: _, details, ...charge }) => ({
      ...charge,
      details: { ...details },
      phase: 'training',
      userId: caller.userId,
      jobId: null,
      source,
      tags: {},
    }),
  );
}

const everyRow = async () =>
  (await db.admin.query('select to_jsonb(r) as row from lora_cost_records r order by id')).rows.map(({ row }) => row);

test('a new price changes no row of the past, and what runs on keeps the price that it began with', async () => {
  const clock = manualClock('2026-06-15T12:00:00Z');
  const start = clock.now().getTime();
  const old = await findCurrentPrice(systemCtx(db, clock).session, MACHINE, clock.now());
  await record(db, chargesOf('attempt:first', old, start, start + HOUR_MS));
  const past = await everyRow();
  const listed = (await db.admin.query('select * from lora_prices where id = $1', [old.id])).rows[0];

  clock.set(start + HOUR_MS);
  const { price: set } = await setPrice(systemCtx(db, clock), { ...MACHINE, unit_price: '0.37' });
  expect(await everyRow()).toEqual(past);
  const ended = (await db.admin.query('select * from lora_prices where id = $1', [old.id])).rows[0];
  expect(ended).toEqual({ ...listed, valid_to: clock.now() });

  // the first run goes on for an hour at its own price, the second begins at the new one
  await record(db, chargesOf('attempt:first', old, start, start + 2 * HOUR_MS).slice(4));
  const fresh = await findCurrentPrice(systemCtx(db, clock).session, MACHINE, clock.now());
  expect([fresh.id, fresh.version]).toEqual([set.id, 2]);
  await record(db, chargesOf('attempt:second', fresh, start + HOUR_MS, start + 2 * HOUR_MS));
  expect((await everyRow()).filter(({ id }) => past.some((row) => row.id === id))).toEqual(past);

  clock.set(start + 2 * HOUR_MS);
  const { records, total_cost_exact } = await costs(userCtx(db, caller, clock), { period: 'week' });
  const rate = (unitPrice: string) => ({ unitPrice, unitMs: HOUR_MS, incrementMs: 1, minimumMs: 0 });
  const expected = oracleCost(BigInt(2 * HOUR_MS), '1', rate('0.1')) + oracleCost(BigInt(HOUR_MS), '1', rate('0.37'));
  expect(BigInt(total_cost_exact.replace('.', ''))).toBe(expected);
  const versionsOf = (source: string) =>
    new Set(
      records
        .filter((row) => row.source === source)
        .map(({ details }) => (details as { price_version: string }).price_version),
    );
  expect(versionsOf('attempt:first')).toEqual(new Set(['local/this-machine/any/owned/1']));
  expect(versionsOf('attempt:second')).toEqual(new Set(['local/this-machine/any/owned/2']));
});

test('nobody but a setter ends a version, and nobody changes what one says', async () => {
  const service = db.database.asService();
  const { id } = await findCurrentPrice(service, MACHINE, new Date('2026-06-15T12:00:00Z'));
  const refused = [
    () =>
      service.transaction((tx) =>
        tx.updateTable('lora_prices').set({ unit_price: '0' }).where('id', '=', id).execute(),
      ),
    () => service.transaction((tx) => tx.deleteFrom('lora_prices').where('id', '=', id).execute()),
    () =>
      db.database
        .asUser(caller)
        .transaction((tx) =>
          tx.updateTable('lora_prices').set({ valid_to: new Date() }).where('id', '=', id).execute(),
        ),
  ];
  for (const attempt of refused) await expect(attempt()).rejects.toMatchObject({ code: '42501' });
  const seen = await findCurrentPrice(db.database.asUser(caller), MACHINE, new Date('2026-06-15T12:00:00Z'));
  expect(seen.id).toBe(id);
});
