import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbedded } from '@/db/embedded/start-embedded';
import { loginUrls } from '@/db/logins';
import { migrate } from '@/db/migrate';
import { type Database, openDatabase } from '@/db/session';
import { createLogger } from '@/lib/log';

/** A migrated database of the bench, with every way in. */
export interface BenchDatabase {
  readonly adminUrl: string;
  readonly appUrl: string;
  readonly workerUrl: string;
  /** As the superuser: for seeding and for bare copies of tables. */
  readonly admin: pg.Pool;
  readonly database: Database;
  close(): Promise<void>;
}

export interface BenchCluster {
  /** Opens a database of this name; `isNew` says whether it was made just now and is still empty. */
  open(name: string, poolSize?: number): Promise<{ db: BenchDatabase; isNew: boolean }>;
  stop(): Promise<void>;
}

/**
 * What differs from the embedded default. A larger cache as a server of this size would have, and no checkpoint or
 * compilation in the middle of a round; what is forced to the disk stays as it is: everything.
 */
const SETTINGS = { shared_buffers: '256MB', max_wal_size: '4GB', checkpoint_timeout: '30min' } as const;

const log = createLogger({ level: 'warn' });

async function once<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Starts a durable embedded cluster with the bench's settings. */
async function startServer(dataDir: string): Promise<EmbeddedPostgres> {
  const first = await startEmbedded({ dataDir, durable: true, log });
  const isSet = await once(first.adminUrl, async (client) => {
    const { rows } = await client.query<{ shared_buffers: string }>('show shared_buffers');
    if (rows[0]?.shared_buffers === SETTINGS.shared_buffers) return true;
    for (const [name, value] of Object.entries(SETTINGS)) await client.query(`alter system set ${name} = '${value}'`);
    return false;
  });
  if (isSet) return first;
  await first.stop();
  return startEmbedded({ dataDir, durable: true, log });
}

async function openBenchDatabase(adminUrl: string, name: string, poolSize: number) {
  const isNew = await once(adminUrl, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
    return rowCount === 0;
  });
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const urls = loginUrls(url.href);
  if (isNew) await migrate({ adminUrl: urls.admin, log });
  const admin = new pg.Pool({ connectionString: urls.admin, max: 4 });
  admin.on('error', () => undefined);
  const database = openDatabase({ appUrl: urls.app, workerUrl: urls.worker, poolSize });
  const close = async () => {
    await Promise.all([database.close(), admin.end()]);
  };
  return { db: { adminUrl: urls.admin, appUrl: urls.app, workerUrl: urls.worker, admin, database, close }, isNew };
}

/**
 * Starts the cluster of a bench run: forced to the disk like the product's own, in a folder for temporary files that
 * goes with it. A folder handed in is kept, and its databases are used again.
 */
export async function startBenchCluster(folder?: string): Promise<BenchCluster> {
  const dataDir = folder ?? mkdtempSync(path.join(os.tmpdir(), 'pipeline-bench-'));
  if (!folder) chmodSync(dataDir, 0o711); // as root the server runs under another account, which has to get through
  const embedded = await startServer(dataDir);
  const opened: BenchDatabase[] = [];
  return {
    async open(name, poolSize = 4) {
      const found = await openBenchDatabase(embedded.adminUrl, name, poolSize);
      opened.push(found.db);
      return found;
    },
    async stop() {
      await Promise.all(opened.map((db) => db.close()));
      await embedded.stop();
      if (folder) return;
      rmSync(embedded.folder, { recursive: true, force: true });
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
