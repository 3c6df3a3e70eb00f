import { createTestDatabase } from '@tests/support/database';
import { afterAll, describe, expect, it } from 'vitest';
import { charge, record } from '../ledger/support';
import { freePort, runCommand } from './support';

const test = await createTestDatabase();
afterAll(() => test.drop());
const env = { DATABASE_URL: test.adminUrl, PORT: String(await freePort()) };

interface Finding {
  check: string;
  status: 'ok' | 'warning' | 'failure';
  details: string;
  remedy?: string;
}

async function visit(
  more: Record<string, string> = {},
): Promise<{ code: unknown; find(check: string): Finding | undefined }> {
  const { code, output } = await runCommand(['doctor', '--json'], { ...env, ...more });
  const findings: Finding[] = JSON.parse(output);
  return { code, find: (check) => findings.find((finding) => finding.check === check) };
}

describe('pipeline doctor', { timeout: 120_000 }, () => {
  it('finds nothing wrong but what is wrong: the test server forgets', async () => {
    const { code, find } = await visit();
    for (const check of ['node', 'database', 'postgres version', 'clocks', 'migrations', 'login app', 'login worker']) {
      expect(find(check)).toMatchObject({ check, status: 'ok' });
    }
    for (const check of ['row-level security', 'imports', 'background work', 'port']) {
      expect(find(check)).toMatchObject({ check, status: 'ok' });
    }
    expect(find('durability')).toMatchObject({ status: 'failure', details: expect.stringMatching(/fsync=off/) });
    expect(code).toBe(1);
  });

  it('names each fault with its remedy', async () => {
    await test.admin.query('alter table lora_notifications no force row level security');
    await test.admin.query(`
      with latest as (select max(version) as version from supabase_migrations.schema_migrations)
      delete from supabase_migrations.schema_migrations m using latest where m.version = latest.version`);
    await test.admin.query(`
      insert into lora_imports (kind, source, status, file_name, holder, new_lines, posted)
      values ('charges', 'cloud', 'posting', 'bill.csv', gen_random_uuid(), 100, '{"lines": 40}')`);
    const { find } = await visit();
    expect(find('row-level security')).toMatchObject({
      status: 'failure',
      details: expect.stringMatching(/lora_notifications/),
      remedy: expect.stringMatching(/force row level security/),
    });
    expect(find('migrations')).toMatchObject({ status: 'failure', remedy: expect.stringMatching(/migrate/) });
    expect(find('imports')).toMatchObject({
      status: 'warning',
      details: expect.stringMatching(/bill\.csv.*posted 40 of 100 lines/),
      remedy: expect.stringMatching(/same command again/),
    });
  });

  it('says which variable is wrong', async () => {
    const { code, find } = await visit({ PORT: 'x' });
    expect(code).toBe(1);
    expect(find('environment')).toMatchObject({ status: 'failure', details: expect.stringMatching(/PORT/) });
  });

  it('says why a database is out of reach', async () => {
    const { find } = await visit({ DATABASE_URL: `postgres://u:p@127.0.0.1:${await freePort()}/x` });
    expect(find('database')).toMatchObject({ status: 'failure', details: expect.stringMatching(/ECONNREFUSED/) });
  });
});

describe('pipeline doctor --verify-ledger', { timeout: 120_000 }, () => {
  it('names a falsified roll-up, rebuilds it, and proves that all is equal again', async () => {
    const healthy = await createTestDatabase();
    const own = { DATABASE_URL: healthy.adminUrl };
    try {
      const caller = await healthy.createUser();
      await record(healthy, [charge(caller, { amount: '1.25' }), charge(caller, { amount: '2' })]);
      expect(await runCommand(['doctor', '--verify-ledger'], own)).toMatchObject({ code: 0 });
      await healthy.admin.query('update lora_cost_days set amount = amount + 1');
      const named = await runCommand(['doctor', '--verify-ledger'], own);
      expect(named).toMatchObject({ code: 1, output: expect.stringContaining(caller.userId) });
      expect(named.output).toMatch(/stored 4\.2500000000, records say 3\.2500000000/);
      expect(await runCommand(['doctor', '--verify-ledger', '--rebuild'], own)).toMatchObject({ code: 0 });
      expect(await runCommand(['doctor', '--verify-ledger'], own)).toMatchObject({ code: 0 });
    } finally {
      await healthy.drop();
    }
  });

  it('takes --rebuild for wrong usage on its own', async () => {
    expect(await runCommand(['doctor', '--rebuild'], env)).toMatchObject({ code: 2 });
  });
});
