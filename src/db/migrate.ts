import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { getConstructionPlans, PgBoss } from 'pg-boss';
import { loginUrls } from '@/db/logins';
import { withClient } from '@/db/with-client';
import type { Logger } from '@/lib/log';

const ROOT = path.resolve(import.meta.dirname, '../..');
const MIGRATIONS = path.join(ROOT, 'supabase', 'migrations');
const BOOTSTRAP = path.join(import.meta.dirname, 'bootstrap');
const OLDEST_POSTGRES = 150_000;

/** Any number that no other product is likely to lock: only one process migrates a database at a time. */
const MIGRATION_LOCK = 7_305_118_201n;

/** Where the queue library keeps its tables. */
export const QUEUE_SCHEMA = 'pgboss';

export interface Migration {
  /** The part of the file's name before the first underscore, as the Supabase command line orders and records it. */
  readonly version: string;
  readonly name: string;
  readonly sql: string;
}

export interface MigrateOptions {
  /** The administrator's URL: of a superuser, or of hosted Supabase's `postgres`. */
  readonly adminUrl: string;
  readonly log: Pick<Logger, 'info'>;
  /** Stops after this version: only tests of upgrades name it. */
  readonly upTo?: string;
}

/** The migrations in the order in which they apply. */
export async function listMigrations(): Promise<Migration[]> {
  const files = (await readdir(MIGRATIONS)).filter((file) => /^\d+_.+\.sql$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => {
      const [version = '', ...rest] = file.replace(/\.sql$/, '').split('_');
      return { version, name: rest.join('_'), sql: await readFile(path.join(MIGRATIONS, file), 'utf8') };
    }),
  );
}

/** How the administrator and the owner connect here. */
const as = (url: string): pg.ClientConfig => ({ connectionString: url, application_name: 'pipeline-migrate' });

/** Hosted Supabase brings its own `auth`, whose users table knows instances. */
async function isSupabase(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    "select from information_schema.columns where table_schema = 'auth' and table_name = 'users' and column_name = 'instance_id'",
  );
  return rows.length > 0;
}

const passwordOf = (url: string): string => decodeURIComponent(new URL(url).password);

/** Makes what other hosts lack, only where it is absent, and gives the logins their passwords. */
async function bootstrap(admin: pg.Client, urls: ReturnType<typeof loginUrls>, hosted: boolean): Promise<void> {
  await admin.query(await readFile(path.join(BOOTSTRAP, 'roles.sql'), 'utf8'));
  const logins = {
    pipeline_app: urls.app,
    pipeline_worker: urls.worker,
    ...(hosted ? {} : { pipeline_owner: urls.owner }),
  };
  for (const [role, url] of Object.entries(logins)) {
    await admin.query(`alter role ${role} password ${pg.escapeLiteral(passwordOf(url))}`);
  }
  if (hosted) return;
  const { rows } = await admin.query<{ name: string }>('select current_database() as name');
  await admin.query(
    `grant connect, create, temporary on database ${pg.escapeIdentifier(rows[0]?.name ?? '')} to pipeline_owner`,
  );
  await admin.query('grant usage, create on schema public to pipeline_owner');
  await admin.query('grant pipeline_owner to current_user');
  await admin.query(await readFile(path.join(BOOTSTRAP, 'auth.sql'), 'utf8'));
}

async function appliedVersions(owner: pg.Client): Promise<Set<string>> {
  await owner.query(`
    create schema if not exists supabase_migrations;
    create table if not exists supabase_migrations.schema_migrations (
      version text primary key, statements text[], name text
    )`);
  const { rows } = await owner.query<{ version: string }>('select version from supabase_migrations.schema_migrations');
  return new Set(rows.map((row) => row.version));
}

async function applyOne(owner: pg.Client, migration: Migration): Promise<void> {
  await owner.query('begin');
  try {
    await owner.query("set local lock_timeout = '10s'");
    await owner.query(migration.sql);
    await owner.query(
      'insert into supabase_migrations.schema_migrations (version, statements, name) values ($1, $2, $3)',
      [migration.version, [migration.sql], migration.name],
    );
    await owner.query('commit');
  } catch (error) {
    await owner.query('rollback');
    throw new Error(`migration ${migration.version}_${migration.name} failed: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The queue library's own tables, made and upgraded by the owner; the worker only uses them. */
async function migrateQueue(ownerUrl: string, owner: pg.Client): Promise<void> {
  const { rows } = await owner.query('select from pg_namespace where nspname = $1', [QUEUE_SCHEMA]);
  if (rows.length === 0) {
    await owner.query(getConstructionPlans(QUEUE_SCHEMA));
  } else {
    const boss = new PgBoss({
      connectionString: ownerUrl,
      schema: QUEUE_SCHEMA,
      supervise: false,
      schedule: false,
      max: 2,
    });
    boss.on('error', () => undefined);
    await boss.start();
    await boss.stop({ graceful: false });
  }
  await owner.query(`
    grant usage on schema ${QUEUE_SCHEMA} to service_role;
    grant all on all tables in schema ${QUEUE_SCHEMA} to service_role;
    grant all on all sequences in schema ${QUEUE_SCHEMA} to service_role;
    grant execute on all functions in schema ${QUEUE_SCHEMA} to service_role;`);
}

/**
 * Brings a database up to date: roles and `auth` where the host is not Supabase, then the migrations that are not
 * recorded yet, each in a transaction of its own, then the queue's tables. Running it again changes nothing.
 *
 * @returns the versions that were applied now
 * @throws Error when the server is too old, holds migrations that this program does not know, or a migration fails
 */
export async function migrate({ adminUrl, log, upTo }: MigrateOptions): Promise<{ applied: string[] }> {
  const urls = loginUrls(adminUrl);
  return withClient(as(adminUrl), async (admin) => {
    const { rows } = await admin.query<{ server_version_num: string }>('show server_version_num');
    if (Number(rows[0]?.server_version_num) < OLDEST_POSTGRES) throw new Error('PIPELINE needs Postgres 15 or newer.');
    await admin.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const hosted = await isSupabase(admin);
    await bootstrap(admin, urls, hosted);
    const ownerUrl = hosted ? adminUrl : urls.owner;
    return withClient(as(ownerUrl), async (owner) => {
      const migrations = await listMigrations();
      const known = new Set(migrations.map((migration) => migration.version));
      const recorded = await appliedVersions(owner);
      const strange = [...recorded].filter((version) => !known.has(version)).sort();
      if (strange.length > 0) {
        throw new Error(
          `The database holds migrations that this version of PIPELINE does not know (${strange.join(', ')}). ` +
            'Start the newer version that made them, or restore a backup from before.',
        );
      }
      const pending = migrations.filter((m) => !recorded.has(m.version) && (upTo === undefined || m.version <= upTo));
      for (const migration of pending) {
        log.info({ version: migration.version, name: migration.name }, 'applying a migration');
        await applyOne(owner, migration);
      }
      if (upTo === undefined) await migrateQueue(ownerUrl, owner);
      return { applied: pending.map((migration) => migration.version) };
    });
  });
}

/** The versions of migrations that are still to be applied. */
export async function pendingMigrations(adminUrl: string): Promise<string[]> {
  return withClient(as(adminUrl), async (admin) => {
    const { rows } = await admin.query("select to_regclass('supabase_migrations.schema_migrations') as made");
    const all = (await listMigrations()).map((migration) => migration.version);
    if (rows[0]?.made === null) return all;
    const recorded = await admin.query<{ version: string }>(
      'select version from supabase_migrations.schema_migrations',
    );
    const done = new Set(recorded.rows.map((row) => row.version));
    return all.filter((version) => !done.has(version));
  });
}
