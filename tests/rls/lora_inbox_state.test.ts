import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { createTestDatabase, type TestDatabase } from '../support/database';

let db: TestDatabase;
let ada: Caller;
let bob: Caller;
beforeAll(async () => {
  db = await createTestDatabase();
});
beforeEach(async () => {
  ada = await db.createUser();
  bob = await db.createUser();
  await db.admin.query(
    `insert into lora_notifications (user_id, type, title, message)
     select u, 't', 'T', 'M' from unnest($1::uuid[]) u, generate_series(1, 3)`,
    [[ada.userId, bob.userId]],
  );
  await db.admin.query('delete from lora_notifications where seq = 1 and user_id = any($1)', [
    [ada.userId, bob.userId],
  ]);
});
afterAll(() => db.drop());

const as = (
  session: { transaction: ReturnType<TestDatabase['database']['asUser']>['transaction'] },
  statement: string,
) =>
  session.transaction(async (tx) => {
    const { rows, numAffectedRows } = await sql.raw(statement).execute(tx);
    return Number(numAffectedRows ?? rows.length);
  });
const user = (caller: Caller) => db.database.asUser(caller);
const service = () => db.database.asService();
const DENIED = { code: '42501' };

describe('the state of an inbox', () => {
  it('is read and moved by its account alone', async () => {
    expect(await as(user(ada), 'select from lora_inbox_state')).toBe(1);
    expect(await as(user(ada), `update lora_inbox_state set read_upto = 2 where user_id = '${bob.userId}'`)).toBe(0);
    expect(await as(user(ada), 'update lora_inbox_state set read_upto = 2')).toBe(1);
    const { rows } = await db.admin.query('select read_upto::int as n from lora_inbox_state where user_id = $1', [
      bob.userId,
    ]);
    expect(rows).toEqual([{ n: 0 }]);
  });

  it.each(['last_seq', 'unread_count', 'read_all_seq', 'floor_seq', 'folded_upto'])(
    'keeps %s from its account, and from the service unless it folds',
    async (column) => {
      const change = `update lora_inbox_state set ${column} = 0 where user_id = '${ada.userId}'`;
      await expect(as(user(ada), change)).rejects.toMatchObject(DENIED);
      if (column === 'folded_upto') expect(await as(service(), change)).toBe(1);
      else await expect(as(service(), change)).rejects.toMatchObject(DENIED);
    },
  );

  it('is made and deleted by nobody', async () => {
    for (const session of [user(ada), service()]) {
      const insert = `insert into lora_inbox_state (user_id) values ('${ada.userId}')`;
      await expect(as(session, insert)).rejects.toMatchObject(DENIED);
      await expect(as(session, 'delete from lora_inbox_state')).rejects.toMatchObject(DENIED);
      expect(await as(session, `select from lora_inbox_state where user_id = '${ada.userId}'`)).toBe(1);
    }
  });
});

describe('tombstones', () => {
  it('are read by their account alone', async () => {
    expect(await as(user(ada), 'select from lora_notification_tombstones')).toBe(1);
    expect(await as(user(ada), `select from lora_notification_tombstones where user_id = '${bob.userId}'`)).toBe(0);
  });

  it('are written by nobody, and removed by the service', async () => {
    const insert = `insert into lora_notification_tombstones (user_id, seq, notification_id) values ('${ada.userId}', 9, gen_random_uuid())`;
    const remove = `delete from lora_notification_tombstones where user_id = '${ada.userId}'`;
    for (const session of [user(ada), service()]) await expect(as(session, insert)).rejects.toMatchObject(DENIED);
    await expect(as(user(ada), remove)).rejects.toMatchObject(DENIED);
    expect(await as(service(), remove)).toBe(1);
  });
});
