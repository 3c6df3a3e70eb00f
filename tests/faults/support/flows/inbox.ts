import type { TestDatabase } from '@tests/support/database';
import type { Caller } from '@/db/session';
import { expireNotifications } from '@/domain/notifications/expire-notifications';
import { expireTombstones } from '@/domain/notifications/expire-tombstones';
import { foldReadMarks } from '@/domain/notifications/fold-read-marks';
import { markAllRead } from '@/domain/notifications/mark-all-read';
import { markRead } from '@/domain/notifications/mark-read';
import { markUnread } from '@/domain/notifications/mark-unread';
import { notify } from '@/domain/notifications/notify';
import { readPosition } from '@/domain/notifications/position';
import { manualClock } from '../../../ledger/support';
import { asSystem, asUser, type Flow, looking } from './flow';

/** The counter of an inbox beside what it counts. */
const INBOX = `
  select count(*)::int as n, max(s.unread_count) as counter,
    count(*) filter (where not n.read and n.unread_seq > s.read_upto and n.archived_at is null)::int as unread
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

async function placeOf(db: TestDatabase, { userId }: Caller) {
  const { rows } = await db.admin.query<{ place: string }>(
    "select private.epoch() || '.' || last_seq as place from lora_inbox_state where user_id = $1",
    [userId],
  );
  const upTo = readPosition(rows[0]?.place ?? '');
  if (!upTo) throw new Error('an inbox has a place');
  return upTo;
}

/** Upkeep goes over all inboxes: at this time every one is due. */
const late = manualClock('2031-01-01T00:00:00Z');

export const INBOX_FLOWS: readonly Flow[] = [
  {
    name: 'notify',
    async prepare(db) {
      const { caller } = await withNotifications(db);
      const row = { userId: caller.userId, type: 'job_completed', title: 'Done', message: 'It is done.' } as const;
      const rows = ['a', 'b', 'c'].map((dedupeKey) => ({ ...row, dedupeKey, threadKey: 'thread' }));
      return {
        act: (database) => notify(asSystem(db, database), rows),
        look: looking(db, caller.userId, INBOX),
        // each of a thread settles the one before
        done: { n: 8, unread: 6, counter: 6 },
      };
    },
  },
  {
    name: 'markRead',
    async prepare(db) {
      const { caller, ids } = await withNotifications(db);
      return {
        act: (database) => markRead(asUser(db, database, caller), { id: ids[2] ?? '' }),
        look: looking(db, caller.userId, INBOX),
        done: { n: 5, unread: 4, counter: 4 },
      };
    },
  },
  {
    name: 'markUnread',
    async prepare(db) {
      const { caller, ids } = await withNotifications(db);
      // read by the watermark, not by its own mark: the harder of the two to take back
      await markAllRead(asUser(db, db.database, caller), { up_to: await placeOf(db, caller) });
      return {
        act: (database) => markUnread(asUser(db, database, caller), { id: ids[2] ?? '' }),
        look: looking(db, caller.userId, INBOX),
        done: { n: 5, unread: 1, counter: 1 },
      };
    },
  },
  {
    name: 'markAllRead',
    async prepare(db) {
      const { caller } = await withNotifications(db);
      const upTo = await placeOf(db, caller);
      await withOneMore(db, caller);
      return {
        act: (database) => markAllRead(asUser(db, database, caller), { up_to: upTo }),
        look: looking(db, caller.userId, INBOX),
        // what came after the place that was seen stays unread
        done: { n: 6, unread: 1, counter: 1 },
      };
    },
  },
  {
    name: 'foldReadMarks',
    async prepare(db) {
      await foldReadMarks(asSystem(db, db.database, late));
      const { caller } = await withNotifications(db);
      await markAllRead(asUser(db, db.database, caller), { up_to: await placeOf(db, caller) });
      return {
        act: (database) => foldReadMarks(asSystem(db, database, late)),
        look: looking(
          db,
          caller.userId,
          `select count(*) filter (where n.read)::int as marked, max(s.unread_count) as counter,
             bool_and(s.folded_upto = s.read_upto) as folded
           from lora_notifications n join lora_inbox_state s using (user_id) where n.user_id = $1`,
        ),
        done: { marked: 5, counter: 0, folded: true },
      };
    },
  },
  {
    name: 'expireNotifications',
    // it looks whether more is due
    afterCommit: 1,
    async prepare(db) {
      await expireNotifications(asSystem(db, db.database, late));
      const { caller, ids } = await withNotifications(db);
      await db.admin.query('update lora_notifications set archived_at = now() where id = any ($1)', [ids.slice(0, 2)]);
      return {
        act: (database) => expireNotifications(asSystem(db, database, late)),
        look: looking(
          db,
          caller.userId,
          `select (select count(*)::int from lora_notifications where user_id = $1) as n,
             (select count(*)::int from lora_notification_tombstones where user_id = $1) as tombstones,
             (select unread_count from lora_inbox_state where user_id = $1) as counter`,
        ),
        done: { n: 3, tombstones: 2, counter: 3 },
      };
    },
  },
  {
    name: 'expireTombstones',
    afterCommit: 1,
    async prepare(db) {
      await expireTombstones(asSystem(db, db.database, late));
      const { caller, ids } = await withNotifications(db);
      await db.admin.query('delete from lora_notifications where id = any ($1)', [ids.slice(0, 2)]);
      return {
        act: (database) => expireTombstones(asSystem(db, database, late)),
        look: looking(
          db,
          caller.userId,
          `select (select count(*)::int from lora_notification_tombstones where user_id = $1) as tombstones,
             (select (last_seq - floor_seq)::int from lora_inbox_state where user_id = $1) as above_floor`,
        ),
        done: { tombstones: 0, above_floor: 0 },
      };
    },
  },
];

const withOneMore = (db: TestDatabase, { userId }: Caller) =>
  db.admin.query(
    "insert into lora_notifications (user_id, type, title, message) values ($1, 'late', 'Late', 'Late.')",
    [userId],
  );
