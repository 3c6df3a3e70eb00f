import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { requireOwnName } from './account';
import type { Binaries, PostgresVersion } from './binaries';
import { EmbeddedError } from './embedded-error';
import type { Home } from './home';

const run = promisify(execFile);

/** Where the administrator's password is kept: readable only for whoever starts the product. */
export const passwordFile = (home: Home): string => path.join(home.folder, 'password');

/** Environment and ids under which the programs of Postgres run: nothing of our own environment but the path. */
export function serverProcess(home: Home, binaries: Binaries) {
  const ids = home.account ? { uid: home.account.uid, gid: home.account.gid } : {};
  const env: Record<string, string | undefined> = {
    PATH: process.env.PATH,
    LC_ALL: 'C',
    TZ: 'UTC',
    ...binaries.environment,
  };
  return { ...ids, cwd: '/', env: env as NodeJS.ProcessEnv };
}

/**
 * The major version of the cluster in a home, or null when there is none yet.
 * @throws EmbeddedError when there is one that we may not read, or only a part of one.
 */
export function clusterVersion(home: Home): number | null {
  if (!existsSync(home.pgData)) return null;
  try {
    return Number(readFileSync(path.join(home.pgData, 'PG_VERSION'), 'utf8').trim());
  } catch (error) {
    const denied = error instanceof Error && 'code' in error && error.code === 'EACCES';
    throw new EmbeddedError(
      denied
        ? `The database in ${home.folder} belongs to another user. Start as that user (perhaps root), or set ` +
            'PIPELINE_DATA_DIR to a folder of your own.'
        : `${home.pgData} is there, but holds no database. Move it away, or restore it from a backup.`,
    );
  }
}

/** The administrator's password. @throws EmbeddedError when the file is unreadable or gone. */
export function readPassword(home: Home): string {
  try {
    return readFileSync(passwordFile(home), 'utf8').trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EmbeddedError(
      `The password of the database cannot be read (${reason}). Start as the user who made ${home.folder}, ` +
        'or set PIPELINE_DATA_DIR to a folder of your own.',
    );
  }
}

/** Makes a new cluster with a random password; a half made one of an earlier try is thrown away. */
export async function createCluster(
  home: Home,
  binaries: Binaries,
  options: { version: PostgresVersion; durable: boolean },
): Promise<void> {
  if (!home.account) requireOwnName();
  const unfinished = `${home.pgData}.unfinished`;
  const passwordCopy = path.join(home.folder, 'password.initdb');
  rmSync(unfinished, { recursive: true, force: true });
  rmSync(passwordCopy, { force: true });
  const password = randomBytes(24).toString('hex');
  writeFileSync(passwordFile(home), password, { mode: 0o600 });
  writeFileSync(passwordCopy, password, { mode: 0o600 });
  mkdirSync(unfinished, { mode: 0o700 });
  if (home.account) {
    for (const path of [unfinished, passwordCopy]) chownSync(path, home.account.uid, home.account.gid);
  }
  const locale =
    options.version >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'] : ['--locale=C'];
  try {
    await run(
      binaries.initdb,
      ['-D', unfinished, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordCopy]
        .concat(['-E', 'UTF8', '-k', '--no-instructions', ...locale])
        .concat(options.durable ? [] : ['--no-sync']),
      serverProcess(home, binaries),
    );
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new EmbeddedError(`A database could not be made in ${home.folder}: ${output || String(error)}`);
  } finally {
    rmSync(passwordCopy, { force: true });
  }
  renameSync(unfinished, home.pgData);
}
