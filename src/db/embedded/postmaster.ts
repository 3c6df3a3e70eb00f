import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, fchmodSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Binaries } from './binaries';
import { serverProcess } from './create-cluster';
import { EmbeddedError } from './embedded-error';
import type { Home } from './home';

/** A server as its lock file describes it. */
export interface Postmaster {
  pid: number;
  port: number;
  status: string;
}

const lockFile = (home: Home) => path.join(home.pgData, 'postmaster.pid');
const startLog = (home: Home) => path.join(home.folder, 'start.log');

/** What a live process was started with, or null when there is no such process (or only its remains). */
function commandLine(pid: number): string | null {
  try {
    if (existsSync('/proc/self/cmdline')) return readFileSync(`/proc/${pid}/cmdline`, 'utf8') || null;
    if (process.platform === 'win32') return process.kill(pid, 0) ? 'postgres' : null;
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return null;
  }
}

/** Whether this very process still serves the home's cluster; ids are used again, so the command line decides. */
export function isServing(home: Home, pid: number): boolean {
  const command = commandLine(pid);
  if (command === null) return false;
  return process.platform === 'win32' || (command.includes('postgres') && command.includes(home.pgData));
}

/** The live server of a home, or null. A lock file that a dead server left does not count. */
export function findPostmaster(home: Home): Postmaster | null {
  if (!existsSync(lockFile(home))) return null;
  const lines = readFileSync(lockFile(home), 'utf8').split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isServing(home, pid)) return null;
  return { pid, port: Number(lines[3]), status: (lines[7] ?? '').trim() };
}

/** Removes the lock file of a dead server: Postgres itself would take any process with that id for the old one. */
export function removeStaleLock(home: Home): void {
  if (!findPostmaster(home)) rmSync(lockFile(home), { force: true });
}

function settings(options: { port: number; durable: boolean }): string[] {
  const sure = options.durable ? 'on' : 'off';
  const named = {
    fsync: sure,
    synchronous_commit: sure,
    full_page_writes: sure,
    timezone: 'UTC',
    log_timezone: 'UTC',
    max_connections: options.durable ? '100' : '300',
    // The log is kept for a week in data/log. No statement is written to it: it could hold a password.
    logging_collector: options.durable ? 'on' : 'off',
    log_filename: 'postgres-%a.log',
    log_truncate_on_rotation: 'on',
    log_rotation_age: '1d',
    log_rotation_size: '0',
    log_min_error_statement: 'panic',
  };
  const flags = Object.entries(named).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-p', String(options.port), '-h', '127.0.0.1', '-k', '', ...flags];
}

function spawnPostmaster(home: Home, binaries: Binaries, options: { port: number; durable: boolean }): ChildProcess {
  const output = openSync(startLog(home), 'w', 0o600);
  fchmodSync(output, 0o600);
  try {
    // A group of its own, or Ctrl-C would stop the database before the product has finished with it.
    const child = spawn(binaries.postgres, ['-D', home.pgData, ...settings(options)], {
      ...serverProcess(home, binaries),
      detached: true,
      stdio: ['ignore', output, output],
    });
    child.unref();
    return child;
  } finally {
    closeSync(output);
  }
}

/** Waits until a server takes connections. Replaying its log after a crash may take minutes. */
export async function waitReady(home: Home, pid: number, timeoutMs = 600_000): Promise<Postmaster | null> {
  const end = performance.now() + timeoutMs;
  while (performance.now() < end) {
    const found = findPostmaster(home);
    if (found?.pid === pid && found.status === 'ready') return found;
    if (!isServing(home, pid)) return null;
    await sleep(10);
  }
  return null;
}

/** What the server said: at first to our file, then to a log of its own. */
function readWords(home: Home): string {
  const words = [readFileSync(startLog(home), 'utf8')];
  const folder = path.join(home.pgData, 'log');
  const logs = existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : [];
  const [newest] = logs.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (newest) words.push(...readFileSync(newest, 'utf8').trimEnd().split('\n').slice(-5));
  return words.join('\n').trim();
}

/** The server's reason for its end; the process that keeps its log may still be writing it down. */
async function lastWords(home: Home): Promise<string> {
  for (let tries = 0; tries < 20 && !/FATAL|PANIC/.test(readWords(home)); tries++) await sleep(50);
  return readWords(home) || 'no reason given';
}

async function tryLaunch(home: Home, binaries: Binaries, options: { port: number; durable: boolean }) {
  removeStaleLock(home);
  const child = spawnPostmaster(home, binaries, options);
  const failed = new Promise<null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', () => resolve(null));
  });
  return child.pid === undefined ? null : Promise.race([waitReady(home, child.pid), failed]);
}

/** What keeps a new server away for a few seconds after its predecessor was killed: the predecessor's children. */
const PASSES_SOON =
  /pre-existing shared memory block|lock file .* already exists|database system is (starting|shutting)/;

/**
 * Starts a server and waits until it takes connections.
 * @throws EmbeddedError with the server's own last words when it does not come up.
 */
export async function launch(
  home: Home,
  binaries: Binaries,
  options: { port: number; durable: boolean },
): Promise<Postmaster> {
  const end = performance.now() + 20_000;
  for (;;) {
    const started = await tryLaunch(home, binaries, options);
    if (started) return started;
    if (!PASSES_SOON.test(readFileSync(startLog(home), 'utf8')) || performance.now() > end) {
      throw new EmbeddedError(`Postgres did not start in ${home.folder}: ${await lastWords(home)}`);
    }
    await sleep(200);
  }
}

async function waitGone(home: Home, pid: number, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (isServing(home, pid)) {
    if (performance.now() > end) return false;
    await sleep(10);
  }
  return true;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has just ended by itself
  }
}

/** Waits for a server that is on its way down already. */
export const waitStopped = (home: Home, pid: number): Promise<boolean> => waitGone(home, pid, 60_000);

/**
 * Stops a server: sessions end, what was committed is on disk. One that takes longer than `patienceMs` is cut off, which
 * loses nothing either: the next start replays its log.
 */
export async function stopPostmaster(home: Home, pid: number, patienceMs = 4000): Promise<void> {
  if (!isServing(home, pid)) return;
  signal(pid, 'SIGINT');
  if (await waitGone(home, pid, patienceMs)) return;
  signal(pid, 'SIGQUIT');
  await waitGone(home, pid, 2000);
}
