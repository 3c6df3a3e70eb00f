import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from '@/lib/log';
import { chooseAccount, closedFolder, type ServerAccount } from './account';
import { EmbeddedError } from './embedded-error';

/** Where one embedded database lives: `folder` holds everything, `pgData` the cluster itself. */
export interface Home {
  folder: string;
  pgData: string;
  account: ServerAccount;
}

const FOR_ROOT = '/var/lib/pipeline';

const pgDataIn = (folder: string) => path.join(folder, 'data');
const holdsCluster = (folder: string) => existsSync(path.join(pgDataIn(folder), 'PG_VERSION'));

function nearestExisting(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : nearestExisting(path.dirname(folder));
}

/** Makes the missing folders of a path; as root they let the server's account through, but not look around. */
function makeFolder(folder: string, account: ServerAccount): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder), account);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, account ? 0o711 : 0o700);
}

const elsewhere = (dataDir: string) =>
  path.join(FOR_ROOT, createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 16));

/** The folder of the database that a data folder has already, or null; makes nothing. */
export function findExistingHome(dataDir: string): Home | null {
  const inside = path.join(path.resolve(dataDir), 'postgres');
  const candidates = existsSync(dataDir) ? [inside, elsewhere(dataDir)] : [];
  const folder = candidates.find(holdsCluster);
  return folder ? { folder, pgData: pgDataIn(folder), account: chooseAccount(pgDataIn(folder)) } : null;
}

function moveAway(dataDir: string, closed: string, account: ServerAccount, log: Logger): string {
  makeFolder(dataDir, account);
  const folder = elsewhere(dataDir);
  if (!holdsCluster(folder)) {
    log.warn(
      { folder, closed },
      `Postgres runs as ${account?.name} and cannot enter ${closed}, so the database lives in ${folder}`,
    );
    const sentence = `The database of this folder lives in ${folder}, because its account cannot enter ${closed}.\n`;
    writeFileSync(path.join(dataDir, 'database-is-elsewhere.txt'), sentence);
  }
  return folder;
}

function chooseFolder(dataDir: string, log: Logger): string {
  const inside = path.join(dataDir, 'postgres');
  const account = chooseAccount(pgDataIn(inside));
  const closed = closedFolder(nearestExisting(inside), account);
  if (!closed) return inside;
  if (!holdsCluster(inside)) return moveAway(dataDir, closed, account, log);
  throw new EmbeddedError(
    `The database in ${inside} runs as ${account?.name}, who cannot enter ${closed} any more. ` +
      `Let it through with: chmod o+x ${closed}`,
  );
}

/**
 * Finds the place of the database that belongs to a data folder, and makes the folder.
 * As root below a folder that the server's account cannot enter, that is /var/lib/pipeline/<hash of the data folder>.
 * @throws EmbeddedError when an existing database has become unreachable.
 */
export function findHome(dataDir: string, log: Logger): Home {
  const folder = chooseFolder(path.resolve(dataDir), log);
  const pgData = pgDataIn(folder);
  const account = chooseAccount(pgData);
  try {
    makeFolder(folder, account);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EmbeddedError(
      `The folder for the database cannot be made (${reason}). Set PIPELINE_DATA_DIR to another.`,
    );
  }
  return { folder, pgData, account };
}
