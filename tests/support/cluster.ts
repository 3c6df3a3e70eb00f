import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import type { PostgresVersion } from '@/db/embedded/binaries';
import { type EmbeddedPostgres, startEmbedded } from '@/db/embedded/start-embedded';
import { migrate } from '@/db/migrate';
import { createLogger } from '@/lib/log';
import { removeAbandonedClusters, TEST_FOLDER } from './abandoned';

/** The one server of a test run: fast, because nothing is forced to the disk. */
export interface TestCluster {
  adminUrl: string;
  /** A migrated database without rows, to be copied for each test file. */
  template: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    cluster: TestCluster;
  }
}

const TEMPLATE = 'pipeline_template';
const ROOT = path.resolve(import.meta.dirname, '../..');
const log = createLogger({ level: 'warn' });

const testedVersion = (): PostgresVersion => (process.env.PIPELINE_TEST_POSTGRES === '15' ? 15 : 18);

/** What the template is made of: when one of these files changes, a cached one is of no use any more. */
function templateKey(version: PostgresVersion): string {
  const folders = ['supabase/migrations', 'src/db/bootstrap', 'src/db/embedded', 'src/db'];
  const files = folders.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(sql|ts)$/.test(entry.name) && !entry.name.endsWith('.test.ts'))
      .map((entry) => path.join(ROOT, folder, entry.name)),
  );
  const hash = createHash('sha256');
  for (const file of [...files.sort(), path.join(ROOT, 'package-lock.json')]) hash.update(readFileSync(file));
  return `postgres${version}-${process.getuid?.() ?? 'user'}-${hash.digest('hex').slice(0, 16)}`;
}

function makeDataDir(): string {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), TEST_FOLDER));
  chmodSync(dataDir, 0o711); // as root the server runs under another account, which has to get through
  return dataDir;
}

const start = (dataDir: string, version: PostgresVersion) => startEmbedded({ dataDir, version, durable: false, log });

async function makeTemplate(adminUrl: string): Promise<void> {
  const admin = new pg.Client(adminUrl);
  await admin.connect();
  await admin.query(`create database ${TEMPLATE}`);
  await admin.end();
  const url = new URL(adminUrl);
  url.pathname = `/${TEMPLATE}`;
  await migrate({ adminUrl: url.href, log });
}

const copy = (from: string, to: string) => execFileSync('cp', ['-Rp', from, to], { stdio: 'pipe' });

/** Another run may throw the cached one away in the middle of the copying. */
function tryCopy(from: string, to: string): boolean {
  try {
    copy(from, to);
    return true;
  } catch {
    rmSync(to, { recursive: true, force: true });
    return false;
  }
}

const isOlderThan = (file: string, ms: number) => Date.now() - statSync(file).mtimeMs > ms;

/** Clusters of other sources, and copies that a killed run never finished. */
function removeOutdated(cached: string): void {
  const cache = path.dirname(cached);
  const kind = path.basename(cached).replace(/[^-]*$/, '');
  for (const name of readdirSync(cache).filter((found) => found.startsWith(kind))) {
    const old = path.join(cache, name);
    if (name.includes('.') && !isOlderThan(old, 600_000)) continue; // another run is copying
    rmSync(old, { recursive: true, force: true });
  }
}

/** Keeps a stopped cluster for the next run, unless another run was faster or the folder is read-only. */
function keep(folder: string, cached: string): void {
  const partial = `${cached}.${process.pid}`;
  try {
    mkdirSync(path.dirname(cached), { recursive: true });
    removeOutdated(cached);
    copy(folder, partial);
    renameSync(partial, cached);
  } catch {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** A cluster with a template: a copy of the last run's if nothing that it is made of has changed. */
async function startFromCache(dataDir: string, version: PostgresVersion): Promise<EmbeddedPostgres> {
  const cached = path.join(ROOT, 'node_modules', '.cache', 'pipeline-tests', templateKey(version));
  const folder = path.join(dataDir, 'postgres');
  if (existsSync(cached) && tryCopy(cached, folder)) return start(dataDir, version);
  const fresh = await start(dataDir, version);
  try {
    await makeTemplate(fresh.adminUrl);
  } catch (error) {
    await fresh.stop();
    throw error;
  }
  if (fresh.folder !== folder) return fresh;
  await fresh.stop();
  keep(folder, cached);
  return start(dataDir, version);
}

/** Starts the cluster of a test run; `stop` ends it and removes its files. Also for scripts outside vitest. */
export async function startCluster(): Promise<TestCluster & { stop(): Promise<void> }> {
  await removeAbandonedClusters();
  const dataDir = makeDataDir();
  const embedded = await startFromCache(dataDir, testedVersion());
  return {
    adminUrl: embedded.adminUrl,
    template: TEMPLATE,
    stop: async () => {
      await embedded.stop();
      rmSync(embedded.folder, { recursive: true, force: true });
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** vitest calls this once before the first test file. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { stop, ...cluster } = await startCluster();
  project.provide('cluster', cluster);
  return stop;
}
