import { createTestDatabase } from '@tests/support/database';
import pg from 'pg';
import { afterAll, expect, it } from 'vitest';
import { ON_DELETE } from './foreign-keys';
import { readForeignKeys } from './support/catalogue';

const db = await createTestDatabase();
afterAll(() => db.drop());

const OURS = `('public', 'private', 'auth')`;
const LOGINS = ['pipeline_app', 'pipeline_worker', 'pipeline_owner'];

const query = async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> =>
  (await db.admin.query<Row>(sql, values)).rows;

it('row-level security is enabled and forced on every table', async () => {
  const tables = await query<{ name: string; holds: boolean }>(`
    select c.oid::regclass::text as name, c.relrowsecurity and c.relforcerowsecurity as holds
    from pg_class c where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text in ('public', 'auth')`);
  expect(tables.length).toBeGreaterThan(20);
  expect(tables.filter((table) => !table.holds)).toEqual([]);
});

it('policies name their roles, and those for writing say what may be written', async () => {
  const policies = await query<{
    name: string;
    roles: string[];
    cmd: string;
    with_check: string | null;
    qual: string;
  }>(`
    select schemaname || '.' || tablename || ': ' || policyname as name, roles::text[], cmd, with_check, qual
    from pg_policies where schemaname in ${OURS}`);
  expect(policies.length).toBeGreaterThan(50);
  expect(policies.filter((policy) => policy.roles.includes('public'))).toEqual([]);
  expect(policies.filter((policy) => /INSERT|UPDATE|ALL/.test(policy.cmd) && policy.with_check === null)).toEqual([]);
  expect(policies.filter((policy) => /is null/i.test(`${policy.qual}${policy.with_check}`))).toEqual([]);
});

it('every foreign key names what happens on delete', async () => {
  expect(await readForeignKeys(db.admin)).toEqual(ON_DELETE);
});

it('every foreign key has an index that serves the deletion of what it names', async () => {
  const without = await query(`
    select k.conrelid::regclass::text as table, k.conname
    from pg_constraint k
    where k.contype = 'f' and k.connamespace::regnamespace::text in ('public', 'auth')
      and not exists (
        select from pg_index i
        where i.indrelid = k.conrelid and i.indisvalid
          and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] operator(pg_catalog.@>) k.conkey)`);
  expect(without).toEqual([]);
});

it('logins are no superusers, bypass nothing, and those of the running product own nothing', async () => {
  const roles = await query(
    `select rolname, rolsuper, rolbypassrls, rolinherit, rolcreatedb, rolreplication from pg_roles
     where rolname = any ($1) order by rolname`,
    [LOGINS],
  );
  const plain = { rolsuper: false, rolbypassrls: false, rolinherit: false, rolcreatedb: false, rolreplication: false };
  expect(roles).toEqual([...LOGINS].sort().map((rolname) => ({ rolname, ...plain })));
  const owned = await query(
    `select d.classid::regclass::text as kind, d.objid from pg_shdepend d
     where d.deptype = 'o' and d.refobjid in (select oid from pg_roles
       where rolname in ('pipeline_app', 'pipeline_worker', 'anon', 'authenticated', 'service_role'))`,
  );
  expect(owned).toEqual([]);
});

it('each login becomes the roles that it needs and no other', async () => {
  const ROLES = [
    'anon',
    'authenticated',
    'service_role',
    'ledger_keeper',
    'pipeline_owner',
    'pipeline_app',
    'postgres',
  ];
  const may: Record<string, readonly string[]> = {
    [db.appUrl]: ['anon', 'authenticated', 'pipeline_app'],
    [db.workerUrl]: ['service_role'],
  };
  for (const [url, allowed] of Object.entries(may)) {
    const client = new pg.Client(url);
    await client.connect();
    const became: string[] = [];
    for (const role of ROLES) {
      await client.query(`set role ${role}`).then(
        () => became.push(role),
        (error) => expect(error).toMatchObject({ code: '42501' }),
      );
      await client.query('reset role');
    }
    await client.end();
    expect(became).toEqual(allowed);
  }
});

it('functions with rights of their owner pin their search path and are closed to the public', async () => {
  const functions = await query<{ name: string; definer: boolean; pinned: boolean; open: boolean }>(`
    select p.oid::regprocedure::text as name, p.prosecdef as definer,
      coalesce('search_path=""' = any (p.proconfig), false) as pinned,
      has_function_privilege('public', p.oid, 'execute') or has_function_privilege('anon', p.oid, 'execute') as open
    from pg_proc p where p.pronamespace::regnamespace::text in ${OURS} and p.prokind = 'f'`);
  const definers = functions.filter((each) => each.definer);
  expect(definers.length).toBeGreaterThan(10);
  expect(definers.filter((each) => !each.pinned || each.open)).toEqual([]);
  expect(functions.filter((each) => each.name.startsWith('private.') && !each.pinned)).toEqual([]);
});

it('there is no view that reads with the rights of its owner', async () => {
  const views = await query(`
    select c.oid::regclass::text as name from pg_class c
    where c.relnamespace::regnamespace::text in ${OURS} and (c.relkind = 'm'
      or (c.relkind = 'v' and not coalesce(c.reloptions @> array['security_invoker=true'], false)))`);
  expect(views).toEqual([]);
});

it('callers reach neither the queue nor the record of migrations', async () => {
  const reachable = await query(`
    select n.nspname, r.role from pg_namespace n cross join unnest(array['anon', 'authenticated', 'pipeline_app']) r (role)
    where n.nspname in ('pgboss', 'supabase_migrations') and has_schema_privilege(r.role, n.oid, 'usage')`);
  expect(reachable).toEqual([]);
});
