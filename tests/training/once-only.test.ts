import { createTestDatabase } from '@tests/support/database';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Caller } from '@/db/session';
import { openDatabase } from '@/db/session';
import { expireKeys, KEEP_KEYS_HOURS } from '@/domain/accounts/expire-keys';
import { onceOnly } from '@/domain/accounts/once-only';
import { manualClock, systemCtx, userCtx } from '../ledger/support';
import { addDataset, effectsOf, jobCtx, NOW, openQueue, startJob } from './people';

const db = await createTestDatabase();
const work = openQueue(db);
const clock = manualClock(NOW);
let anna: Caller;
let dataset: string;

beforeAll(() => work.start());
beforeEach(async () => {
  anna = await db.createUser();
  dataset = await addDataset(db, anna);
});
afterAll(async () => {
  await work.stop();
  await db.drop();
});

const start = (body: Record<string, unknown>, key: string | null, who = anna) =>
  startJob(jobCtx(db, who, clock, work), { dataset_id: dataset, ...body }, key);

test('fifty at once with one key are one job, and all get its answer', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => start({ name: 'one' }, 'fifty')));
  expect(new Set(answers.map(({ job }) => job.id)).size).toBe(1);
  expect(answers.every((answer) => JSON.stringify(canonical(answer)) === JSON.stringify(canonical(answers[0])))).toBe(
    true,
  );
  expect(await effectsOf(db, anna)).toEqual({
    jobs: 1,
    estimates: 1,
    records: 1,
    notifications: 1,
    queued: 1,
    keys: 1,
  });
});

/** Names in one order: jsonb keeps its own. */
const canonical = (value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, part]) => [name, canonical(part)]),
      );

test('later, with another price, a full queue and the dataset gone, the answer is still the first one', async () => {
  const first = await start({}, 'later');
  await db.admin.query('delete from lora_datasets where id = $1', [dataset]);
  clock.set('2026-11-20T12:00:00Z');
  expect(await start({}, 'later')).toEqual(first);
  clock.set(NOW);
});

test('after a restart too', async () => {
  const first = await start({}, 'restart');
  const { appUrl, workerUrl } = db;
  const database = openDatabase({ appUrl, workerUrl, poolSize: 2 });
  const queue = openQueue(db);
  try {
    const again = await startJob(jobCtx({ ...db, database }, anna, clock, queue), { dataset_id: dataset }, 'restart');
    expect(again).toEqual(first);
  } finally {
    await Promise.all([database.close(), queue.stop()]);
  }
});

test('fields in another order are the same request; another field, or operation, is not', async () => {
  const first = await start({ name: 'x', tags: { a: '1', b: '2' } }, 'order');
  expect(await start({ tags: { b: '2', a: '1' }, name: 'x' }, 'order')).toEqual(first);
  await expect(start({ name: 'y', tags: { a: '1', b: '2' } }, 'order')).rejects.toMatchObject({
    code: 'conflict',
    details: expect.stringMatching(/Idempotency-Key.*new key/),
  });
  expect((await effectsOf(db, anna))?.jobs).toBe(1);
});

test('the same key of another account is a request of its own', async () => {
  const berta = await db.createUser();
  const theirs = await addDataset(db, berta);
  const [mine, other] = [await start({}, 'shared'), await start({ dataset_id: theirs }, 'shared', berta)];
  expect(other.job.id).not.toBe(mine.job.id);
  expect((await effectsOf(db, berta))?.jobs).toBe(1);
});

test('without a key each request is one', async () => {
  await start({}, null);
  await start({}, null);
  expect(await effectsOf(db, anna)).toMatchObject({ jobs: 2, keys: 0 });
});

test('what failed may be sent again with its key', async () => {
  await db.admin.query(`update lora_datasets set status = 'validating' where id = $1`, [dataset]);
  await expect(start({}, 'again')).rejects.toMatchObject({ code: 'conflict' });
  await db.admin.query(`update lora_datasets set status = 'ready' where id = $1`, [dataset]);
  await start({}, 'again');
  expect(await effectsOf(db, anna)).toMatchObject({ jobs: 1, keys: 1 });
});

describe('a process that dies in the middle', () => {
  const answer = z.object({ n: z.number() });

  test('leaves nothing in flight: the next one does it', async () => {
    const request = { key: 'dies', operation: 'test', content: {}, answer };
    const dying = openDatabase({ appUrl: db.appUrl, workerUrl: db.workerUrl, poolSize: 1 });
    const inside = Promise.withResolvers<void>();
    const first = onceOnly(userCtx({ ...db, database: dying }, anna, clock), request, {
      prepare: async () => null,
      effect: async () => {
        inside.resolve();
        await new Promise(() => undefined);
        return { n: 1 };
      },
    });
    first.catch(() => undefined);
    await inside.promise;
    await db.admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'pipeline-worker' and state = 'idle in transaction'`,
    );
    const second = await onceOnly(userCtx(db, anna, clock), request, {
      prepare: async () => null,
      effect: async () => ({ n: 2 }),
    });
    expect(second).toEqual({ n: 2 });
  });
});

test('a caller whose session has ended learns no answer', async () => {
  await start({}, 'ended');
  await db.admin.query('delete from auth.sessions where id = $1', [anna.sessionId]);
  await expect(start({}, 'ended')).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('keys are forgotten after two days, and only then', async () => {
  await start({}, 'old');
  const [expireAfter, keptUntil] = [KEEP_KEYS_HOURS * 3_600_000 + 1, KEEP_KEYS_HOURS * 3_600_000 - 1];
  const later = (ms: number) => manualClock(new Date(Date.parse(NOW) + ms).toISOString());
  await expireKeys(systemCtx(db, later(keptUntil)));
  expect((await effectsOf(db, anna))?.keys).toBe(1);
  await expireKeys(systemCtx(db, later(expireAfter)));
  expect((await effectsOf(db, anna))?.keys).toBe(0);
  await start({}, 'old');
  expect((await effectsOf(db, anna))?.jobs).toBe(2);
});
