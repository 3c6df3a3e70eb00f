import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { deleteAccount } from '@/domain/accounts/delete-account';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { charge, manualClock, record, systemCtx } from './support';

let db: TestDatabase;
let ada: Caller;
const clock = manualClock('2026-06-20T00:00:00Z');

beforeAll(async () => {
  db = await createTestDatabase();
  ada = await db.createUser('ada@example.com');
  await record(db, [charge(ada, { source: 'a:final' }), charge(ada, { source: 'a:open', state: 'open' })]);
});
afterAll(() => db.drop());

/** Runs one statement as a role in a transaction that is rolled back; gives the number of rows or the error. */
async function attempt(role: string, text: string): Promise<number> {
  const client = new pg.Client(db.adminUrl);
  await client.connect();
  try {
    await client.query('begin');
    await client.query(`set local role ${role}`);
    return (await client.query(text)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}

describe.each(['postgres', 'pipeline_owner', 'service_role', 'ledger_keeper', 'authenticated'])('as %s', (role) => {
  it.each([
    ['an update of the amount', "update lora_cost_records set amount = 2 where source = 'a:final'"],
    ['an update back to open', "update lora_cost_records set state = 'open' where source = 'a:final'"],
    ['a move to another job', "update lora_cost_records set job_ref = gen_random_uuid() where source = 'a:final'"],
    ['a delete', "delete from lora_cost_records where source = 'a:final'"],
    ['a truncate', 'truncate lora_cost_records cascade'],
  ])('%s of a final charge changes nothing', async (_, text) => {
    const changed = await attempt(role, text).catch((error: { code: string }) => error.code);
    // 42501: no right at all; 23000: the trigger; 0: row-level security shows no such row
    expect(['42501', '23000', 0]).toContain(changed);
  });
});

it('changes an open charge in its amount, and in nothing that says which charge it is', async () => {
  expect(await attempt('service_role', "update lora_cost_records set amount = 2 where source = 'a:open'")).toBe(1);
  for (const change of [
    "cost_type = 'other'",
    'user_id = gen_random_uuid()',
    "currency = 'EUR'",
    'recorded_at = now()',
  ]) {
    await expect(
      attempt('postgres', `update lora_cost_records set ${change} where source = 'a:open'`),
    ).rejects.toThrow();
  }
});

it('lets job_id become null only when the job is gone', async () => {
  const { rows } = await db.admin.query(
    "insert into lora_training_jobs (user_id, name, status) values ($1, 'gone soon', 'completed') returning id",
    [ada.userId],
  );
  await record(db, [charge(ada, { source: 'a:job', jobId: rows[0].id })]);
  await expect(
    attempt('postgres', "update lora_cost_records set job_id = null where source = 'a:job'"),
  ).rejects.toThrow(/immutable/);
  await db.admin.query('delete from lora_training_jobs where id = $1', [rows[0].id]);
  const after = await db.admin.query("select job_id, job_ref from lora_cost_records where source = 'a:job'");
  expect(after.rows).toEqual([{ job_id: null, job_ref: rows[0].id }]);
});

it('deletes everything with the account, and nothing of others', async () => {
  const bob = await db.createUser('bob@example.com');
  await record(db, [charge(bob), charge(bob, { currency: 'EUR' }), charge(bob, { state: 'open' })]);
  const before = await db.admin.query('select count(*) from lora_cost_records where user_id = $1', [ada.userId]);
  await deleteAccount(systemCtx(db, clock), bob.userId);
  for (const table of ['records', 'days', 'quarters', 'job_days', 'job_life', 'state', 'zone_offsets']) {
    const { rows } = await db.admin.query(`select count(*) from lora_cost_${table} where user_id = $1`, [bob.userId]);
    expect(rows[0].count, table).toBe('0');
  }
  const after = await db.admin.query('select count(*) from lora_cost_records where user_id = $1', [ada.userId]);
  expect(after.rows).toEqual(before.rows);
  await expect(deleteAccount(systemCtx(db, clock), bob.userId)).rejects.toMatchObject({ code: 'not_found' });
});
