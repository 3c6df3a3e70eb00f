import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { deleteAccount } from '@/domain/accounts/delete-account';
import type { UserCtx } from '@/domain/context';
import { foldReadMarks } from '@/domain/notifications/fold-read-marks';
import { markRead } from '@/domain/notifications/mark-read';
import { markUnread } from '@/domain/notifications/mark-unread';
import { notify } from '@/domain/notifications/notify';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { seededRandom } from '../support/random';
import {
  type Follower,
  follow,
  follower,
  list,
  manualClock,
  readAll,
  seenBy,
  seqOf,
  systemCtx,
  tableOf,
  userCtx,
  wrongInboxes,
} from './support';

const WRITERS = 16;
const USERS = 4;
const STEPS = Number(process.env.INBOX_STEPS ?? 40);
const SEED = Number(process.env.INBOX_SEED ?? 11);

const later = manualClock(new Date(Date.now() + 20 * 60_000).toISOString());
const clock = manualClock(new Date().toISOString());
let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase({ poolSize: WRITERS + 2 });
});
afterAll(() => db.drop());

const random = seededRandom(SEED);
const pick = (n: number) => Math.floor(random() * n);
const oneOf = <T>(values: readonly T[]): T => values[pick(values.length)] as T;

/** What a writer may do; each picks its own users and rows. */
function operations(users: readonly Caller[]) {
  const system = systemCtx(db, clock);
  const ctxOf = (user: Caller) => userCtx(db, user, clock);
  const anyRow = async (ctx: UserCtx) => oneOf((await list(ctx, { limit: '50' })).notifications)?.id;
  const event = (user: Caller) => ({
    userId: user.userId,
    type: 'job_started' as const,
    title: 'Run 1',
    message: 'It has started.',
    ...(pick(2) ? { threadKey: `thread:${pick(5)}` } : {}),
    ...(pick(3) === 0 ? { dedupeKey: `key:${pick(400)}` } : {}),
  });
  return {
    notifyOne: () => notify(system, [event(oneOf(users))]),
    // in any order of users, and with keys repeated within the call
    notifyMany: () =>
      notify(
        system,
        Array.from({ length: 12 }, () => event(oneOf(users))),
      ),
    // a transaction that stays open: its numbers may not be overtaken
    notifySlowly: () =>
      db.database.asService().transaction(async (tx) => {
        await notify(tx, [event(oneOf(users)), event(oneOf(users))]);
        await sql`select pg_sleep(0.02)`.execute(tx);
      }),
    plainInsert: () =>
      db.admin
        .query(
          `insert into lora_notifications (user_id, type, title, message, thread_key, dedupe_key)
         select $1, 't', 't', 'm', 'thread:' || i % 3, 'plain:' || $2::int + i from generate_series(1, 5) i
         on conflict (user_id, dedupe_key) do nothing`,
          [oneOf(users).userId, pick(300)],
        )
        .catch(ignoreBuriedKey),
    read: async () => {
      const ctx = ctxOf(oneOf(users));
      const id = await anyRow(ctx);
      if (id) await markRead(ctx, { id }).catch(ignoreGone);
    },
    unread: async () => {
      const ctx = ctxOf(oneOf(users));
      const id = await anyRow(ctx);
      if (id) await markUnread(ctx, { id }).catch(ignoreGone);
    },
    readAll: async () => {
      const ctx = ctxOf(oneOf(users));
      const { up_to } = await list(ctx, { limit: '1' });
      expect((await readAll(ctx, up_to)).unread_count).toBeGreaterThanOrEqual(0);
    },
    plainMark: async () => {
      const user = oneOf(users);
      await db.database.asUser(user).transaction(async (tx) => {
        await tx
          .updateTable('lora_notifications')
          .set({ read: pick(2) === 0 })
          .where('user_id', '=', user.userId)
          .where('thread_key', '=', `thread:${pick(5)}`)
          .execute();
      });
    },
    archive: async () => {
      const ctx = ctxOf(oneOf(users));
      const id = await anyRow(ctx);
      if (id) await withLockedInbox(ctx.userId, 'update lora_notifications set archived_at = now() where id = $1', id);
    },
    remove: async () => {
      const ctx = ctxOf(oneOf(users));
      const id = await anyRow(ctx);
      if (id) await withLockedInbox(ctx.userId, 'delete from lora_notifications where id = $1', id);
    },
    fold: () => foldReadMarks(systemCtx(db, later)),
  };
}

/** As a system verb does it: the inbox first. */
async function withLockedInbox(userId: string, statement: string, id: string): Promise<void> {
  const client = await db.admin.connect();
  try {
    await client.query('begin');
    await client.query('select private.lock_inboxes(array[$1::uuid])', [userId]);
    await client.query(statement, [id]);
    await client.query('commit');
  } finally {
    client.release();
  }
}

/** A key may have belonged to a row that is deleted by now: then plain SQL is told so. */
function ignoreBuriedKey(error: unknown): void {
  if ((error as { constraint?: string }).constraint !== 'lora_notification_tombstones_once') throw error;
}

function ignoreGone(error: unknown): void {
  if ((error as { code?: string }).code !== 'not_found') throw error;
}

it(`counts exactly, in the order of commits, under ${WRITERS} writers who do everything (seed ${SEED})`, async () => {
  const users = await Promise.all(Array.from({ length: USERS }, () => db.createUser()));
  const does = operations(users);
  const names = Object.keys(does) as (keyof typeof does)[];
  const start = await Promise.all(users.map(async (user) => (await list(userCtx(db, user, clock))).up_to));
  const readers: Follower[] = start.map(follower);
  let writing = true;
  const errors: unknown[] = [];
  let snapshots = 0;
  let polls = 0;
  const done = Object.fromEntries(names.map((name) => [name, 0])) as Record<keyof typeof does, number>;

  const sampler = (async () => {
    while (writing) {
      expect(await wrongInboxes(db)).toEqual([]);
      snapshots += 1;
    }
  })();
  const pollers = users.map(async (user, i) => {
    while (writing) {
      await follow(userCtx(db, user, clock), readers[i] as Follower, 1 + (polls % 7));
      polls += 1;
    }
  });
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (let step = 0; step < STEPS; step += 1) {
        const name = oneOf(names);
        try {
          await does[name]();
          done[name] += 1;
        } catch (error) {
          errors.push(error);
        }
      }
    }),
  );
  writing = false;
  await Promise.all([sampler, ...pollers]);

  expect(errors).toEqual([]);
  expect(await wrongInboxes(db)).toEqual([]);
  const twice = `
    select from lora_notifications n join lora_notification_tombstones t using (user_id, dedupe_key)`;
  expect((await db.admin.query(twice)).rows).toEqual([]);
  for (const [i, user] of users.entries()) {
    const reader = readers[i] as Follower;
    while (await follow(userCtx(db, user, clock), reader, 50));
    expect(seenBy(reader)).toEqual(await tableOf(db, user));
    expect(reader.told).toEqual([...new Set(reader.told)].sort((a, b) => a - b));
    const { unread_count } = await list(userCtx(db, user, clock));
    expect(reader.unreadCount).toBe(unread_count);
  }
  console.log(
    `inbox: seed ${SEED}, ${WRITERS} writers × ${STEPS} steps (${JSON.stringify(done)}), ${snapshots} snapshots and ${polls} polls: 0 wrong`,
  );
});

it('gives one row for a key that 24 producers write at once, and no gap in the numbers', async () => {
  const [a, b] = await Promise.all([db.createUser(), db.createUser()]);
  const rows = [a, b, a].map((user) => ({
    userId: user.userId,
    type: 'job_completed' as const,
    title: 'Run 1 is done',
    message: 'It cost 1.00 USD.',
    dedupeKey: 'job:1:completed',
  }));
  const outcomes = await Promise.all(
    Array.from({ length: 24 }, (_, i) => notify(systemCtx(db, clock), i % 2 ? rows : [...rows].reverse())),
  );
  expect(outcomes.flat().map(({ userId, seq }) => [userId, seq])).toEqual(
    expect.arrayContaining([
      [a.userId, 1],
      [b.userId, 1],
    ]),
  );
  expect(outcomes.flat()).toHaveLength(2);
  const state = 'select last_seq::int, unread_count from lora_inbox_state where user_id = $1';
  expect((await db.admin.query(state, [a.userId])).rows).toEqual([{ last_seq: 1, unread_count: 1 }]);
});

it('refuses a key whose first row is deleted while the second one waits', async () => {
  const { userId } = await db.createUser();
  const insert = `insert into lora_notifications (user_id, type, title, message, dedupe_key)
    values ($1, 't', 'T', 'M', 'once') on conflict do nothing`;
  await db.admin.query(insert, [userId]);
  const first = await db.admin.connect();
  await first.query('begin');
  await first.query('delete from lora_notifications where user_id = $1', [userId]);
  const second = db.admin.query(insert, [userId]).then(
    () => null,
    (error: { constraint: string }) => error.constraint,
  );
  const waits = "select from pg_stat_activity where wait_event_type = 'Lock' and query like '%dedupe_key%'";
  while ((await db.admin.query(waits)).rows.length === 0);
  await first.query('commit');
  first.release();
  expect(await second).toBe('lora_notification_tombstones_once');
});

it('shows a list and a count that agree, while rows are marked', async () => {
  const user = await db.createUser();
  const row = { userId: user.userId, type: 'job_started' as const, title: 'Run 1', message: 'It has started.' };
  await notify(
    systemCtx(db, clock),
    Array.from({ length: 30 }, () => row),
  );
  const ctx = userCtx(db, user, clock);
  const ids = (await list(ctx, { limit: '50' })).notifications.map(({ id }) => id);
  let writing = true;
  let reads = 0;
  const readers = Array.from({ length: 4 }, async () => {
    while (writing) {
      const { notifications, unread_count, up_to } = await list(ctx, { limit: '50' });
      expect(notifications.filter(({ read }) => !read)).toHaveLength(unread_count);
      expect(Math.max(...notifications.map(({ changed_seq }) => changed_seq))).toBeLessThanOrEqual(seqOf(up_to));
      reads += 1;
    }
  });
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let step = 0; step < 60; step += 1) {
        if (pick(10) === 0) await readAll(ctx, (await list(ctx)).up_to);
        else await oneOf([markRead, markUnread])(ctx, { id: oneOf(ids) });
      }
    }),
  );
  writing = false;
  await Promise.all(readers);
  expect(reads).toBeGreaterThan(100);
});

it('lets an account go while it is written to', async () => {
  for (let round = 0; round < 12; round += 1) {
    const user = await db.createUser();
    const row = { userId: user.userId, type: 'job_started' as const, title: 'Run 1', message: 'It has started.' };
    await notify(
      systemCtx(db, clock),
      Array.from({ length: 20 }, () => row),
    );
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 8 }, () => notify(systemCtx(db, clock), [row, row])),
      deleteAccount(systemCtx(db, clock), user.userId),
      ...Array.from({ length: 4 }, () => notify(systemCtx(db, clock), [row])),
    ]);
    const refusals = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
    expect(refusals.filter((code) => code !== 'not_found')).toEqual([]);
    for (const table of ['lora_notifications', 'lora_inbox_state', 'lora_notification_tombstones']) {
      expect((await db.admin.query(`select from ${table} where user_id = $1`, [user.userId])).rows).toEqual([]);
    }
  }
});
