import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { changes, list, manualClock, readAll, userCtx, wrongInboxes } from './support';

const clock = manualClock(new Date().toISOString());
let db: TestDatabase;
let ada: Caller;
let bob: Caller;
beforeAll(async () => {
  db = await createTestDatabase();
});
beforeEach(async () => {
  ada = await db.createUser();
  bob = await db.createUser();
});
afterAll(() => db.drop());

const service = (statement: string, ...values: unknown[]) =>
  db.database.asService().transaction(async (tx) => {
    const parts = statement.split(/\$\d/);
    const query = sql.join(
      parts.flatMap((part, i) => (i < values.length ? [sql.raw(part), sql`${values[i]}`] : [sql.raw(part)])),
      sql``,
    );
    return (await query.execute(tx)).rows as Record<string, unknown>[];
  });
const stateOf = async (user: Caller) =>
  (await db.admin.query('select last_seq::int, unread_count from lora_inbox_state where user_id = $1', [user.userId]))
    .rows[0];
const marks = (user: Caller, statement: string) =>
  db.database.asUser(user).transaction((tx) => sql.raw(statement).execute(tx));

describe('rows that plain SQL inserts', () => {
  it('are numbered and counted, one at a time and many of several accounts at once', async () => {
    await service(
      "insert into lora_notifications (user_id, type, title, message) values ($1, 't', 'T', 'M')",
      ada.userId,
    );
    await service(
      `insert into lora_notifications (user_id, type, title, message, read)
       select case i % 2 when 0 then $1::uuid else $2::uuid end, 't', 'T ' || i, 'M', i = 3 from generate_series(1, 7) i`,
      ada.userId,
      bob.userId,
    );
    expect(await stateOf(ada)).toEqual({ last_seq: 4, unread_count: 4 });
    expect(await stateOf(bob)).toEqual({ last_seq: 4, unread_count: 3 });
    const { notifications } = await list(userCtx(db, bob, clock));
    expect(notifications.map(({ seq, title }) => [seq, title])).toEqual([
      [4, 'T 7'],
      [3, 'T 5'],
      [2, 'T 3'],
      [1, 'T 1'],
    ]);
  });

  it('take no number where a conflict drops them', async () => {
    const insert = `insert into lora_notifications (user_id, type, title, message, dedupe_key)
      select $1::uuid, 't', 'T', 'M', 'key ' || i % 2 from generate_series(1, 6) i on conflict do nothing`;
    await service(insert, ada.userId);
    await service(insert, ada.userId);
    expect(await stateOf(ada)).toEqual({ last_seq: 2, unread_count: 2 });
  });

  it('get their numbers from the inbox, whatever the owner of the tables writes', async () => {
    await db.admin.query(
      "insert into lora_notifications (user_id, type, title, message, seq, changed_seq, unread_seq) values ($1, 't', 'T', 'M', 70, 80, 90)",
      [ada.userId],
    );
    expect((await list(userCtx(db, ada, clock))).notifications[0]).toMatchObject({
      seq: 1,
      changed_seq: 1,
      unread_seq: 1,
    });
    const renumber = db.admin.query('update lora_notifications set seq = 5 where user_id = $1', [ada.userId]);
    await expect(renumber).rejects.toThrow(/inbox itself gives the numbers/);
  });

  it('belong to the thread of their job, and settle what it said before', async () => {
    const [job] = (
      await db.admin.query("insert into lora_training_jobs (user_id, name) values ($1, 'run') returning id", [
        ada.userId,
      ])
    ).rows;
    const insert =
      "insert into lora_notifications (user_id, type, title, message, job_id) values ($1, $3, 'T', 'M', $2)";
    await db.admin.query(insert, [ada.userId, job.id, 'job_started']);
    await db.admin.query(
      "insert into lora_notifications (user_id, type, title, message, thread_key) values ($1, 't', 'T', 'M', 'other')",
      [ada.userId],
    );
    await db.admin.query(insert, [ada.userId, job.id, 'job_completed']);
    const { notifications, unread_count } = await list(userCtx(db, ada, clock));
    expect(notifications.map(({ type, read, thread_key }) => [type, read, thread_key])).toEqual([
      ['job_completed', false, `job:${job.id}`],
      ['t', false, 'other'],
      ['job_started', true, `job:${job.id}`],
    ]);
    expect(unread_count).toBe(2);
    await db.admin.query('delete from lora_training_jobs where id = $1', [job.id]);
    const after = await list(userCtx(db, ada, clock));
    expect(after.notifications.map(({ job_id }) => job_id)).toEqual([null, null, null]);
    const told = await changes(userCtx(db, ada, clock), notifications[0] ? `${after.up_to.split('.')[0]}.4` : '');
    expect('changes' in told ? told.changes.length : 0).toBe(2);
  });

  it('are many without being slow: ten thousand in one statement', async () => {
    const started = performance.now();
    await db.admin.query(
      "insert into lora_notifications (user_id, type, title, message) select $1, 't', 'T', 'M' from generate_series(1, 10000)",
      [ada.userId],
    );
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(await stateOf(ada)).toEqual({ last_seq: 10_000, unread_count: 10_000 });
  });
});

describe('marks that plain SQL sets', () => {
  beforeEach(async () => {
    await db.admin.query(
      "insert into lora_notifications (user_id, type, title, message) select $1, 't', 'T', 'M' from generate_series(1, 4)",
      [ada.userId],
    );
  });

  it('count, once', async () => {
    await marks(ada, 'update lora_notifications set read = true where seq <= 3');
    await marks(ada, 'update lora_notifications set read = true where seq <= 3');
    expect(await stateOf(ada)).toEqual({ last_seq: 7, unread_count: 1 });
    await marks(ada, 'update lora_notifications set read = false where seq = 1');
    expect(await stateOf(ada)).toEqual({ last_seq: 8, unread_count: 2 });
  });

  it('mean what they say also after "read all"', async () => {
    const ctx = userCtx(db, ada, clock);
    await readAll(ctx, (await list(ctx)).up_to);
    expect(await stateOf(ada)).toEqual({ last_seq: 5, unread_count: 0 });
    await marks(ada, 'update lora_notifications set read = true where seq = 1');
    expect(await stateOf(ada)).toEqual({ last_seq: 5, unread_count: 0 });
    await marks(ada, 'update lora_notifications set read = false where seq <= 2');
    expect(await stateOf(ada)).toEqual({ last_seq: 7, unread_count: 2 });
  });

  it('move the watermark as read-all does, and never back or ahead', async () => {
    await marks(ada, 'update lora_inbox_state set read_upto = 3');
    expect(await stateOf(ada)).toEqual({ last_seq: 5, unread_count: 1 });
    await expect(marks(ada, 'update lora_inbox_state set read_upto = 2')).rejects.toThrow(/moves forward/);
    await expect(marks(ada, 'update lora_inbox_state set read_upto = 6')).rejects.toThrow(/moves forward/);
  });

  it('survive a statement that inserts, marks and deletes at once', async () => {
    await db.admin.query(
      `with fresh as (
         insert into lora_notifications (user_id, type, title, message) select $1, 't', 'T', 'M' from generate_series(1, 3)),
       gone as (delete from lora_notifications where user_id = $1 and seq = 2)
       update lora_notifications set read = true where user_id = $1 and seq in (1, 3)`,
      [ada.userId],
    );
    expect(await wrongInboxes(db)).toEqual([]);
    expect(await stateOf(ada)).toEqual({ last_seq: 10, unread_count: 4 });
  });
});

describe('whatever plain SQL does', () => {
  it('leaves no count behind when rows go, and tells readers of it', async () => {
    const ctx = userCtx(db, ada, clock);
    await db.admin.query(
      "insert into lora_notifications (user_id, type, title, message) select $1, 't', 'T', 'M' from generate_series(1, 3)",
      [ada.userId],
    );
    const { up_to } = await list(ctx);
    await service('delete from lora_notifications where user_id = $1 and seq > 1', ada.userId);
    expect(await stateOf(ada)).toEqual({ last_seq: 5, unread_count: 1 });
    const told = await changes(ctx, up_to);
    expect('changes' in told ? told.changes.map(({ seq, kind }) => [seq, kind]) : []).toEqual([
      [4, 'delete'],
      [5, 'delete'],
    ]);
  });

  it.each([
    ['type', "''"],
    ['type', "repeat('x', 51)"],
    ['title', "''"],
    ['title', "repeat('x', 201)"],
    ['priority', "'critical'"],
    ['priority', 'null'],
    ['read', 'null'],
    ['thread_key', "''"],
    ['dedupe_key', "repeat('x', 201)"],
    ['action_url', "'javascript:alert(1)'"],
    ['action_url', "'//evil.example'"],
    ['action_url', "'/\\evil.example'"],
    ['action_url', "E'/\\t/evil.example'"],
    ['action_url', "E'https://a.example/\\n'"],
    ['action_url', "'http://a.example/'"],
    ['action_url', "'https:///a'"],
    ['action_url', "' /jobs'"],
    ['action_url', "''"],
    ['action_url', "'data:text/html,x'"],
  ])('is refused: %s = %s', async (column, value) => {
    const columns: Record<string, string> = { type: "'t'", title: "'T'", message: "'M'", [column]: value };
    const insert = (given: Record<string, string>) =>
      db.admin.query(
        `insert into lora_notifications (user_id, ${Object.keys(given).join(', ')}) values ('${ada.userId}', ${Object.values(given).join(', ')})`,
      );
    await expect(insert(columns)).rejects.toMatchObject({ code: expect.stringMatching(/^(23502|23514|22001)$/) });
    await insert({
      ...columns,
      [column]: { action_url: "'/jobs/1'", priority: "'urgent'", read: 'true' }[column] ?? "'x'",
    });
  });

  it('cannot empty the table', async () => {
    await expect(db.admin.query('truncate lora_notifications')).rejects.toThrow(/row by row/);
  });
});
