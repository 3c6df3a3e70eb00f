import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { waitExclusive } from '@/db/embedded/locks';
import { StartError } from './start-error';

/** The project's folder. */
export const ROOT = path.resolve(import.meta.dirname, '../..');

const BUILD = path.join(ROOT, '.next');
const BUILD_ID = path.join(BUILD, 'BUILD_ID');
const HASH_FILE = path.join(BUILD, 'pipeline-source-hash');
const LOCK = path.join(BUILD, 'cache', 'pipeline-build.lock'); // the one folder that a build leaves alone
const OTHERS_BUILD_MS = 10 * 60_000;

const FILES = ['package-lock.json', 'next.config.ts', 'postcss.config.mjs', 'tsconfig.json'];
const FOLDERS = ['src', 'public'];
/** Run outside Next, so a change in them makes no page stale. */
const NOT_IN_PAGES = ['src/cli', 'src/server', 'src/db/embedded'].map((folder) => path.join(ROOT, folder));

function filesBelow(folder: string): string[] {
  if (!existsSync(folder) || NOT_IN_PAGES.includes(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(file);
    return /\.test\.tsx?$/.test(entry.name) ? [] : [file];
  });
}

/** A hash of everything that the pages are built from. */
export function sourceHash(): string {
  const files = [
    ...FILES.map((file) => path.join(ROOT, file)),
    ...FOLDERS.flatMap((folder) => filesBelow(path.join(ROOT, folder))),
  ];
  const hash = createHash('sha256');
  for (const file of files.filter((name) => existsSync(name)).sort()) {
    hash.update(path.relative(ROOT, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** Whether the built pages are those of the sources as they are now. */
export function isBuilt(hash = sourceHash()): boolean {
  return existsSync(BUILD_ID) && existsSync(HASH_FILE) && readFileSync(HASH_FILE, 'utf8') === hash;
}

function runBuild(signal: AbortSignal): Promise<{ code: number | null; output: string }> {
  const manifest = createRequire(import.meta.url).resolve('next/package.json');
  const next = path.join(path.dirname(manifest), 'dist', 'bin', 'next');
  const { PATH, HOME, TMPDIR } = process.env; // no address of a database reaches the build
  const child = spawn(process.execPath, [next, 'build'], {
    cwd: ROOT,
    // CI: a package that is missing is an error, and nothing that Next should install by itself
    env: { PATH, HOME, TMPDIR, CI: '1', NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGTERM',
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output: Buffer.concat(output).toString() }));
  });
}

async function build(hash: string, signal: AbortSignal): Promise<void> {
  rmSync(HASH_FILE, { force: true }); // a build that dies half-way must not look finished
  const { code, output } = await runBuild(signal);
  signal.throwIfAborted();
  if (code !== 0 || !existsSync(BUILD_ID)) throw new StartError(`The pages could not be built:\n${output}`);
  writeFileSync(HASH_FILE, hash);
}

/**
 * Builds the pages where they are missing or older than their sources. Two processes never build at once.
 * @throws StartError with the output of the build when it fails.
 */
export async function buildPages(say: (line: string) => void, signal: AbortSignal): Promise<void> {
  if (isBuilt()) return;
  const started = performance.now();
  try {
    mkdirSync(path.dirname(LOCK), { recursive: true });
  } catch {
    throw new StartError(
      `The pages are not built yet, and ${BUILD} cannot be written. Start once as the owner of that folder.`,
    );
  }
  const lock = await waitExclusive(LOCK, OTHERS_BUILD_MS, () =>
    say('Waiting for another process that builds the pages …'),
  );
  if (!lock) throw new StartError('Another process has been building the pages for ten minutes. End it first.');
  try {
    const hash = sourceHash();
    if (isBuilt(hash)) return;
    say('Building the pages, which takes some seconds after an installation or a change …');
    await build(hash, signal);
    say(`Built in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  } finally {
    lock.release();
  }
}
