import { createTestDatabase } from '@tests/support/database';
import { CompiledQuery } from 'kysely';
import { afterAll, describe, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { TABLES } from './expectations';
import { ANNA, BEN, GONE, rowsOf } from './support/accounts';

// The same through the product's own sessions: what the matrix sets by hand, they have to set by themselves.

const db = await createTestDatabase();
await db.admin.query(rowsOf(ANNA));
await db.admin.query(rowsOf(BEN));
afterAll(() => db.drop());

const anna = { userId: ANNA.user, email: null, sessionId: ANNA.liveSession, expiresAt: new Date(0) } as Caller;
const ben = { ...anna, userId: BEN.user, sessionId: BEN.liveSession } as Caller;
const over: readonly [string, Caller][] = [
  ['whose session is over', { ...anna, sessionId: ANNA.overSession }],
  ['who signed out', { ...anna, sessionId: GONE }],
  ["who shows another's session", { ...anna, sessionId: BEN.liveSession }],
  ['whose account is gone', { ...anna, userId: GONE as Caller['userId'], sessionId: null }],
];

const readable = Object.entries(TABLES).filter(([, entry]) => entry.may.authenticated?.select && !entry.shared);
const count = (table: string) => CompiledQuery.raw(`select user_id, count(*)::int as n from ${table} group by 1`);

describe.each(readable.map(([table]) => table))('%s', (table) => {
  it('shows each account its own rows', async () => {
    for (const caller of [anna, ben]) {
      const [rows] = await db.database.asUser(caller).run(count(table));
      expect(rows).toEqual([{ user_id: caller.userId, n: expect.any(Number) }]);
      expect(await db.database.asUser(caller).read(count(table))).toEqual([rows]);
    }
  });

  it.each(over)('shows nothing to somebody %s', async (_, caller) => {
    const session = db.database.asUser(caller);
    await expect(session.run(count(table))).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(session.read(count(table))).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(session.transaction((tx) => tx.executeQuery(count(table)))).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });
});

it('a role and its claims end with their transaction', async () => {
  const single = await createTestDatabase({ poolSize: 1 });
  try {
    const caller = await single.createUser();
    const session = single.database.asUser(caller);
    await session.run(CompiledQuery.raw('select 1'));
    await expect(session.run(CompiledQuery.raw('select 1 / 0'))).rejects.toMatchObject({ code: '22012' });
    const asks = CompiledQuery.raw(
      `select current_user as role, auth.uid() as user_id, current_setting('request.jwt.claims', true) as claims`,
    );
    const stranger = await single.createUser();
    const [[row]] = (await single.database.asUser(stranger).run(asks)) as [[{ role: string; user_id: string }]];
    expect(row).toMatchObject({ role: 'authenticated', user_id: stranger.userId });
  } finally {
    await single.drop();
  }
});
