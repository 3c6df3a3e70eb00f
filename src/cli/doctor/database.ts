import type pg from 'pg';
import { readDurability } from '@/db/durability';
import type { LoginUrls } from '@/db/logins';
import { pendingMigrations, QUEUE_SCHEMA } from '@/db/migrate';
import { openDatabase } from '@/db/session';
import { withClient } from '@/db/with-client';
import { listUnfinishedImports } from '@/domain/imports/list-unfinished-imports';
import { type Finding, failure, messageOf, ok, warning } from './finding';

const OLDEST_POSTGRES = 150_000;
const SKEW_NOTED_MS = 1000;
const SKEW_HARMFUL_MS = 30_000;

/** How the doctor connects: it does not wait for ever for a database that is ill. */
const as = (url: string): pg.ClientConfig => ({
  connectionString: url,
  application_name: 'pipeline-doctor',
  connectionTimeoutMillis: 5000,
  query_timeout: 30_000,
});

async function checkVersion(client: pg.Client): Promise<Finding> {
  const { rows } = await client.query(
    "select current_setting('server_version_num')::int as n, current_setting('server_version') as name",
  );
  const { n, name } = rows[0];
  if (n >= OLDEST_POSTGRES) return ok('postgres version', name);
  return failure('postgres version', `Postgres ${name} is too old.`, 'Use Postgres 15 or newer.');
}

/** Half the round trip is taken off; what remains is the difference of the two clocks. */
async function checkClocks(client: pg.Client): Promise<Finding> {
  const sent = Date.now();
  const { rows } = await client.query<{ ms: string }>('select extract(epoch from clock_timestamp()) * 1000 as ms');
  const skew = Math.round(Number(rows[0]?.ms) - (sent + Date.now()) / 2);
  const details = `the database's clock and ours differ by ${skew} ms`;
  const remedy = 'Let NTP set the clocks of both machines.';
  if (Math.abs(skew) > SKEW_HARMFUL_MS) return failure('clocks', details, remedy);
  return Math.abs(skew) > SKEW_NOTED_MS ? warning('clocks', details, remedy) : ok('clocks', details);
}

async function checkMigrations(urls: LoginUrls): Promise<Finding> {
  const pending = await pendingMigrations(urls.admin);
  if (pending.length === 0) return ok('migrations', 'all applied');
  return failure(
    'migrations',
    `not applied yet: ${pending.join(', ')}`,
    'Run `npm run pipeline -- migrate`, or `npm start`.',
  );
}

async function checkDurability(url: string): Promise<Finding> {
  const gaps = await readDurability(url);
  if (gaps.length === 0) return ok('durability', 'a commit is on disk before it is acknowledged');
  const list = gaps.map(({ setting, value }) => `${setting}=${value}`).join(', ');
  return failure(
    'durability',
    `a crash may lose acknowledged data: ${list}`,
    'Set them to on in postgresql.conf and reload.',
  );
}

const LOGINS = { app: 'pipeline_app', worker: 'pipeline_worker' } as const;

/** Each restricted login gets in with its derived password, and is as restricted as it has to be. */
async function checkLogin(urls: LoginUrls, login: keyof typeof LOGINS): Promise<Finding> {
  const check = `login ${login}`;
  const remedy = 'Run `npm run pipeline -- migrate`: it makes the roles and sets their passwords.';
  try {
    const powers = await withClient(as(urls[login]), async (client) => {
      const { rows } = await client.query<{ power: string }>(`
        select unnest(array_remove(array[
          case when rolsuper then 'superuser' end,
          case when rolbypassrls then 'bypasses row-level security' end,
          case when exists (select from pg_class where relowner = r.oid and relkind = 'r') then 'owns tables' end], null)) as power
        from pg_roles r where rolname = current_user`);
      return rows.map((row) => row.power);
    });
    if (powers.length === 0) return ok(check, `${LOGINS[login]} logs in and owns nothing`);
    const undo = `alter role ${LOGINS[login]} nosuperuser nobypassrls; and give its tables to pipeline_owner.`;
    return failure(check, `${LOGINS[login]} may do too much: ${powers.join(', ')}`, undo);
  } catch (error) {
    return failure(check, `${LOGINS[login]} cannot log in: ${messageOf(error)}`, remedy);
  }
}

async function checkRowSecurity(client: pg.Client): Promise<Finding> {
  const { rows } = await client.query<{ name: string }>(`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname like 'lora\\_%'
      and not (relrowsecurity and relforcerowsecurity)
    order by 1`);
  if (rows.length === 0) return ok('row-level security', 'enabled and forced on every table');
  const names = rows.map((row) => row.name);
  const remedy = names
    .map((name) => `alter table ${name} enable row level security, force row level security;`)
    .join(' ');
  return failure('row-level security', `not forced on ${names.join(', ')}`, remedy);
}

async function checkImports(urls: LoginUrls): Promise<Finding> {
  const database = openDatabase({ appUrl: urls.app, workerUrl: urls.worker, poolSize: 1 });
  try {
    const unfinished = await listUnfinishedImports({ session: database.asService() });
    const list = unfinished.map(
      ({ fileName, source, postedLines, newLines, running }) =>
        `${fileName} (source ${source}) has posted ${postedLines} of ${newLines} lines${running ? ' and is at work' : ''}`,
    );
    if (unfinished.every(({ running }) => running)) return ok('imports', list.join('; ') || 'none is unfinished');
    return warning('imports', list.join('; '), 'Give the same command again: it carries on where it was.');
  } finally {
    await database.close();
  }
}

async function checkBackground(client: pg.Client): Promise<Finding> {
  const { rows } = await client.query<{ name: string; n: number }>(`
    select name, count(*)::int as n from ${QUEUE_SCHEMA}.job
    where state = 'failed' and completed_on > now() - interval '1 day' group by name order by name`);
  if (rows.length === 0) return ok('background work', 'nothing failed in the last 24 hours');
  const list = rows.map((row) => `${row.name} ${row.n} times`).join(', ');
  return warning('background work', `failed in the last 24 hours: ${list}`, 'The log of the server has the causes.');
}

/** A check that itself fails is a finding, not the end of the visit. */
async function guarded(check: string, run: () => Promise<Finding>): Promise<Finding> {
  try {
    return await run();
  } catch (error) {
    return failure(
      check,
      `could not be checked: ${messageOf(error)}`,
      'Mend what is named above first, then ask again.',
    );
  }
}

/** Everything that is to be asked of a database that answers. */
export async function checkDatabase(urls: LoginUrls): Promise<Finding[]> {
  try {
    return await withClient(as(urls.admin), async (client) => [
      ok('database', 'answers'),
      await guarded('postgres version', () => checkVersion(client)),
      await guarded('durability', () => checkDurability(urls.admin)),
      await guarded('clocks', () => checkClocks(client)),
      await guarded('migrations', () => checkMigrations(urls)),
      await guarded('login app', () => checkLogin(urls, 'app')),
      await guarded('login worker', () => checkLogin(urls, 'worker')),
      await guarded('row-level security', () => checkRowSecurity(client)),
      await guarded('imports', () => checkImports(urls)),
      await guarded('background work', () => checkBackground(client)),
    ]);
  } catch (error) {
    const remedy = 'Check DATABASE_URL, and that the server runs and lets this machine in.';
    return [failure('database', `cannot be reached: ${messageOf(error)}`, remedy)];
  }
}
