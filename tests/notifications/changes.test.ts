import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import type { UserCtx } from '@/domain/context';
import { markRead } from '@/domain/notifications/mark-read';
import { markUnread } from '@/domain/notifications/mark-unread';
import { changeList } from '@/domain/notifications/schema';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { changes, follow, follower, list, manualClock, place, readAll, seenBy, tableOf, userCtx } from './support';

const clock = manualClock(new Date().toISOString());
let db: TestDatabase;
let ada: Caller;
let ctx: UserCtx;
let start: string;
beforeAll(async () => {
  db = await createTestDatabase();
});
beforeEach(async () => {
  ada = await db.createUser();
  ctx = userCtx(db, ada, clock);
  start = (await list(ctx)).up_to;
});
afterAll(() => db.drop());

const fill = (rows: number) =>
  db.admin.query(
    "insert into lora_notifications (user_id, type, title, message) select $1, 't', 'T ' || i, 'M' from generate_series(1, $2::int) i",
    [ada.userId, rows],
  );
const remove = (seq: number) =>
  db.admin.query('delete from lora_notifications where user_id = $1 and seq = $2', [ada.userId, seq]);
const after = async (from: string, limit?: number) => {
  const answer = await changes(ctx, from, limit);
  if ('reset' in answer) throw new Error('told to begin again');
  return answer;
};
const told = ({ changes: all }: Awaited<ReturnType<typeof after>>) => all.map(({ seq, kind }) => [seq, kind]);

it('tells rows as they are now, deletions and the last "read all", in the order of their numbers', async () => {
  await fill(4);
  const { notifications, up_to } = await list(ctx);
  await markRead(ctx, { id: notifications[0]?.id ?? '' });
  await remove(1);
  await readAll(ctx, place(up_to, 3));
  await readAll(ctx, up_to);
  await markUnread(ctx, { id: notifications[1]?.id ?? '' });
  const answer = await after(start);
  expect(told(answer)).toEqual([
    [2, 'upsert'],
    [5, 'upsert'],
    [6, 'delete'],
    [8, 'read_all'],
    [9, 'upsert'],
  ]);
  expect(answer).toMatchObject({ next: place(start, 9), unread_count: 1, has_more: false });
  expect(changeList.parse(answer)).toEqual(answer);
  expect(answer.changes[3]).toEqual({ seq: 8, kind: 'read_all', up_to });
  expect(await after(answer.next)).toEqual({ changes: [], next: answer.next, unread_count: 1, has_more: false });
});

it('goes on page by page without a gap or a repetition', async () => {
  await fill(25);
  for (const seq of [3, 9, 14]) await remove(seq);
  await readAll(ctx, (await list(ctx)).up_to);
  await fill(5);
  const seen: number[] = [];
  let at = start;
  for (let more = true; more; ) {
    const answer = await after(at, 4);
    expect(answer.changes.length).toBeLessThanOrEqual(4);
    seen.push(...answer.changes.map(({ seq }) => seq));
    at = answer.next;
    more = answer.has_more;
  }
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen).toHaveLength(22 + 3 + 1 + 5);
  expect(at).toBe((await list(ctx)).up_to);
});

it('leads a reader who applies it to what the table holds, also one who knew rows before', async () => {
  await fill(12);
  const reader = follower(start);
  await follow(ctx, reader, 5);
  const page = await list(ctx);
  await readAll(ctx, place(page.up_to, 9));
  await markUnread(ctx, { id: page.notifications.at(-1)?.id ?? '' });
  await readAll(ctx, place(page.up_to, 11));
  await remove(2);
  while (await follow(ctx, reader, 3));
  expect(seenBy(reader)).toEqual(await tableOf(db, ada));
  expect(reader.unreadCount).toBe(2);
});

it('begins again where it cannot go on: another epoch, the future, deletions that are forgotten', async () => {
  await fill(3);
  await remove(2);
  const now = (await list(ctx)).up_to;
  expect(told(await after(start))).toEqual([
    [1, 'upsert'],
    [3, 'upsert'],
    [4, 'delete'],
  ]);
  expect(await changes(ctx, '0123456789ab.1')).toEqual({ reset: true, up_to: now });
  expect(await changes(ctx, place(now, 5))).toEqual({ reset: true, up_to: now });
  await db.admin.query('delete from lora_notification_tombstones where user_id = $1', [ada.userId]);
  expect(await changes(ctx, place(now, 3))).toEqual({ reset: true, up_to: now });
  expect(await after(now)).toMatchObject({ changes: [] });
});

it.each([
  '',
  'x',
  '0',
  '0123456789ab',
  '0123456789ab.',
  '0123456789ab.-1',
  '0123456789ab.01',
  '0123456789AB.1',
  '0123456789ab.9999999999999999',
])('refuses %j as a place', (text) => {
  expect(() => changes(ctx, text)).toThrow(/up_to/);
});

it('knows a database by an epoch of its own, the same for every connection and role', async () => {
  const other = await createTestDatabase();
  const epochOf = async ({ admin }: TestDatabase) =>
    (await admin.query('select private.epoch() as epoch')).rows[0].epoch;
  try {
    expect(start.split('.')[0]).toBe(await epochOf(db));
    expect(await epochOf(other)).not.toBe(await epochOf(db));
  } finally {
    await other.drop();
  }
  const parts = await db.admin.query(`
    select (select system_identifier from pg_control_system()) || '/'
      || upper(lpad(to_hex((select timeline_id from pg_control_checkpoint())), 8, '0')) || '/'
      || (select oid from pg_database where datname = current_database()) as text`);
  const hash = createHash('sha256').update(parts.rows[0].text).digest('hex');
  expect(await epochOf(db)).toBe(hash.slice(0, 12));
});
