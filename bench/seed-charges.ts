import type pg from 'pg';
import type { BenchDatabase } from './cluster';

/** The moment at which the bench asks; the same in every run, so that every run asks about the same rows. */
export const NOW = Date.parse('2026-11-10T10:20:30.123Z');

const DAY_MS = 86_400_000;
/** The records begin a day before the year’s window and end a quarter-hour after now: both edges lie among records. */
const LAST = NOW + 900_000;
const FIRST = LAST - 366 * DAY_MS;

/** How many records belong to one job. */
export const PER_JOB = 100;

/** Indexes are made again after the rows are there: a third of the time of keeping them on the way. */
async function withoutIndexes(admin: pg.PoolClient, table: string, work: () => Promise<void>): Promise<void> {
  const { rows } = await admin.query<{ name: string; definition: string }>(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
     from pg_index i where i.indrelid = $1::regclass and not i.indisprimary`,
    [table],
  );
  for (const { name } of rows) await admin.query(`drop index ${name}`);
  await work();
  for (const { definition } of rows) await admin.query(definition);
}

async function insertCharges(admin: pg.PoolClient, userId: string, records: number): Promise<void> {
  await admin.query(
    `insert into lora_training_jobs (id, user_id, name, status, origin, external_ref)
     select gen_random_uuid(), $1, 'run ' || i, 'completed', 'import', 'run-' || i
     from generate_series(1, $2::int / ${PER_JOB}) i`,
    [userId, records],
  );
  // one in ten at an odd instant, the others at the start of a quarter-hour
  await admin.query(
    `insert into lora_cost_records
       (user_id, job_id, job_ref, source, cost_type, amount, currency, state, details, billing_period, recorded_at)
     select $1::uuid, j.id, j.id, 'import:bench:' || $1::uuid || ':' || i, (array['compute', 'storage', 'egress'])[1 + i % 3],
       round((1 + (i::bigint * 7919) % 99991) / 10007.0, 10), 'USD', 'final',
       '{"quantity": "900000", "unit": "gpu_ms", "unit_price": "1.89"}', x.at::date, x.at
     from generate_series(0, $2::int - 1) i
     cross join lateral (select to_timestamp(($3::float8 + ($4::float8 - $3::float8) * i / $2::int) / 1000) as even) e
     cross join lateral (
       select case when i % 10 = 0 then e.even
              else date_bin('15 minutes', e.even, '2000-01-01 00:00:00+00') end as at) x
     join lora_training_jobs j on j.user_id = $1::uuid and j.external_ref = 'run-' || (1 + i / ${PER_JOB})`,
    [userId, records, FIRST, LAST],
  );
}

/**
 * Fills accounts with charges, quickly: without triggers and indexes, the roll-ups written anew from the records.
 *
 * @param accounts ids, and how many records each gets: a multiple of 100
 */
export async function seedCharges(db: BenchDatabase, accounts: ReadonlyMap<string, number>): Promise<void> {
  const admin = await db.admin.connect();
  try {
    await admin.query("set session_replication_role = 'replica'");
    await withoutIndexes(admin, 'lora_cost_records', async () => {
      for (const [userId, records] of accounts) await insertCharges(admin, userId, records);
    });
    await admin.query("set session_replication_role = 'origin'");
    for (const userId of accounts.keys()) {
      await admin.query('select private.rebuild_cost_roll_ups($1)', [userId]);
    }
  } finally {
    admin.release();
  }
}
