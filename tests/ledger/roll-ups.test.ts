import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { openDatabase } from '@/db/session';
import { changeSettings } from '@/domain/accounts/change-settings';
import { deleteAccount } from '@/domain/accounts/delete-account';
import { rebuildLedger } from '@/domain/ledger/rebuild-ledger';
import { verifyLedger } from '@/domain/ledger/verify-ledger';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { seededRandom } from '../support/random';
import { charge, manualClock, record, systemCtx, userCtx } from './support';

const WRITERS = 16;
const ROUNDS = 12;
const SEED = Number(process.env.ROLL_UP_SEED ?? 7);

let db: TestDatabase;
const clock = manualClock('2026-11-10T10:20:30Z');

beforeAll(async () => {
  db = await createTestDatabase({ poolSize: WRITERS });
});
afterAll(() => db.drop());

const random = seededRandom(SEED);
const pick = (n: number) => Math.floor(random() * n);
const instant = () => new Date(Date.parse('2026-11-01T00:00:00Z') + pick(3 * 86_400_000));

/** Charges of several accounts and their jobs in one batch, half of them open, in two currencies and three types. */
function batch(users: readonly Caller[], tag: string, jobs: ReadonlyMap<string, string[]> = new Map()) {
  return Array.from({ length: 40 }, (_, i) => {
    const user = users[pick(users.length)] as Caller;
    return charge(user, {
      source: `${tag}:${i}`,
      jobId: jobs.get(user.userId)?.[pick(6)] ?? null,
      recordedAt: instant(),
      state: i % 2 === 0 ? 'open' : 'final',
      costType: ['compute', 'storage', 'egress'][pick(3)] ?? 'compute',
      currency: pick(5) === 0 ? 'EUR' : 'USD',
      amount: `${pick(1000)}.${String(pick(10 ** 9)).padStart(10, '0')}`,
    });
  });
}

it(`equal the records at every commit, under ${WRITERS} writers who insert, grow, finish and delete accounts (seed ${SEED})`, async () => {
  const users = await Promise.all(Array.from({ length: 20 }, () => db.createUser()));
  const doomed = await Promise.all(Array.from({ length: 4 }, () => db.createUser()));
  const jobs = new Map<string, string[]>();
  for (const { userId } of [...users, ...doomed]) {
    const { rows } = await db.admin.query(
      "insert into lora_training_jobs (user_id, name, status) select $1, 'run', 'running' from generate_series(1, 4) returning id",
      [userId],
    );
    jobs.set(
      userId,
      rows.map((row) => row.id),
    );
  }
  let writing = true;
  let snapshots = 0;
  const errors: unknown[] = [];
  const sampler = (async () => {
    while (writing) {
      const { differences } = await verifyLedger(systemCtx(db, clock));
      expect(differences).toEqual([]);
      snapshots += 1;
    }
  })();
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        try {
          const charges = batch(writer % 4 === 0 ? [...users, ...doomed.slice(2)] : users, `w${writer}:${round}`, jobs);
          await record(db, charges);
          await record(
            db,
            charges
              .filter((c) => c.state === 'open')
              .map((c) => ({ ...c, amount: (c.amount * 3n) as typeof c.amount, state: pick(2) ? 'final' : 'open' })),
          );
          if (round % 5 === writer % 5) {
            const zone = ['Asia/Kathmandu', 'Europe/Berlin', 'UTC', 'Australia/Lord_Howe'][pick(4)] ?? 'UTC';
            await changeSettings(userCtx(db, users[pick(users.length)] as Caller, clock), { timezone: zone });
          }
        } catch (error) {
          errors.push(error);
        }
      }
    }).concat(
      doomed.slice(0, 2).map(async (user) => {
        await record(db, batch([user], `doomed:${user.userId}`, jobs));
        await changeSettings(userCtx(db, user, clock), { timezone: 'Asia/Kathmandu' });
        await deleteAccount(systemCtx(db, clock), user.userId);
      }),
    ),
  );
  writing = false;
  await sampler;
  const report = await verifyLedger(systemCtx(db, clock));
  console.log(`roll-ups: ${report.records} records, ${snapshots} snapshots under load, ${errors.length} errors`);
  expect(errors).toEqual([]);
  expect(report.differences).toEqual([]);
  expect(report.records).toBe(WRITERS * ROUNDS * 40);
  expect(snapshots).toBeGreaterThan(3);
  const { rows } = await db.admin.query('select count(*)::int as n from lora_cost_job_life where user_id = any ($1)', [
    doomed.slice(0, 2).map((user) => user.userId),
  ]);
  expect(rows[0].n).toBe(0);
}, 120_000);

describe('the ledger’s proof', () => {
  let ada: Caller;
  beforeAll(async () => {
    ada = await db.createUser('ada@example.com');
    await changeSettings(userCtx(db, ada, clock), { timezone: 'Asia/Kathmandu' });
    const { rows } = await db.admin.query(
      "insert into lora_training_jobs (user_id, name, status) select $1, 'run', 'completed' from generate_series(1, 3) returning id",
      [ada.userId],
    );
    await record(
      db,
      batch([ada], 'proof').map((c, i) => ({ ...c, jobId: rows[i % 3].id })),
    );
  });

  /** As the superuser, past every policy: what a broken disk or a careless administrator could do. */
  const falsify = async (table: string): Promise<void> => {
    const columns = {
      days: 'amount, n, open_n, job_amount',
      quarters: 'amount, n, open_n, job_amount',
      job_days: 'amount, n',
      job_life: 'amount, open_from, first_bucket, last_bucket',
    }[table];
    const key = {
      days: 'user_id, off, day, currency, cost_type',
      quarters: 'user_id, bucket, currency, cost_type',
      job_days: 'user_id, day, job_ref, currency, cost_type',
      job_life: 'user_id, job_ref, currency',
    }[table];
    const one = (nth: number) =>
      `(${key}) = (select ${key} from lora_cost_${table} where user_id = '${ada.userId}' order by ${key} offset ${nth} limit 1)`;
    await db.admin.query(`insert into lora_cost_${table} (${key}, ${columns})
      select ${key?.replace('currency', "'XXX'")}, ${columns} from lora_cost_${table} where ${one(2)}`);
    await db.admin.query(`update lora_cost_${table} set amount = amount + 0.0000000001 where ${one(0)}`);
    await db.admin.query(`delete from lora_cost_${table} where ${one(1)}`);
  };

  it.each(['days', 'quarters', 'job_days', 'job_life'] as const)(
    'names a falsified, a deleted and an added row of %s, and rebuilds them while others write',
    async (table) => {
      // at rest, as a rebuild leaves it
      await rebuildLedger(systemCtx(db, clock), [ada.userId]);
      const before = await db.admin.query(
        `select * from lora_cost_${table} where user_id = $1 order by 1, 2, 3, 4, 5`,
        [ada.userId],
      );
      await falsify(table);
      let writing = true;
      const writer = (async () => {
        for (let i = 0; writing; i += 1)
          await record(db, [
            charge(ada, { recordedAt: new Date('2026-12-24T00:00:00Z'), source: `${table}:busy:${i}` }),
          ]);
      })();
      const report = await verifyLedger(systemCtx(db, clock));
      expect(report.differences.map((d) => d.rollUp)).toEqual([table, table, table]);
      expect(report.differences.filter((d) => d.stored === null)).toHaveLength(1);
      expect(report.differences.filter((d) => d.expected === null)).toHaveLength(1);
      expect(
        await rebuildLedger(
          systemCtx(db, clock),
          report.differences.map((d) => d.userId),
        ),
      ).toBe(1);
      expect((await verifyLedger(systemCtx(db, clock))).differences).toEqual([]);
      writing = false;
      await writer;
      expect((await verifyLedger(systemCtx(db, clock))).differences).toEqual([]);
      const when = { days: 'day', quarters: 'bucket', job_days: 'day', job_life: 'first_bucket' }[table];
      const after = await db.admin.query(
        `select * from lora_cost_${table} where user_id = $1 and ${when} < '2026-12-20' order by 1, 2, 3, 4, 5`,
        [ada.userId],
      );
      expect(after.rows).toEqual(before.rows.filter((row) => (row[when] as Date) < new Date('2026-12-20')));
    },
  );
});

it.each([
  ['days', 'job_amount = job_amount + 0.0000000001'],
  ['quarters', 'job_amount = job_amount - 0.0000000001'],
  ['job_life', "open_from = '1999-01-01'"],
  ['job_life', "first_bucket = first_bucket - interval '15 minutes'"],
  ['job_life', "last_bucket = last_bucket + interval '15 minutes'"],
])('are proved in all that answers rest on: %s, %s', async (table, change) => {
  const user = await db.createUser();
  const { rows } = await db.admin.query(
    "insert into lora_training_jobs (user_id, name, status) values ($1, 'run', 'completed') returning id",
    [user.userId],
  );
  await record(db, [charge(user, { jobId: rows[0].id })]);
  await db.admin.query(`update lora_cost_${table} set ${change} where user_id = $1`, [user.userId]);
  const { differences } = await verifyLedger(systemCtx(db, clock));
  expect(differences).toMatchObject([{ rollUp: table, userId: user.userId }]);
  await rebuildLedger(systemCtx(db, clock), [user.userId]);
  expect((await verifyLedger(systemCtx(db, clock))).differences).toEqual([]);
});

it('lock users in one order, so that batches over many users never deadlock', async () => {
  const users = await Promise.all(Array.from({ length: 6 }, () => db.createUser()));
  const wide = openDatabase({ appUrl: db.appUrl, workerUrl: db.workerUrl, poolSize: 24 });
  const deadlocks = async () =>
    Number(
      (await db.admin.query('select deadlocks from pg_stat_database where datname = current_database()')).rows[0]
        .deadlocks,
    );
  const before = await deadlocks();
  await Promise.all(
    Array.from({ length: 24 }, (_, i) => {
      const order = i % 2 === 0 ? users : users.toReversed();
      return record(
        { ...db, database: wide } as TestDatabase,
        order.map((user) => charge(user, { recordedAt: instant() })),
      );
    }),
  );
  await wide.close();
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect(await deadlocks()).toBe(before);
});

it('reach a bare connection of the worker no more than its role allows', async () => {
  const client = new pg.Client(db.workerUrl);
  await client.connect();
  try {
    await expect(client.query('select 1 from lora_cost_records')).rejects.toMatchObject({ code: '42501' });
    await client.query('set role service_role');
    await expect(client.query('update lora_cost_days set amount = 0')).rejects.toMatchObject({ code: '42501' });
    expect((await client.query('select count(*) from lora_cost_days')).rowCount).toBe(1);
  } finally {
    await client.end();
  }
});
