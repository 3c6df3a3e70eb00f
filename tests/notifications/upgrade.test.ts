import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '@/db/migrate';
import type { Caller } from '@/db/session';
import { markRead } from '@/domain/notifications/mark-read';
import { notify } from '@/domain/notifications/notify';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { list, manualClock, systemCtx, userCtx, wrongInboxes } from './support';

/** The first migration's version: what a database of the specification holds. */
const FIRST = '20241223';
const log = { info: () => undefined };
const clock = manualClock('2025-02-01T00:00:00Z');
const SAME = '2025-01-01T00:00:00Z';

/** Columns as the specification's sections wrote them, in any state in which years may have left them. */
const ROWS: readonly (readonly [
  id: number,
  created: string | null,
  read: boolean | null,
  rest?: Record<string, string | null>,
])[] = [
  [3, SAME, null],
  [1, SAME, true],
  [2, SAME, false, { priority: null, action_url: '/jobs/1?tab=logs' }],
  [9, '2024-06-01T12:00:00.123456Z', false, { priority: 'HIGH', action_url: 'javascript:alert(1)' }],
  [5, null, null, { priority: 'normal', action_url: '//evil.example' }],
  [6, '2025-01-02T00:00:00Z', true, { action_url: 'https://example.com/a' }],
  [7, '2025-01-03T00:00:00Z', false, { title: '', type: '', action_url: '' }],
  [8, '2025-01-04T00:00:00Z', false, { title: '', message: '', action_url: '/\\evil.example' }],
];
const idOf = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;

let db: TestDatabase;
let ada: Caller;
let bob: Caller;

beforeAll(async () => {
  db = await createTestDatabase({ empty: true });
  await migrate({ adminUrl: db.adminUrl, log, upTo: FIRST });
  ada = await db.createUser('ada@example.com');
  bob = await db.createUser('bob@example.com');
  await db.admin.query(
    'create policy "Users can view own notifications" on lora_notifications using (true) with check (true)',
  );
  for (const [n, created, read, rest = {}] of ROWS) {
    const row = { type: 'job_failed', title: 'T', message: 'M', priority: 'medium', action_url: null, ...rest };
    await db.admin.query(
      `insert into lora_notifications (id, user_id, created_at, read, type, title, message, priority, action_url)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [idOf(n), ada.userId, created, read, row.type, row.title, row.message, row.priority, row.action_url],
    );
  }
  await db.admin.query(
    `insert into lora_notifications (user_id, type, title, message, read) select $1, 't', 'T', 'M', i % 2 = 0
     from generate_series(1, 501) i`,
    [bob.userId],
  );
  await migrate({ adminUrl: db.adminUrl, log });
});
afterAll(() => db.drop());

describe('a database with notifications from before', () => {
  it('numbers them by age, and rows of the same age by id', async () => {
    const { rows } = await db.admin.query(
      'select right(id::text, 1)::int as n, seq::int, changed_seq::int, unread_seq::int from lora_notifications where user_id = $1 order by seq',
      [ada.userId],
    );
    expect(rows.map(({ n }) => n)).toEqual([9, 1, 2, 3, 6, 7, 8, 5]);
    expect(rows.map(({ seq, changed_seq, unread_seq }) => [seq, changed_seq, unread_seq])).toEqual(
      rows.map((_, i) => [i + 1, i + 1, i + 1]),
    );
  });

  it('gives gaps their defaults and loses no row', async () => {
    const { notifications, unread_count } = await list(userCtx(db, ada, clock));
    const byId = new Map(notifications.map((row) => [Number(row.id.at(-1)), row]));
    expect(notifications).toHaveLength(ROWS.length);
    expect(unread_count).toBe(6);
    expect(byId.get(3)).toMatchObject({ read: false, priority: 'medium' });
    expect(byId.get(1)).toMatchObject({ read: true, read_at: null });
    expect(byId.get(2)).toMatchObject({ priority: 'medium', action_url: '/jobs/1?tab=logs' });
    expect(byId.get(9)).toMatchObject({ priority: 'high', action_url: null });
    expect(byId.get(5)).toMatchObject({ priority: 'medium', action_url: null, read: false });
    expect(byId.get(6)).toMatchObject({ action_url: 'https://example.com/a' });
    expect(byId.get(7)).toMatchObject({ type: 'unknown', title: 'M', action_url: null });
    expect(byId.get(8)).toMatchObject({ title: 'Notification', message: '', action_url: null });
  });

  it('counts them', async () => {
    expect(await wrongInboxes(db)).toEqual([]);
    const { rows } = await db.admin.query(
      'select last_seq::int, unread_count from lora_inbox_state where user_id = $1',
      [bob.userId],
    );
    expect(rows).toEqual([{ last_seq: 501, unread_count: 251 }]);
  });

  it('goes on from there', async () => {
    const ctx = userCtx(db, ada, clock);
    expect(await markRead(ctx, { id: idOf(3) })).toEqual({ unread_count: 5 });
    const [posted] = await notify(systemCtx(db, clock), [
      { userId: ada.userId, type: 'job_failed', title: 'Run 2 failed', message: 'It cost 1.00 USD.' },
    ]);
    expect(posted).toMatchObject({ seq: 10 });
    expect(await wrongInboxes(db)).toEqual([]);
  });

  it('drops policies that were open to everybody', async () => {
    const { rows } = await db.admin.query("select policyname from pg_policies where tablename = 'lora_notifications'");
    expect(rows.map(({ policyname }) => policyname).sort()).toEqual([
      'keeper_marks',
      'keeper_reads',
      'owner_of_row_marks',
      'owner_of_row_reads',
      'service_all',
    ]);
    expect(
      (await list(userCtx(db, bob, clock), { limit: '50' })).notifications.every((row) => row.user_id === bob.userId),
    ).toBe(true);
  });
});
