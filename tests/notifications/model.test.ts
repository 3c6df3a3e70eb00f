import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { foldReadMarks } from '@/domain/notifications/fold-read-marks';
import { markRead } from '@/domain/notifications/mark-read';
import { markUnread } from '@/domain/notifications/mark-unread';
import { notify } from '@/domain/notifications/notify';
import type { Notification } from '@/domain/notifications/schema';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { type ModelEvent, ModelInbox, type ModelRow } from './model';
import {
  type Follower,
  follow,
  follower,
  list,
  manualClock,
  place,
  readAll,
  systemCtx,
  tableOf,
  userCtx,
} from './support';

const RUNS = Number(process.env.INBOX_RUNS ?? 30);
const SEED = process.env.INBOX_SEED === undefined ? undefined : Number(process.env.INBOX_SEED);

const clock = manualClock(new Date().toISOString());
const later = manualClock(new Date(Date.now() + 20 * 60_000).toISOString());
let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

/** Two inboxes as they should be, and the real ones beside them. */
interface Real {
  users: readonly [Caller, Caller];
  epoch: string;
  readers: readonly [Follower, Follower];
}
type Model = readonly [ModelInbox, ModelInbox];
type Command = fc.AsyncCommand<Model, Real>;
type Which = 0 | 1;

let commandsRun = 0;

/** Runs a step and then compares the state rows, whatever the step was. */
function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    toString: () => name,
    async run(model, real) {
      await run(model, real);
      commandsRun += 1;
      for (const which of [0, 1] as const) {
        const { rows } = await db.admin.query(
          'select last_seq::int, unread_count, read_upto::int from lora_inbox_state where user_id = $1',
          [real.users[which].userId],
        );
        const { last, unreadCount, watermark } = model[which];
        expect(rows[0] ?? { last_seq: 0, unread_count: 0, read_upto: 0 }).toEqual({
          last_seq: last,
          unread_count: unreadCount,
          read_upto: watermark,
        });
      }
    },
  };
}

const ctxOf = (real: Real, which: Which) => userCtx(db, real.users[which], clock);
const rowAt = (inbox: ModelInbox, at: number): ModelRow | undefined => inbox.rows[at % Math.max(1, inbox.rows.length)];

/** Tells the model which ids its newest rows got. */
function adopt(inbox: ModelInbox, posted: readonly { id: string; seq: number }[]): void {
  for (const { id, seq } of posted) {
    const row = inbox.rows.find((each) => each.seq === seq);
    if (row) row.id = id;
  }
}

type Event = ModelEvent & { which: Which };

const notifyCommand = (events: readonly Event[]) =>
  command(`notify(${JSON.stringify(events)})`, async (model, real) => {
    const posted = await notify(
      systemCtx(db, clock),
      events.map(({ which, thread, key }) => ({
        userId: real.users[which].userId,
        type: 'job_started',
        title: 'Run 1',
        message: 'It has started.',
        threadKey: thread,
        dedupeKey: key,
      })),
    );
    for (const which of [0, 1] as const) {
      const mine = posted.filter(({ userId }) => userId === real.users[which].userId);
      expect(mine.map(({ seq }) => seq)).toEqual(model[which].add(events.filter((event) => event.which === which)));
      adopt(model[which], mine);
    }
  });

const insertCommand = (events: readonly Event[]) =>
  command(`insert(${JSON.stringify(events)})`, async (model, real) => {
    const buried = events.some(({ which, key }) => key !== null && model[which].buried.has(key));
    const inserted = db.admin.query<{ id: string; user_id: string; seq: string }>(
      `insert into lora_notifications (user_id, type, title, message, thread_key, dedupe_key)
       select u, 'plain', 'Plain', 'SQL', t, k
       from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality e (u, t, k, i) order by i
       on conflict (user_id, dedupe_key) do nothing returning id, user_id, seq`,
      [events.map((e) => real.users[e.which].userId), events.map((e) => e.thread), events.map((e) => e.key)],
    );
    if (buried) return void (await expect(inserted).rejects.toThrow(/has been there before/));
    const { rows } = await inserted;
    for (const which of [0, 1] as const) {
      const mine = rows.filter((row) => row.user_id === real.users[which].userId);
      expect(mine.map((row) => Number(row.seq)).sort((a, b) => a - b)).toEqual(
        model[which].add(events.filter((event) => event.which === which)),
      );
      adopt(
        model[which],
        mine.map((row) => ({ id: row.id, seq: Number(row.seq) })),
      );
    }
  });

const markCommand = (which: Which, at: number, read: boolean) =>
  command(`${read ? 'read' : 'unread'}(${which}, ${at})`, async (model, real) => {
    const row = rowAt(model[which], at);
    if (!row) return;
    const mark = read ? markRead : markUnread;
    const { unread_count } = await mark(ctxOf(real, which), { id: row.id });
    if (read) model[which].markRead(row);
    else model[which].markUnread(row);
    expect(unread_count).toBe(model[which].unreadCount);
  });

/** Plain SQL of the owner over several rows; which of them takes which number is Postgres's choice. */
const plainMarkCommand = (which: Which, read: boolean, parity: number) =>
  command(`plain(${which}, read = ${read}, seq % 2 = ${parity})`, async (model, real) => {
    const { userId } = real.users[which];
    const rows = await db.database.asUser(real.users[which]).transaction((tx) =>
      tx
        .updateTable('lora_notifications')
        .set({ read })
        .where('user_id', '=', userId)
        .where((eb) => eb(eb('seq', '%', '2'), '=', String(parity)))
        .returning(['id', 'unread_seq'])
        .execute(),
    );
    const inbox = model[which];
    const touched = inbox.rows.filter((row) => row.seq % 2 === parity);
    expect(rows.map(({ id }) => id).sort()).toEqual(touched.map(({ id }) => id).sort());
    const before = inbox.last;
    if (read) for (const row of touched) inbox.markRead(row);
    else {
      const again = touched.filter((row) => inbox.markUnread(row));
      for (const row of again) row.since = Number(rows.find(({ id }) => id === row.id)?.unread_seq);
      expect(again.map((row) => row.since).sort((a, b) => a - b)).toEqual(again.map((_, i) => before + 1 + i));
    }
  });

const readAllCommand = (which: Which, back: number) =>
  command(`readAll(${which}, last - ${back})`, async (model, real) => {
    const inbox = model[which];
    const upTo = Math.max(0, inbox.last - back);
    const { unread_count } = await readAll(ctxOf(real, which), place(real.epoch, upTo));
    inbox.readAll(upTo);
    expect(unread_count).toBe(inbox.unreadCount);
  });

const archiveCommand = (which: Which, at: number, archived: boolean) =>
  command(`${archived ? 'archive' : 'unarchive'}(${which}, ${at})`, async (model) => {
    const row = rowAt(model[which], at);
    if (!row) return;
    const when = archived ? 'coalesce(archived_at, now())' : 'null';
    await db.admin.query(`update lora_notifications set archived_at = ${when} where id = $1`, [row.id]);
    model[which].archive(row, archived);
  });

const removeCommand = (which: Which, at: number) =>
  command(`remove(${which}, ${at})`, async (model) => {
    const row = rowAt(model[which], at);
    if (!row) return;
    await db.admin.query('delete from lora_notifications where id = $1', [row.id]);
    model[which].remove(row);
  });

/** Nobody sees a difference, so the model knows nothing of it. */
const foldCommand = command('fold()', async () => void (await foldReadMarks(systemCtx(db, later))));

const listCommand = (which: Which, state: 'inbox' | 'archived', unread: boolean, limit: number) =>
  command(`list(${which}, ${state}, unread=${unread}, limit=${limit})`, async (model, real) => {
    const seen: Notification[] = [];
    let cursor: string | null = null;
    do {
      const query = { state, unread: String(unread), limit: String(limit), ...(cursor ? { cursor } : {}) };
      const page = await list(ctxOf(real, which), query);
      expect(page.unread_count).toBe(model[which].unreadCount);
      seen.push(...page.notifications);
      cursor = page.next_cursor;
    } while (cursor);
    expect(seen.map(({ id, seq, read }) => ({ id, seq, read }))).toEqual(
      model[which].list(state, unread).map((row) => ({ id: row.id, seq: row.seq, read: !model[which].isUnread(row) })),
    );
  });

const followCommand = (which: Which, limit: number, toTheEnd: boolean) =>
  command(`follow(${which}, limit=${limit}, ${toTheEnd ? 'to the end' : 'one page'})`, async (model, real) => {
    const reader = real.readers[which];
    let more = true;
    do more = await follow(ctxOf(real, which), reader, limit);
    while (more && toTheEnd);
    if (more) return;
    const inbox = model[which];
    expect(reader.unreadCount).toBe(inbox.unreadCount);
    expect(
      [...reader.rows.values()]
        .sort((a, b) => a.seq - b.seq)
        .map(({ id, seq, read, archived_at, unread_seq }) => ({
          id,
          seq,
          read,
          archived: archived_at !== null,
          unread_seq,
        })),
    ).toEqual(
      inbox.rows.map(({ id, seq, since, archived, ...row }) => ({
        id,
        seq,
        read: !inbox.isUnread({ id, seq, since, archived, ...row }),
        archived,
        unread_seq: since,
      })),
    );
  });

const which = fc.constantFrom<Which>(0, 1);
const at = fc.nat(30);
const event = fc.record({
  which,
  thread: fc.option(fc.constantFrom('x', 'y', 'z')),
  key: fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')),
});
const events = fc.array(event, { minLength: 1, maxLength: 6 });
const anyCommand: fc.Arbitrary<Command>[] = [
  events.map(notifyCommand),
  events.map(notifyCommand),
  events.map(insertCommand),
  fc.tuple(which, at, fc.boolean()).map((input) => markCommand(...input)),
  fc.tuple(which, at, fc.boolean()).map((input) => markCommand(...input)),
  fc.tuple(which, fc.boolean(), fc.nat(1)).map((input) => plainMarkCommand(...input)),
  fc.tuple(which, fc.nat(8)).map((input) => readAllCommand(...input)),
  fc.tuple(which, at, fc.boolean()).map((input) => archiveCommand(...input)),
  fc.tuple(which, at).map((input) => removeCommand(...input)),
  fc.constant(foldCommand),
  fc
    .tuple(which, fc.constantFrom('inbox' as const, 'archived' as const), fc.boolean(), fc.integer({ min: 1, max: 7 }))
    .map((input) => listCommand(...input)),
  fc.tuple(which, fc.integer({ min: 1, max: 5 }), fc.boolean()).map((input) => followCommand(...input)),
];

it(`does what the model does, step by step (${RUNS} runs)`, async () => {
  const property = fc.asyncProperty(fc.commands(anyCommand, { maxCommands: 40, size: 'max' }), async (commands) => {
    const users = [await db.createUser(), await db.createUser()] as const;
    const { up_to } = await list(userCtx(db, users[0], clock));
    const real: Real = { users, epoch: up_to, readers: [follower(up_to), follower(up_to)] };
    const model: Model = [new ModelInbox(), new ModelInbox()];
    await fc.asyncModelRun(() => ({ model, real }), commands);
    for (const each of [0, 1] as const) {
      const ids = (await tableOf(db, users[each])).map(({ id }) => id);
      expect(ids).toEqual(model[each].rows.map(({ id }) => id));
    }
  });
  await fc.assert(property, { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: SEED }) });
  console.log(`inbox: ${RUNS} runs, ${commandsRun} steps, each like the model`);
}, 240_000);
