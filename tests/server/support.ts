import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Whether this test run is root's: some cases exist only for root, and only root can become somebody else. */
export const IS_ROOT = process.getuid?.() === 0;

/** A port of the loopback address that nobody uses now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** A new data folder that every account may pass through, and what removes it. */
export function makeDataDir(mode = 0o755): { dataDir: string; remove(): void } {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'pipeline-server-'));
  chmodSync(dataDir, mode);
  return { dataDir, remove: () => rmSync(dataDir, { recursive: true, force: true }) };
}

/** A child whose output is kept. */
export interface Child {
  process: ChildProcess;
  output(): string;
  /** Waits for a text in the output; throws when the child ends first. */
  says(text: string | RegExp, withinMs?: number): Promise<string>;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
}

function waitFor(
  child: ChildProcess,
  output: () => string,
  wanted: string | RegExp,
  withinMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const finish = (error?: Error) => {
      clearInterval(look);
      clearTimeout(late);
      if (error) reject(error);
      else resolve(output());
    };
    const isThere = () => (typeof wanted === 'string' ? output().includes(wanted) : wanted.test(output()));
    const look = setInterval(() => {
      if (isThere()) finish();
      else if (child.exitCode !== null) finish(new Error(`ended with ${child.exitCode}:\n${output()}`));
    }, 25);
    const late = setTimeout(() => finish(new Error(`did not say ${wanted} in ${withinMs} ms:\n${output()}`)), withinMs);
  });
}

/** Starts a program of ours, with an environment of its own. */
export function start(
  args: string[],
  options: { env?: Record<string, string>; uid?: number; gid?: number; ipc?: boolean } = {},
): Child {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: os.tmpdir(), ...options.env } as unknown as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc ? (['ipc'] as const) : [])],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.gid }),
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const output = () => text;
  return {
    process: child,
    output,
    says: (wanted, withinMs = 60_000) => waitFor(child, output, wanted, withinMs),
    ended: new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal ?? -1))),
  };
}

/** Runs a TypeScript file of the tests in a process of its own. */
export const startScript = (file: string, args: string[], options: Parameters<typeof start>[1] = {}): Child =>
  start(['--import', import.meta.resolve('tsx'), path.join(ROOT, file), ...args], {
    ...options,
    env: { TSX_TSCONFIG_PATH: path.join(ROOT, 'tsconfig.json'), ...options.env },
  });

/** Runs the `pipeline` command as a user does. */
export const startCommand = (
  args: string[],
  env: Record<string, string>,
  options: { uid?: number; gid?: number } = {},
): Child => start([path.join(ROOT, 'bin', 'pipeline.mjs'), ...args], { env, ...options });

/** Runs a command to its end. */
export async function runCommand(
  args: string[],
  env: Record<string, string>,
): Promise<{ code: unknown; output: string }> {
  const child = startCommand(args, env);
  const code = await child.ended;
  return { code, output: child.output() };
}

/** A process of this machine. */
export interface Running {
  pid: number;
  parent: number;
  command: string;
}

function readProcess(pid: number): Running | null {
  try {
    const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    // what has ended and only waits for its parent has no command any more
    return command === '' ? null : { pid, parent: Number(rest.split(' ')[1]), command };
  } catch {
    return null;
  }
}

/** All live processes; small machines have no `ps`, others no /proc. */
export function listProcesses(): Running[] {
  if (existsSync('/proc/self/stat')) {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.map((pid) => readProcess(Number(pid))).filter((found) => found !== null);
  }
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid = '', parent = '', ...command] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), command: command.join(' ') };
  });
}

/** The processes that another one started. */
export const childrenOf = (pid: number): number[] =>
  listProcesses()
    .filter(({ parent }) => parent === pid)
    .map((found) => found.pid);

/** Ends a process without warning. The id 0 would mean this test run itself. */
export function killHard(pid: number | undefined): void {
  if (!pid) throw new Error('there is no such process to kill');
  process.kill(pid, 'SIGKILL');
}
