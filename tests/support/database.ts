import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { loginUrls } from '@/db/logins';
import { type Caller, type Database, openDatabase } from '@/db/session';
import { asUserId } from '@/lib/ids';
import type { TestCluster } from './cluster';

/** A migrated database of its own, with every way in. */
export interface TestDatabase {
  name: string;
  adminUrl: string;
  ownerUrl: string;
  appUrl: string;
  workerUrl: string;
  /** As the superuser, for oracles and for arranging what no role may do. */
  admin: pg.Pool;
  database: Database;
  /** Makes an account with a live session, as a verified credential would describe it. */
  createUser(email?: string): Promise<Caller>;
  drop(): Promise<void>;
}

/** The cluster that vitest's global setup provided. */
async function providedCluster(): Promise<TestCluster> {
  const { inject } = await import('vitest');
  return inject('cluster');
}

async function onCluster(cluster: TestCluster, statement: string): Promise<void> {
  const client = new pg.Client(cluster.adminUrl);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function createUser(admin: pg.Pool, email: string): Promise<Caller> {
  const user = await admin.query<{ id: string }>(
    'insert into auth.users (email, email_confirmed_at) values (lower($1), now()) returning id',
    [email],
  );
  const id = user.rows[0]?.id ?? '';
  const session = await admin.query<{ id: string; not_after: Date }>(
    "insert into auth.sessions (user_id, not_after) values ($1, now() + interval '1 day') returning id, not_after",
    [id],
  );
  return {
    userId: asUserId(id),
    email: email.toLowerCase(),
    sessionId: session.rows[0]?.id ?? null,
    expiresAt: session.rows[0]?.not_after ?? new Date(0),
  };
}

/**
 * A new database for one test file. Outside vitest hand in the cluster that `startCluster` gave.
 * `empty`: without any migration, for tests of migrations.
 */
export async function createTestDatabase(
  options: { cluster?: TestCluster; poolSize?: number; empty?: boolean } = {},
): Promise<TestDatabase> {
  const cluster = options.cluster ?? (await providedCluster());
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onCluster(cluster, `create database ${name}${options.empty ? '' : ` template ${cluster.template}`}`);
  const url = new URL(cluster.adminUrl);
  url.pathname = `/${name}`;
  const urls = loginUrls(url.href);
  const admin = new pg.Pool({ connectionString: urls.admin, max: 10 });
  admin.on('error', () => undefined); // tests stop servers and cut connections on purpose
  const database = openDatabase({ appUrl: urls.app, workerUrl: urls.worker, poolSize: options.poolSize ?? 10 });
  return {
    name,
    adminUrl: urls.admin,
    ownerUrl: urls.owner,
    appUrl: urls.app,
    workerUrl: urls.worker,
    admin,
    database,
    createUser: (email = `${randomUUID()}@example.test`) => createUser(admin, email),
    drop: async () => {
      await Promise.all([database.close(), admin.end()]);
      await onCluster(cluster, `drop database if exists ${name} with (force)`);
    },
  };
}
