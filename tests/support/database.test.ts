import { afterAll, expect, it } from 'vitest';
import { createTestDatabase } from './database';

const test = await createTestDatabase();
afterAll(() => test.drop());

it('gives each file a migrated database of its own', async () => {
  const other = await createTestDatabase();
  try {
    await test.createUser('one@example.test');
    const count = 'select count(*)::int as n from auth.users';
    expect((await test.admin.query(count)).rows).toEqual([{ n: 1 }]);
    expect((await other.admin.query(count)).rows).toEqual([{ n: 0 }]);
  } finally {
    await other.drop();
  }
});

it('lets both restricted logins in', async () => {
  const caller = await test.createUser();
  await expect(test.database.ping()).resolves.toBeUndefined();
  await expect(test.database.asUser(caller).run()).resolves.toEqual([]);
});
