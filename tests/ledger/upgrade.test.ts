import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '@/db/migrate';
import { verifyLedger } from '@/domain/ledger/verify-ledger';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { costs, manualClock, systemCtx, userCtx } from './support';

/** The first migration's version: what a database of the specification holds. */
const FIRST = '20241223';
/** The last version without lives of jobs. */
const BEFORE_LIVES = '20260116000000';
const log = { info: () => undefined };
const clock = manualClock('2025-02-01T00:00:00Z');

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase({ empty: true });
});
afterAll(() => db.drop());

it('upgrades a database that holds the specification’s tables with ugly rows, without losing a cent', async () => {
  await migrate({ adminUrl: db.adminUrl, log, upTo: FIRST });
  const ada = await db.createUser('ada@example.com');
  const { rows: jobs } = await db.admin.query(
    "insert into lora_training_jobs (user_id, name, status) values ($1, 'gone', 'completed'), ($1, 'kept', 'completed') returning id",
    [ada.userId],
  );
  await db.admin.query(
    `insert into lora_cost_records (user_id, job_id, cost_type, amount, details, billing_period, recorded_at) values
       ($1, $2, 'compute', 12.34, '{"gpu": "A100"}', '2025-01-05', '2025-01-05T10:00:00Z'),
       ($1, $3, 'compute', 99999999.99, null, '2025-01-06', '2025-01-06T23:59:59.999999Z'),
       ($1, null, 'storage', -0.01, '[]', '2025-01-07', null),
       ($1, null, 'storage', 0, null, '2025-01-08', '2025-01-08T00:00:00Z'),
       ($1, null, 'storage', 0, null, '2025-01-08', '2025-01-08T00:00:00Z'),
       ($1, $3, 'Ümlaut ''type''', 7.77, null, '1999-12-31', '2025-01-09T01:00:00+05:45')`,
    [ada.userId, jobs[0].id, jobs[1].id],
  );
  await db.admin.query(
    `insert into lora_notifications (user_id, type, title, message, priority, read, created_at) values
       ($1, 'job_started', 'a', 'b', null, null, '2025-01-01T00:00:00Z'),
       ($1, 'job_failed', 'a', 'b', 'high', true, '2025-01-01T00:00:00Z'),
       ($1, 'job_completed', 'a', 'b', 'low', false, null)`,
    [ada.userId],
  );
  await db.admin.query('delete from lora_training_jobs where id = $1', [jobs[0].id]);
  const before = await db.admin.query('select id, amount from lora_cost_records order by id');

  await migrate({ adminUrl: db.adminUrl, log });

  const after = await db.admin.query('select * from lora_cost_records order by id');
  expect(after.rows.map((row) => [row.id, row.amount])).toEqual(
    before.rows.map((row) => [row.id, `${row.amount}00000000`]),
  );
  for (const row of after.rows)
    expect(row).toMatchObject({ state: 'final', source: `legacy:${row.id}`, job_ref: row.job_id });
  expect(after.rows.find((row) => row.amount === '-0.0100000000')?.recorded_at).toEqual(
    new Date('2025-01-07T00:00:00Z'),
  );
  expect((await verifyLedger(systemCtx(db, clock))).differences).toEqual([]);
  const answer = await costs(userCtx(db, ada, clock));
  expect(answer.total_cost_exact).toBe('100000020.0900000000');
  expect(answer.records).toHaveLength(6);

  const inbox = await db.admin.query('select priority, read, seq from lora_notifications order by seq');
  expect(inbox.rows.map((row) => [row.priority, row.read, Number(row.seq)])).toHaveLength(3);
  expect(inbox.rows.every((row) => row.priority !== null && row.read !== null)).toBe(true);
  const state = await db.admin.query('select unread_count from lora_inbox_state where user_id = $1', [ada.userId]);
  expect(state.rows[0].unread_count).toBe(2);
});

it('makes the lives of jobs from a ledger that runs: open charges, two currencies, days of a zone', async () => {
  const older = await createTestDatabase({ empty: true });
  try {
    await migrate({ adminUrl: older.adminUrl, log, upTo: BEFORE_LIVES });
    const bob = await older.createUser('bob@example.com');
    const { rows } = await older.admin.query(
      "insert into lora_training_jobs (user_id, name, status) select $1, 'run', 'running' from generate_series(1, 3) returning id",
      [bob.userId],
    );
    await older.admin.query('insert into lora_cost_zone_offsets (user_id, off) values ($1, 23)', [bob.userId]);
    await older.admin.query(
      `insert into lora_cost_records (user_id, job_id, job_ref, cost_type, amount, billing_period, recorded_at, source, currency, state)
       select $1, j, j, 'compute', i / 7.0, '2025-01-01', timestamptz '2025-01-01T17:50:01Z' + i * interval '5 hours', 'i' || i,
         case when i % 5 = 0 then 'EUR' else 'USD' end, case when i % 4 = 0 then 'open' else 'final' end
       from generate_series(1, 60) i, lateral (select ($2::uuid[])[1 + i % 4] as j) x`,
      [bob.userId, rows.map((row) => row.id)],
    );
    await migrate({ adminUrl: older.adminUrl, log });
    expect((await verifyLedger(systemCtx(older, clock))).differences).toEqual([]);
    const lives = await older.admin.query('select count(*)::int as n from lora_cost_job_life');
    expect(lives.rows[0].n).toBe(6);
  } finally {
    await older.drop();
  }
});

it('applies nothing the second time', async () => {
  expect(await migrate({ adminUrl: db.adminUrl, log })).toEqual({ applied: [] });
});

it('refuses a database that a newer version has migrated', async () => {
  await db.admin.query(
    "insert into supabase_migrations.schema_migrations (version, name) values ('20990101000000', 'later')",
  );
  await expect(migrate({ adminUrl: db.adminUrl, log })).rejects.toThrow(/newer version/);
});
