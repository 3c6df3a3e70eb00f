import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database';

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase({ poolSize: 1 });
});
afterAll(() => db?.drop());

it('a transaction that says nothing for ten seconds loses its locks, and its connection is not used again', async () => {
  const { userId } = await db.createUser();
  const session = db.database.asService();
  const lock = (of: string) => sql`select private.lock_cost_state(array[${of}::uuid])`;
  const locked = Promise.withResolvers<void>();
  let isAwake = false;
  const idle = session.transaction(async (tx) => {
    await lock(userId).execute(tx);
    locked.resolve();
    await sleep(12_000); // as if the process were stopped
    isAwake = true;
    await lock(userId).execute(tx);
  });
  await locked.promise;
  await db.admin.query('select private.lock_cost_state(array[$1::uuid])', [userId]);
  expect(isAwake).toBe(false);
  await expect(idle).rejects.toMatchObject({ code: 'unavailable' });
  // the pool has one connection: it is a new one now, and the setting ends with each transaction
  await session.transaction(async (tx) => {
    await lock(userId).execute(tx);
  });
});
