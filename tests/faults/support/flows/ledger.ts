import type { TestDatabase } from '@tests/support/database';
import type { Caller, Database } from '@/db/session';
import type { NewCharge } from '@/domain/ledger/charge';
import { correctCharge } from '@/domain/ledger/correct-charge';
import { rebuildLedger } from '@/domain/ledger/rebuild-ledger';
import { recordCharges } from '@/domain/ledger/record-charges';
import { parseMoney } from '@/lib/money';
import { charge, record } from '../../../ledger/support';
import { asSystem, type Flow, fresh, looking } from './flow';

/** The records of an account beside what its roll-up says of them. */
const CHARGES = `
  select count(*)::int as n, sum(amount)::text as total, count(corrects)::int as corrections,
    count(*) filter (where state = 'open')::int as open,
    (select sum(d.amount)::text from lora_cost_days d where d.user_id = $1 and d.off = 0) as days
  from lora_cost_records where user_id = $1`;

const post = (batch: readonly NewCharge[]) => (database: Database) =>
  database.asService().transaction((tx) => recordCharges(tx, batch));

/** An account with one open charge of a dollar. */
async function withOpen(db: TestDatabase): Promise<{ caller: Caller; open: NewCharge }> {
  const caller = await db.createUser();
  const open = charge(caller, { source: fresh(), state: 'open', amount: '1' });
  await record(db, [open]);
  return { caller, open };
}

export const LEDGER_FLOWS: readonly Flow[] = [
  {
    name: 'recordCharges',
    async prepare(db) {
      const { caller, open } = await withOpen(db);
      const batch = [
        { ...open, amount: parseMoney('1.0000000001') },
        charge(caller, { source: fresh(), amount: '2.5' }),
        charge(caller, { source: fresh(), amount: '-0.25', currency: 'USD' }),
      ];
      return {
        act: post(batch),
        look: looking(db, caller.userId, CHARGES),
        done: { n: 3, total: '3.2500000001', corrections: 0, open: 1, days: '3.2500000001' },
      };
    },
  },
  {
    name: 'recordCharges, growing an open one',
    async prepare(db) {
      const { caller, open } = await withOpen(db);
      return {
        act: post([{ ...open, amount: parseMoney('7.0000000003') }]),
        look: looking(db, caller.userId, CHARGES),
        done: { n: 1, total: '7.0000000003', corrections: 0, open: 1, days: '7.0000000003' },
      };
    },
  },
  {
    name: 'recordCharges, making one final',
    async prepare(db) {
      const { caller, open } = await withOpen(db);
      return {
        act: post([{ ...open, amount: parseMoney('1.5'), state: 'final' }]),
        look: looking(db, caller.userId, CHARGES),
        done: { n: 1, total: '1.5000000000', corrections: 0, open: 0, days: '1.5000000000' },
      };
    },
  },
  {
    name: 'correctCharge',
    async prepare(db) {
      const caller = await db.createUser();
      const source = fresh();
      await record(db, [charge(caller, { source, amount: '4' })]);
      const { rows } = await db.admin.query<{ id: string }>('select id from lora_cost_records where source = $1', [
        source,
      ]);
      const input = { chargeId: rows[0]?.id ?? '', key: 'late credit', amount: parseMoney('-1.5'), reason: 'late' };
      return {
        act: (database) => correctCharge(asSystem(db, database), input),
        look: looking(db, caller.userId, CHARGES),
        done: { n: 2, total: '2.5000000000', corrections: 1, open: 0, days: '2.5000000000' },
      };
    },
  },
  {
    name: 'rebuildLedger',
    async prepare(db) {
      const caller = await db.createUser();
      await record(db, [charge(caller, { source: fresh(), amount: '4' })]);
      await db.admin.query('update lora_cost_days set amount = 5 where user_id = $1', [caller.userId]);
      return {
        act: (database) => rebuildLedger(asSystem(db, database), [caller.userId]),
        look: looking(db, caller.userId, CHARGES),
        done: { n: 1, total: '4.0000000000', corrections: 0, open: 0, days: '4.0000000000' },
      };
    },
  },
];
