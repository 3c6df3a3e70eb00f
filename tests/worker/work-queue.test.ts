import { randomUUID } from 'node:crypto';
import { createTestDatabase } from '@tests/support/database';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '@/lib/log';
import { openBoss } from '@/worker/open-boss';
import { createWorkQueue } from '@/worker/work-queue';

const db = await createTestDatabase();
const log = createLogger({ level: 'silent' });
const session = db.database.asService({ timeoutMs: 60_000 });
const [one, two] = [
  createWorkQueue({ workerUrl: db.workerUrl, log }),
  createWorkQueue({ workerUrl: db.workerUrl, log }),
];

beforeAll(async () => {
  await Promise.all([one.start(), two.start()]);
});
afterAll(async () => {
  await Promise.all([one.stop(), two.stop()]);
  await db.drop();
});

const send = (id: string, name: 'run-job' | 'validate-dataset' = 'run-job') =>
  session.transaction((tx) => one.queue.send(tx, name, id));
const idsOf = (items: readonly { id: string }[]) => items.map((item) => item.id);

/** Takes and ends whatever waits. */
async function empty(): Promise<string[]> {
  const items = await one.take('run-job', 100);
  await one.done(
    'run-job',
    items.map((item) => item.itemId),
  );
  return idsOf(items);
}

describe('sending', () => {
  test('an item is there when its transaction is, and not before', async () => {
    const id = randomUUID();
    await session.transaction(async (tx) => {
      await one.queue.send(tx, 'run-job', id);
      expect(await two.take('run-job', 10)).toEqual([]);
    });
    expect(await empty()).toEqual([id]);
  });

  test('a transaction that is rolled back takes its item with it', async () => {
    const work = session.transaction(async (tx) => {
      await one.queue.send(tx, 'run-job', randomUUID());
      throw new Error('not today');
    });
    await expect(work).rejects.toThrow('not today');
    expect(await empty()).toEqual([]);
  });

  test('an id that waits already is not sent twice, and the transaction goes on', async () => {
    const id = randomUUID();
    await send(id);
    const { rows } = await session.transaction(async (tx) => {
      await one.queue.send(tx, 'run-job', id);
      return sql<{ answer: number }>`select 42 as answer`.execute(tx);
    });
    expect(rows).toEqual([{ answer: 42 }]);
    expect(await empty()).toEqual([id]);
  });

  test('the same id may wait in another queue', async () => {
    const id = randomUUID();
    await send(id);
    await send(id, 'validate-dataset');
    expect(idsOf(await two.take('validate-dataset', 5))).toEqual([id]);
    expect(await empty()).toEqual([id]);
  });
});

describe('taking', () => {
  test('items come oldest first, and nobody gets what another one has', async () => {
    const ids = Array.from({ length: 12 }, () => randomUUID());
    for (const id of ids) await send(id);
    expect(idsOf(await one.take('run-job', 3)).sort()).toEqual(ids.slice(0, 3).sort());
    const rest = await Promise.all([one, two, one, two].map((queue) => queue.take('run-job', 3)));
    expect(rest.flatMap(idsOf).sort()).toEqual(ids.slice(3).sort());
  });

  test('while an item is being worked on, its id can be sent again', async () => {
    const id = randomUUID();
    await send(id);
    const taken = await one.take('run-job', 1);
    await send(id);
    const again = await two.take('run-job', 1);
    expect(idsOf(again)).toEqual([id]);
    await one.done(
      'run-job',
      [...taken, ...again].map((item) => item.itemId),
    );
  });

  test('what was ended does not come back, and ending it again is fine', async () => {
    await send(randomUUID());
    const items = await one.take('run-job', 1);
    const ended = items.map((item) => item.itemId);
    await one.done('run-job', ended);
    await two.done('run-job', ended);
    await one.done('run-job', []);
    expect(await empty()).toEqual([]);
  });

  test('what was taken and not ended in time comes back once somebody looks after the queues', async () => {
    const id = randomUUID();
    await send(id);
    await one.take('run-job', 1);
    await db.admin.query(
      `update pgboss.job set started_on = started_on - interval '61 seconds' where state = 'active'`,
    );
    const keeper = openBoss({
      workerUrl: db.workerUrl,
      log,
      name: 'keeper',
      connections: 1,
      supervises: false,
      schedules: false,
    });
    await keeper.start();
    await keeper.supervise('run-job');
    await keeper.stop({ graceful: false });
    const { rows } = await db.admin.query(`select state from pgboss.job where data ->> 'id' = $1`, [id]);
    expect(rows).toEqual([{ state: 'retry' }]);
  });
});

test('a queue connects by itself when it is first used', async () => {
  const late = createWorkQueue({ workerUrl: db.workerUrl, log });
  const id = randomUUID();
  await session.transaction((tx) => late.queue.send(tx, 'validate-dataset', id));
  expect(idsOf(await late.take('validate-dataset', 10))).toEqual([id]);
  await late.stop();
});

test('a database that is away at first is no lasting fault', async () => {
  const away = createWorkQueue({ workerUrl: db.workerUrl.replace(/:\d+\//, ':1/'), log });
  await expect(away.start()).rejects.toThrow();
  await expect(away.take('run-job', 1)).rejects.toThrow();
  await away.stop();
});
