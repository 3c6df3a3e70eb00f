import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { MOST_NOTIFICATIONS, notify } from '@/domain/notifications/notify';
import { isSafeActionUrl } from '@/domain/notifications/rules';
import type { NewNotification } from '@/domain/notifications/schema';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { list, manualClock, systemCtx, userCtx, wrongInboxes } from './support';

const clock = manualClock('2026-11-10T10:20:30Z');
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

const event = (user: Caller, given: Partial<NewNotification> = {}): NewNotification => ({
  userId: user.userId,
  type: 'job_completed',
  title: 'Run 1 is done',
  message: 'It cost 12.34 USD. Download the adapter.',
  ...given,
});
const post = (...rows: NewNotification[]) => notify(systemCtx(db, clock), rows);
const inboxOf = async (user: Caller) => (await list(userCtx(db, user, clock), { limit: '50' })).notifications;

describe('notify', () => {
  it('keeps what it is given', async () => {
    const given: Partial<NewNotification> = {
      priority: 'urgent',
      actionUrl: '/jobs/1',
      metadata: { cost: '12.3400000000', tags: ['é', null, { deep: true }] },
      threadKey: 'budget:1',
      dedupeKey: 'budget:1:2026-11:100',
      createdAt: new Date('2026-01-02T03:04:05.678Z'),
    };
    const [posted] = await post(event(ada, given));
    expect((await inboxOf(ada))[0]).toEqual({
      id: posted?.id,
      user_id: ada.userId,
      type: 'job_completed',
      title: 'Run 1 is done',
      message: 'It cost 12.34 USD. Download the adapter.',
      priority: 'urgent',
      read: false,
      action_url: '/jobs/1',
      metadata: given.metadata,
      created_at: '2026-01-02T03:04:05.678Z',
      seq: 1,
      changed_seq: 1,
      unread_seq: 1,
      job_id: null,
      thread_key: 'budget:1',
      dedupe_key: 'budget:1:2026-11:100',
      archived_at: null,
      snoozed_until: null,
      read_at: null,
    });
  });

  it('numbers each inbox by itself, in the order given', async () => {
    const posted = await post(event(bob, { title: 'b1' }), event(ada, { title: 'a1' }), event(bob, { title: 'b2' }));
    expect(posted.filter(({ userId }) => userId === bob.userId).map(({ seq }) => seq)).toEqual([1, 2]);
    expect((await inboxOf(bob)).map(({ title }) => title)).toEqual(['b2', 'b1']);
    expect((await inboxOf(ada)).map(({ title }) => title)).toEqual(['a1']);
  });

  it('drops an event it knows: within the call, later, and after the first one was deleted', async () => {
    const done = event(ada, { dedupeKey: 'job:1:completed' });
    expect(await post(done, { ...done, title: 'again' }, { ...done, userId: bob.userId })).toHaveLength(2);
    expect(await post(done)).toEqual([]);
    await db.admin.query('delete from lora_notifications where user_id = $1', [ada.userId]);
    expect(await post(done)).toEqual([]);
    expect(await post(event(ada, { dedupeKey: 'job:2:completed' }))).toMatchObject([{ seq: 3 }]);
    expect(await wrongInboxes(db)).toEqual([]);
  });

  it('writes within the transaction it is given, and vanishes with it', async () => {
    const work = db.database.asService().transaction(async (tx) => {
      expect(await notify(tx, [event(ada)])).toHaveLength(1);
      throw new Error('the job could not be written');
    });
    await expect(work).rejects.toThrow('could not be written');
    expect(await inboxOf(ada)).toEqual([]);
    await db.database.asService().transaction((tx) => notify(tx, [event(ada)]));
    expect((await inboxOf(ada)).map(({ seq }) => seq)).toEqual([1]);
  });

  it('settles the earlier events of a thread, also one that was set aside', async () => {
    const [first] = await post(event(ada, { threadKey: 'x' }), event(ada));
    await db.admin.query('update lora_notifications set archived_at = now() where id = $1', [first?.id]);
    await post(
      event(ada, { threadKey: 'x' }),
      event(ada, { threadKey: 'x', title: 'last' }),
      event(bob, { threadKey: 'x' }),
    );
    const { rows } = await db.admin.query(
      'select title, read from lora_notifications where user_id = $1 order by seq',
      [ada.userId],
    );
    expect(rows.map(({ read }) => read)).toEqual([true, false, true, false]);
    expect((await list(userCtx(db, ada, clock))).unread_count).toBe(2);
    expect((await inboxOf(bob)).map(({ read }) => read)).toEqual([false]);
  });

  it.each<[string, Partial<NewNotification>]>([
    ['actionUrl', { actionUrl: 'javascript:alert(1)' }],
    ['actionUrl', { actionUrl: '//evil.example' }],
    ['title', { title: '' }],
    ['title', { title: 'x'.repeat(201) }],
    ['message', { message: 'a\u0000b' }],
    ['message', { message: 'half \ud83d' }],
    ['metadata', { metadata: { name: '\u0000' } }],
    ['priority', { priority: 'critical' as 'high' }],
    ['type', { type: 'something_else' as 'job_failed' }],
    ['userId', { userId: 'ada' }],
    ['dedupeKey', { dedupeKey: '' }],
  ])('refuses a bad %s with a sentence that names it: %j', async (field, given) => {
    await expect(post(event(ada), event(ada, given))).rejects.toMatchObject({
      code: 'bad_input',
      details: expect.stringContaining(field),
    });
    expect(await inboxOf(ada)).toEqual([]);
  });

  it('says that an account or a job is gone', async () => {
    await expect(post(event(ada), { ...event(ada), userId: randomUUID() })).rejects.toMatchObject({
      code: 'not_found',
      details: expect.stringContaining('account'),
    });
    await expect(post(event(ada, { jobId: randomUUID() }))).rejects.toMatchObject({
      code: 'not_found',
      details: expect.stringContaining('job'),
    });
    expect(await inboxOf(ada)).toEqual([]);
    expect(await post(event(ada))).toHaveLength(1);
  });

  it(`takes up to ${MOST_NOTIFICATIONS} rows, and none at all`, async () => {
    const rows = Array.from({ length: MOST_NOTIFICATIONS }, () => event(ada));
    expect(await post(...rows)).toHaveLength(MOST_NOTIFICATIONS);
    await expect(post(...rows, event(ada))).rejects.toThrow(RangeError);
    expect(await post()).toEqual([]);
    expect((await list(userCtx(db, ada, clock))).unread_count).toBe(MOST_NOTIFICATIONS);
  });

  it('agrees with the check of the table about every address', async () => {
    const addresses = [
      ...['/', '/a', '//a', '/\\a', '/a\\b', '/a b', '/\u007f', '/\u0085', '/\u00a0', '/é', '', 'a', '?a', '#a'],
      ...[
        'https://a',
        'HTTPS://a',
        'https:///a',
        'https://?',
        'https://#',
        'https:a',
        'http://a',
        'ftp://a',
        'javascript:1',
      ],
      ...['/\n', '\n/', '/a\r', 'https://a\t', `/${'a'.repeat(1_999)}`, `/${'a'.repeat(2_000)}`],
    ];
    for (const address of addresses) {
      const stored = await db.admin
        .query(
          "insert into lora_notifications (user_id, type, title, message, action_url) values ($1, 't', 'T', 'M', $2)",
          [ada.userId, address],
        )
        .then(
          () => true,
          () => false,
        );
      expect([address, stored]).toEqual([address, isSafeActionUrl(address)]);
    }
  });
});
