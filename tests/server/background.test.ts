import { createTestDatabase } from '@tests/support/database';
import { sql } from 'kysely';
import { PgBoss } from 'pg-boss';
import { afterAll, expect, it } from 'vitest';
import { builder } from '@/db/builder';
import { QUEUE_SCHEMA } from '@/db/migrate';
import { systemClock } from '@/lib/clock';
import { createLogger } from '@/lib/log';
import { type BackgroundTask, startBackground } from '@/server/background';

const test = await createTestDatabase();
afterAll(() => test.drop());

const ctx = { session: test.database.asService(), clock: systemClock, log: createLogger({ level: 'silent' }) };

/** Far away, so that only what a test sends is run. */
const NEVER = '0 0 29 2 *';

/** Sends what the clock would have sent. */
async function ring(name: string): Promise<string | null> {
  const boss = new PgBoss({
    connectionString: test.ownerUrl,
    schema: QUEUE_SCHEMA,
    supervise: false,
    schedule: false,
    max: 1,
  });
  boss.on('error', () => undefined);
  await boss.start();
  try {
    return await boss.send(name, null);
  } finally {
    await boss.stop({ graceful: false });
  }
}

const schedules = async () =>
  (await test.admin.query<{ name: string }>(`select name from ${QUEUE_SCHEMA}.schedule order by name`)).rows;

it('runs a task as the service, with the restricted login', { timeout: 30_000 }, async () => {
  const ran = Promise.withResolvers<string>();
  const task: BackgroundTask = {
    name: 'tell-role',
    cron: NEVER,
    run: async ({ session }) => {
      const asked = session.run(sql<{ role: string }>`select current_user as role`.compile(builder));
      ran.resolve(asked.then(([[row]]) => row?.role ?? ''));
    },
  };
  const background = await startBackground({ workerUrl: test.workerUrl, tasks: [task], ctx, pollS: 0.5 });
  try {
    expect(await ring('tell-role')).not.toBeNull();
    expect(await ran.promise).toBe('service_role');
  } finally {
    await background.stop(1000);
  }
});

it('does one task at a time in two processes, and drops what comes meanwhile', { timeout: 30_000 }, async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  const finish = Promise.withResolvers<void>();
  const task: BackgroundTask = {
    name: 'take-turns',
    cron: NEVER,
    run: async () => {
      runs += 1;
      running += 1;
      most = Math.max(most, running);
      await finish.promise;
      running -= 1;
    },
  };
  const options = { workerUrl: test.workerUrl, tasks: [task], ctx, pollS: 0.5 };
  const [one, two] = [await startBackground(options), await startBackground(options)];
  try {
    expect(await ring('take-turns')).not.toBeNull();
    await expect.poll(() => running, { timeout: 15_000 }).toBe(1);
    expect(await ring('take-turns')).toBeNull();
    expect(await ring('take-turns')).toBeNull();
  } finally {
    finish.resolve();
    await Promise.all([one.stop(2000), two.stop(2000)]);
  }
  expect({ most, runs }).toEqual({ most: 1, runs: 1 });
});

it('forgets the plans of tasks that are gone', { timeout: 30_000 }, async () => {
  const task = (name: string): BackgroundTask => ({ name, cron: NEVER, run: async () => undefined });
  const before = await startBackground({ workerUrl: test.workerUrl, tasks: [task('old'), task('kept')], ctx });
  await before.stop(1000);
  expect(await schedules()).toEqual([{ name: 'kept' }, { name: 'old' }]);
  const after = await startBackground({ workerUrl: test.workerUrl, tasks: [task('kept')], ctx });
  await after.stop(1000);
  expect(await schedules()).toEqual([{ name: 'kept' }]);
});

it('survives a task that fails', { timeout: 30_000 }, async () => {
  let calls = 0;
  const task: BackgroundTask = {
    name: 'fail-once',
    cron: NEVER,
    run: async () => {
      calls += 1;
      if (calls === 1) throw new Error('the first time');
    },
  };
  const background = await startBackground({ workerUrl: test.workerUrl, tasks: [task], ctx, pollS: 0.5 });
  try {
    await ring('fail-once');
    await expect.poll(() => calls, { timeout: 15_000 }).toBe(1);
    await expect.poll(() => ring('fail-once'), { timeout: 10_000 }).not.toBeNull();
    await expect.poll(() => calls, { timeout: 15_000 }).toBe(2);
  } finally {
    await background.stop(1000);
  }
});
