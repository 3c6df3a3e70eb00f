import type { TestDatabase } from '@tests/support/database';
import type pg from 'pg';
import type { Caller, Database } from '@/db/session';
import { changeSettings } from '@/domain/accounts/change-settings';
import { deleteAccount } from '@/domain/accounts/delete-account';
import { correctCharge } from '@/domain/ledger/correct-charge';
import { recordCharges } from '@/domain/ledger/record-charges';
import { markAllRead } from '@/domain/notifications/mark-all-read';
import { markRead } from '@/domain/notifications/mark-read';
import { notify } from '@/domain/notifications/notify';
import { readPosition } from '@/domain/notifications/position';
import { parseMoney } from '@/lib/money';
import { charge, manualClock, record, userCtx } from '../../ledger/support';

/** A write of the product, made ready for one account of its own. */
export interface Prepared {
  /** Does it; the same again is what a caller does who got no answer. */
  act(database: Database): Promise<unknown>;
  /** What the tables say about it, by SQL alone. */
  look(): Promise<unknown>;
  /** What they say once it was done. */
  readonly done: unknown;
  /** Refused as not found, when it is asked for again after it was done. */
  readonly goesAway?: boolean;
}

export interface Flow {
  readonly name: string;
  prepare(db: TestDatabase): Promise<Prepared>;
}

const clock = manualClock('2026-06-20T00:00:00Z');
let serial = 0;
const fresh = (): string => {
  serial += 1;
  return `answer:${serial}`;
};

const asUser = (db: TestDatabase, database: Database, caller: Caller) => userCtx({ ...db, database }, caller, clock);
const asSystem = (db: TestDatabase, database: Database, caller: Caller) => {
  const { service, log } = asUser(db, database, caller);
  return { session: service, clock, log };
};

/** Looks at one account with a statement that gives one row. */
const looking =
  ({ admin }: { admin: pg.Pool }, { userId }: Caller, statement: string) =>
  async () =>
    (await admin.query(statement, [userId])).rows[0];

const CHARGES = `select count(*)::int as n, sum(amount)::text as total, count(corrects)::int as corrections,
  count(*) filter (where state = 'open')::int as open from lora_cost_records where user_id = $1`;

const INBOX = `select count(*)::int as n, count(*) filter (where not n.read and n.unread_seq > s.read_upto)::int as unread,
  max(s.unread_count) as counter
  from lora_notifications n join lora_inbox_state s using (user_id) where n.user_id = $1`;

async function withNotifications(db: TestDatabase): Promise<{ caller: Caller; ids: string[] }> {
  const caller = await db.createUser();
  const { rows } = await db.admin.query<{ id: string }>(
    `insert into lora_notifications (user_id, type, title, message)
     select $1, 'job_failed', 'Run ' || i, 'It failed.' from generate_series(1, 5) i returning id`,
    [caller.userId],
  );
  return { caller, ids: rows.map(({ id }) => id) };
}

/** The writes that an account, a worker or an operator asks for. */
export const FLOWS: readonly Flow[] = [
  {
    name: 'recordCharges',
    async prepare(db) {
      const caller = await db.createUser();
      const open = charge(caller, { source: fresh(), state: 'open', amount: '1' });
      await record(db, [open]);
      const batch = [
        { ...open, amount: parseMoney('1.0000000001') },
        charge(caller, { source: fresh(), amount: '2.5' }),
        charge(caller, { source: fresh(), amount: '-0.25', currency: 'USD' }),
      ];
      return {
        act: (database) => database.asService().transaction((tx) => recordCharges(tx, batch)),
        look: looking(db, caller, CHARGES),
        done: { n: 3, total: '3.2500000001', corrections: 0, open: 1 },
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
        act: (database) => correctCharge(asSystem(db, database, caller), input),
        look: looking(db, caller, CHARGES),
        done: { n: 2, total: '2.5000000000', corrections: 1, open: 0 },
      };
    },
  },
  {
    name: 'notify',
    async prepare(db) {
      const { caller } = await withNotifications(db);
      const row = { userId: caller.userId, type: 'job_completed', title: 'Done', message: 'It is done.' } as const;
      const rows = ['a', 'b', 'c'].map((dedupeKey) => ({ ...row, dedupeKey, threadKey: 'thread' }));
      return {
        act: (database) => notify(asSystem(db, database, caller), rows),
        look: looking(db, caller, INBOX),
        // each of a thread settles the one before
        done: { n: 8, unread: 6, counter: 6 },
      };
    },
  },
  {
    name: 'markAllRead',
    async prepare(db) {
      const { caller } = await withNotifications(db);
      const { rows } = await db.admin.query<{ place: string }>(
        "select private.epoch() || '.' || last_seq as place from lora_inbox_state where user_id = $1",
        [caller.userId],
      );
      const upTo = readPosition(rows[0]?.place ?? '');
      if (!upTo) throw new Error('an inbox has a place');
      return {
        act: (database) => markAllRead(asUser(db, database, caller), { up_to: upTo }),
        look: looking(db, caller, INBOX),
        done: { n: 5, unread: 0, counter: 0 },
      };
    },
  },
  {
    name: 'markRead',
    async prepare(db) {
      const { caller, ids } = await withNotifications(db);
      return {
        act: (database) => markRead(asUser(db, database, caller), { id: ids[2] ?? '' }),
        look: looking(db, caller, INBOX),
        done: { n: 5, unread: 4, counter: 4 },
      };
    },
  },
  {
    name: 'changeSettings',
    async prepare(db) {
      const caller = await db.createUser();
      return {
        act: (database) => changeSettings(asUser(db, database, caller), { timezone: 'Europe/Berlin', currency: 'EUR' }),
        look: looking(
          db,
          caller,
          `select (select timezone || ' ' || currency from lora_accounts where user_id = $1) as settings,
             (select count(*)::int from lora_cost_zone_offsets where user_id = $1 and off in (4, 8)) as offsets`,
        ),
        done: { settings: 'Europe/Berlin EUR', offsets: 2 },
      };
    },
  },
  {
    name: 'deleteAccount',
    async prepare(db) {
      const { caller } = await withNotifications(db);
      await record(db, [charge(caller, { source: fresh() }), charge(caller, { source: fresh() })]);
      return {
        act: (database) => deleteAccount(asSystem(db, database, caller), caller.userId),
        look: looking(
          db,
          caller,
          `select (select count(*)::int from auth.users where id = $1) as accounts,
             (select count(*)::int from auth.sessions where user_id = $1) as sessions,
             (select count(*)::int from lora_cost_records where user_id = $1) as charges,
             (select count(*)::int from lora_cost_days where user_id = $1) as days,
             (select count(*)::int from lora_notifications where user_id = $1) as notifications`,
        ),
        done: { accounts: 0, sessions: 0, charges: 0, days: 0, notifications: 0 },
        goesAway: true,
      };
    },
  },
];
