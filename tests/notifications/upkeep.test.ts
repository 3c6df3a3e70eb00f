import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import type { UserCtx } from '@/domain/context';
import { expireNotifications, KEEP_ARCHIVED_DAYS } from '@/domain/notifications/expire-notifications';
import { expireTombstones, KEEP_TOMBSTONES_DAYS } from '@/domain/notifications/expire-tombstones';
import { FOLD_AFTER_MS, foldReadMarks } from '@/domain/notifications/fold-read-marks';
import { markUnread } from '@/domain/notifications/mark-unread';
import { notify } from '@/domain/notifications/notify';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { changes, list, manualClock, place, readAll, systemCtx, userCtx, wrongInboxes } from './support';

const DAY_MS = 86_400_000;
const now = Date.now();
const clock = manualClock(new Date(now).toISOString());
const at = (ms: number) => manualClock(new Date(now + ms).toISOString());

let db: TestDatabase;
let ada: Caller;
let ctx: UserCtx;
beforeAll(async () => {
  db = await createTestDatabase();
});
beforeEach(async () => {
  ada = await db.createUser();
  ctx = userCtx(db, ada, clock);
});
afterAll(() => db.drop());

const fill = (rows: number) =>
  db.admin.query(
    "insert into lora_notifications (user_id, type, title, message) select $1, 't', 'T', 'M' from generate_series(1, $2::int)",
    [ada.userId, rows],
  );
const count = async (condition: string) =>
  (
    await db.admin.query(`select count(*)::int as n from lora_notifications where user_id = $1 and ${condition}`, [
      ada.userId,
    ])
  ).rows[0].n;

describe('folding', () => {
  it('writes "read all" into the rows after ten minutes, and nobody sees it', async () => {
    await fill(1_203);
    const { notifications } = await list(ctx, { limit: '50' });
    await readAll(ctx, place((await list(ctx)).up_to, 1_200));
    await markUnread(ctx, { id: notifications.at(-1)?.id ?? '' });
    const before = [await list(ctx, { limit: '50' }), await list(ctx, { unread: 'true' })];

    expect(await foldReadMarks(systemCtx(db, at(FOLD_AFTER_MS - 60_000)))).toEqual({ folded: 0 });
    expect(await count('read')).toBe(0);
    expect(await foldReadMarks(systemCtx(db, at(FOLD_AFTER_MS + 60_000)))).toEqual({ folded: 1_199 });
    expect(await count('read')).toBe(1_199);
    expect([await list(ctx, { limit: '50' }), await list(ctx, { unread: 'true' })]).toEqual(before);
    expect(await foldReadMarks(systemCtx(db, at(FOLD_AFTER_MS + 60_000)))).toEqual({ folded: 0 });
    expect(await wrongInboxes(db)).toEqual([]);

    await readAll(ctx, (await list(ctx)).up_to);
    expect(await foldReadMarks(systemCtx(db, at(FOLD_AFTER_MS + 60_000)))).toEqual({ folded: 4 });
    expect(await count('not read')).toBe(0);
  });

  it('leaves alone what was marked unread since, and an inbox whose watermark moved again', async () => {
    await fill(3);
    await readAll(ctx, place((await list(ctx)).up_to, 2));
    await db.admin.query("update lora_inbox_state set read_upto_at = now() + interval '2 minutes' where user_id = $1", [
      ada.userId,
    ]);
    expect(await foldReadMarks(systemCtx(db, at(FOLD_AFTER_MS + 60_000)))).toEqual({ folded: 0 });
    expect(await foldReadMarks(systemCtx(db, at(FOLD_AFTER_MS + 180_000)))).toEqual({ folded: 2 });
  });
});

describe('expiry', () => {
  it(`deletes what was archived ${KEEP_ARCHIVED_DAYS} days ago, of everybody, and tells readers`, async () => {
    const bob = await db.createUser();
    await fill(5);
    await db.admin.query(
      "insert into lora_notifications (user_id, type, title, message, archived_at) values ($1, 't', 'T', 'M', now())",
      [bob.userId],
    );
    await db.admin.query(
      "update lora_notifications set archived_at = now() - interval '1 day' * seq::int where user_id = $1 and seq <> 5",
      [ada.userId],
    );
    const { up_to } = await list(ctx);
    const inDays = (days: number) => systemCtx(db, at(days * DAY_MS));
    expect(await expireNotifications(inDays(KEEP_ARCHIVED_DAYS - 3.5))).toEqual({ expired: 1 });
    expect(await expireNotifications(inDays(KEEP_ARCHIVED_DAYS - 3.5))).toEqual({ expired: 0 });
    expect(await expireNotifications(inDays(KEEP_ARCHIVED_DAYS + 1))).toEqual({ expired: 4 });
    const told = await changes(ctx, up_to);
    expect('changes' in told ? told.changes.map(({ kind }) => kind) : []).toEqual([
      'delete',
      'delete',
      'delete',
      'delete',
    ]);
    expect((await list(ctx)).unread_count).toBe(1);
    expect((await list(userCtx(db, bob, clock), { state: 'archived' })).notifications).toEqual([]);
    expect(await wrongInboxes(db)).toEqual([]);
  });

  it(`forgets deletions after ${KEEP_TOMBSTONES_DAYS} days, but never a key`, async () => {
    const event = { userId: ada.userId, type: 'job_failed' as const, title: 'T', message: 'M' };
    await notify(systemCtx(db, clock), [event, { ...event, dedupeKey: 'once' }, event]);
    const { up_to } = await list(ctx);
    await db.admin.query('delete from lora_notifications where user_id = $1 and seq < 3', [ada.userId]);
    const inDays = (days: number) => systemCtx(db, at(days * DAY_MS));
    expect(await expireTombstones(inDays(KEEP_TOMBSTONES_DAYS - 0.5))).toEqual({ removed: 0 });
    expect(await changes(ctx, up_to)).toMatchObject({ changes: [{ kind: 'delete' }, { kind: 'delete' }] });
    const { removed } = await expireTombstones(inDays(KEEP_TOMBSTONES_DAYS + 0.5));
    expect(removed).toBeGreaterThan(0);
    expect(await changes(ctx, up_to)).toMatchObject({ reset: true });
    expect(await changes(ctx, (await list(ctx)).up_to)).toMatchObject({ changes: [] });
    expect(await notify(systemCtx(db, clock), [{ ...event, dedupeKey: 'once' }])).toEqual([]);
  });
});
