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
});
afterAll(() => db.drop());

/** Runs a statement as an account; gives the number of rows it touched or read. */
const as = (caller: Caller, statement: string) =>
  db.database.asUser(caller).transaction(async (tx) => {
    const { rows, numAffectedRows } = await sql.raw(statement).execute(tx);
    return Number(numAffectedRows ?? rows.length);
  });
const DENIED = { code: '42501' };

describe('an account', () => {
  it('reads its own notifications and no other', async () => {
    expect(await as(ada, 'select from lora_notifications')).toBe(3);
    expect(await as(ada, `select from lora_notifications where user_id = '${ada.userId}'`)).toBe(3);
    expect(await as(ada, `select from lora_notifications where user_id = '${bob.userId}'`)).toBe(0);
  });

  it('marks its own and touches no other', async () => {
    expect(await as(ada, `update lora_notifications set read = true where user_id = '${bob.userId}'`)).toBe(0);
    expect(await as(ada, 'update lora_notifications set read = true')).toBe(3);
    const { rows } = await db.admin.query('select distinct read from lora_notifications where user_id = $1', [
      bob.userId,
    ]);
    expect(rows).toEqual([{ read: false }]);
  });

  it.each([
    ['user_id', (to: Caller) => `'${to.userId}'`],
    ['title', () => "'Another title'"],
    ['seq', () => '99'],
    ['changed_seq', () => '99'],
    ['unread_seq', () => '99'],
    ['archived_at', () => 'now()'],
    ['dedupe_key', () => "'k'"],
    ['read_at', () => 'now()'],
  ])('may not change %s', async (column, value) => {
    await expect(as(ada, `update lora_notifications set ${column} = ${value(bob)}`)).rejects.toMatchObject(DENIED);
    expect(await as(ada, 'update lora_notifications set read = not read')).toBe(3);
  });

  it('sends nothing and deletes nothing; the service does', async () => {
    const insert = `insert into lora_notifications (user_id, type, title, message) values ('${ada.userId}', 't', 'T', 'M')`;
    await expect(as(ada, insert)).rejects.toMatchObject(DENIED);
    await expect(as(ada, 'delete from lora_notifications')).rejects.toMatchObject(DENIED);
    const service = (statement: string) => db.database.asService().transaction((tx) => sql.raw(statement).execute(tx));
    await service(insert);
    await service(`delete from lora_notifications where user_id = '${ada.userId}' and seq = 1`);
    expect(await as(ada, 'select from lora_notifications')).toBe(3);
  });

  it('calls none of the functions behind the triggers; it may ask for the epoch', async () => {
    for (const call of [
      `private.lock_inboxes(array['${bob.userId}']::uuid[])`,
      `private.last_inbox_number('${ada.userId}')`,
      `private.account_exists('${bob.userId}')`,
    ]) {
      await expect(as(ada, `select ${call}`)).rejects.toMatchObject(DENIED);
    }
    expect(await as(ada, 'select private.epoch()')).toBe(1);
  });
});
