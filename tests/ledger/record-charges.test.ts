import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { correctCharge } from '@/domain/ledger/correct-charge';
import { verifyLedger } from '@/domain/ledger/verify-ledger';
import { parseMoney } from '@/lib/money';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { charge, manualClock, record, systemCtx } from './support';

let db: TestDatabase;
let ada: Caller;
let bob: Caller;
const clock = manualClock('2026-06-20T00:00:00Z');

beforeAll(async () => {
  db = await createTestDatabase();
  ada = await db.createUser('ada@example.com');
  bob = await db.createUser('bob@example.com');
});
afterAll(() => db.drop());

const rowsOf = async (source: string) =>
  (await db.admin.query('select * from lora_cost_records where source = $1 order by recorded_at, id', [source])).rows;

const versionOf = async (caller: Caller): Promise<number> => {
  const { rows } = await db.admin.query('select version from lora_cost_state where user_id = $1', [caller.userId]);
  return Number(rows[0]?.version ?? 0);
};

describe('recording charges', () => {
  it('writes a charge once, however often it is sent', async () => {
    const one = charge(ada, { source: 'attempt:once', amount: '0.1234567891' });
    expect(await record(db, [one])).toEqual({ inserted: 1, grown: 0, unchanged: 0 });
    const version = await versionOf(ada);
    expect(await record(db, [one])).toEqual({ inserted: 0, grown: 0, unchanged: 1 });
    expect(await versionOf(ada)).toBe(version);
    const rows = await rowsOf('attempt:once');
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ amount: '0.1234567891', state: 'final', currency: 'USD', job_ref: null });
  });

  it('lets an open charge grow and then end', async () => {
    const open = charge(ada, { source: 'attempt:grows', state: 'open', amount: '1' });
    await record(db, [open]);
    expect(await record(db, [{ ...open, amount: parseMoney('2.5') }])).toEqual({ inserted: 0, grown: 1, unchanged: 0 });
    expect(await record(db, [{ ...open, amount: parseMoney('3'), state: 'final' }])).toMatchObject({ grown: 1 });
    expect(await rowsOf('attempt:grows')).toMatchObject([{ amount: '3.0000000000', state: 'final' }]);
  });

  it('refuses other content for a final charge and changes nothing', async () => {
    const final = charge(ada, { source: 'attempt:final', amount: '7' });
    await record(db, [final]);
    const fresh = charge(ada, { source: 'attempt:beside' });
    await expect(record(db, [fresh, { ...final, amount: parseMoney('8') }])).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await rowsOf('attempt:final')).toMatchObject([{ amount: '7.0000000000' }]);
    expect(await rowsOf('attempt:beside')).toHaveLength(0);
  });

  it('refuses to hand an open charge to another account', async () => {
    const open = charge(ada, { source: 'attempt:hers', state: 'open' });
    await record(db, [open]);
    await expect(record(db, [{ ...open, userId: bob.userId }])).rejects.toMatchObject({ code: 'conflict' });
    expect(await rowsOf('attempt:hers')).toMatchObject([{ user_id: ada.userId }]);
  });

  it('refuses a batch that names one charge twice', async () => {
    const one = charge(ada, { source: 'attempt:twice' });
    await expect(record(db, [one, { ...one }])).rejects.toMatchObject({ code: 'conflict' });
    expect(await rowsOf('attempt:twice')).toHaveLength(0);
  });

  it('keeps phases of one bucket apart, and no phase as a value of its own', async () => {
    const base = charge(ada, { source: 'attempt:phases' });
    await record(db, [base, { ...base, phase: 'training' }, { ...base, phase: 'evaluation' }]);
    expect(await record(db, [base])).toMatchObject({ unchanged: 1 });
    expect(await rowsOf('attempt:phases')).toHaveLength(3);
  });

  it('refuses an amount that is no number', async () => {
    await expect(
      db.admin.query(
        "insert into lora_cost_records (user_id, cost_type, amount, billing_period) values ($1, 'x', 'NaN', '2026-01-01')",
        [ada.userId],
      ),
    ).rejects.toThrow(/lora_cost_records_amount/);
  });

  it('completes a row that plain SQL writes with the first eight columns', async () => {
    const { rows } = await db.admin.query(
      `insert into lora_cost_records (user_id, cost_type, amount, details, billing_period, recorded_at)
       values ($1, 'compute', 12.34, '{}', '2026-06-01', '2026-06-01T00:00:00Z') returning *`,
      [bob.userId],
    );
    expect(rows[0]).toMatchObject({ source: `legacy:${rows[0].id}`, state: 'final', currency: 'USD' });
  });
});

describe('correcting a charge', () => {
  const idOf = async (source: string): Promise<string> => (await rowsOf(source))[0].id;

  it('posts a correction dated now, once per key', async () => {
    await record(db, [charge(ada, { source: 'attempt:wrong', amount: '10', phase: 'training', tags: { team: 'a' } })]);
    const chargeId = await idOf('attempt:wrong');
    const correction = { chargeId, key: 'ticket-1', amount: parseMoney('-2.5'), reason: 'billed twice' };
    const first = await correctCharge(systemCtx(db, clock), correction);
    const again = await correctCharge(systemCtx(db, clock), correction);
    expect(first.posted).toBe(true);
    expect(again).toEqual({ id: first.id, posted: false });
    const { rows } = await db.admin.query('select * from lora_cost_records where corrects = $1', [chargeId]);
    expect(rows).toMatchObject([
      { amount: '-2.5000000000', phase: 'training', tags: { team: 'a' }, state: 'final', recorded_at: clock.now() },
    ]);
  });

  it('takes several corrections of one charge, and refuses a used key with other content', async () => {
    await record(db, [charge(ada, { source: 'attempt:twice-wrong', amount: '10' })]);
    const chargeId = await idOf('attempt:twice-wrong');
    const post = (key: string, amount: string) =>
      correctCharge(systemCtx(db, clock), { chargeId, key, amount: parseMoney(amount), reason: 'r' });
    await post('k1', '-1');
    await post('k2', '-1');
    await expect(post('k1', '-3')).rejects.toMatchObject({ code: 'conflict' });
    const { rows } = await db.admin.query('select sum(amount) from lora_cost_records where corrects = $1', [chargeId]);
    expect(rows[0].sum).toBe('-2.0000000000');
  });

  it('posts one correction when fifty callers send it at once', async () => {
    await record(db, [charge(ada, { source: 'attempt:raced', amount: '10' })]);
    const chargeId = await idOf('attempt:raced');
    const correction = { chargeId, key: 'once', amount: parseMoney('-1'), reason: 'r' };
    const results = await Promise.all(
      Array.from({ length: 50 }, () => correctCharge(systemCtx(db, clock), correction)),
    );
    expect(results.filter((result) => result.posted)).toHaveLength(1);
    expect(new Set(results.map((result) => result.id)).size).toBe(1);
  });

  it('corrects neither an open charge, nor an estimate, nor a correction, nor what is not there', async () => {
    await record(db, [
      charge(ada, { source: 'attempt:still-open', state: 'open' }),
      charge(ada, { source: 'estimate:x', isEstimate: true }),
      charge(ada, { source: 'attempt:base' }),
    ]);
    const post = (chargeId: string) =>
      correctCharge(systemCtx(db, clock), { chargeId, key: 'k', amount: parseMoney('1'), reason: 'r' });
    await expect(post(await idOf('attempt:still-open'))).rejects.toMatchObject({ code: 'bad_input' });
    await expect(post(await idOf('estimate:x'))).rejects.toMatchObject({ code: 'bad_input' });
    const { id } = await post(await idOf('attempt:base'));
    await expect(post(id)).rejects.toMatchObject({ code: 'bad_input' });
    await expect(post('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({ code: 'not_found' });
  });
});

it('leaves roll-ups that equal the records', async () => {
  const report = await verifyLedger(systemCtx(db, clock));
  expect(report.differences).toEqual([]);
  expect(report.records).toBeGreaterThan(10);
});
