import { existsSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { EmbeddedError } from './embedded-error';

/** The system account that Postgres runs as; null: our own, because we are not root (which Postgres refuses). */
export type ServerAccount = { name: string; uid: number; gid: number } | null;

interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
}

function readPasswd(): PasswdEntry[] {
  if (!existsSync('/etc/passwd')) return [];
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter((entry) => entry.name !== '' && Number.isInteger(entry.uid) && entry.uid > 0);
}

/** The owner of an existing data folder goes first: whoever made it must stay able to read it. */
function ownerOf(pgData: string): ServerAccount {
  if (!existsSync(path.join(pgData, 'PG_VERSION'))) return null;
  const { uid, gid } = statSync(pgData);
  return uid === 0 ? null : { name: `uid ${uid}`, uid, gid };
}

/**
 * Chooses the account for a server on `pgData`. As root: the folder's owner, else `postgres`, else `nobody`.
 * @throws EmbeddedError when root finds no such account.
 */
export function chooseAccount(pgData: string): ServerAccount {
  if (process.getuid?.() !== 0) return null;
  const passwd = readPasswd();
  const byName = (name: string) => passwd.find((entry) => entry.name === name) ?? null;
  const account = ownerOf(pgData) ?? byName('postgres') ?? byName('nobody');
  if (account) return account;
  throw new EmbeddedError(
    'Postgres does not run as root, and this machine has no account `postgres` or `nobody` for it. ' +
      'Start as another user, or set DATABASE_URL to a Postgres of your own.',
  );
}

/**
 * `initdb` looks up its own name, so a numeric user without an entry in the list of accounts cannot make a database.
 * @throws EmbeddedError for such a user.
 */
export function requireOwnName(): void {
  try {
    os.userInfo();
  } catch {
    throw new EmbeddedError(
      `The user id ${process.getuid?.()} has no name on this machine, and Postgres cannot make a database without one. ` +
        'Start as a named user, or set DATABASE_URL to a Postgres of your own.',
    );
  }
}

/** Whether the account may pass through a folder, by its mode bits. */
function mayEnter(folder: string, account: NonNullable<ServerAccount>): boolean {
  const { mode, uid, gid } = statSync(folder);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0;
}

/** The first folder on an existing path that the account cannot pass through, or null. */
export function closedFolder(existingPath: string, account: ServerAccount): string | null {
  if (!account) return null;
  const parts = existingPath.split(path.sep).slice(1);
  const folders = ['/', ...parts.map((_, i) => `/${parts.slice(0, i + 1).join('/')}`)];
  return folders.find((folder) => statSync(folder).isDirectory() && !mayEnter(folder, account)) ?? null;
}
