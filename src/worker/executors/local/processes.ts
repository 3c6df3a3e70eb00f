// Also read by the supervisor, which runs without the product: this file imports nothing of ours.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process that is told apart from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it began, as the system says: ticks since the boot on Linux, else a date. */
  readonly began: string;
}

/** Where a process number means something: this boot, and this space of numbers (a container has its own). */
export interface ProcessSpace {
  readonly boot: string;
  readonly space: string;
}

const isLinux = process.platform === 'linux';

function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

export const processSpace = (): ProcessSpace => ({
  boot: textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()),
  space: textOf(() => readlinkSync('/proc/self/ns/pid')),
});

interface ProcessState {
  readonly pid: number;
  readonly group: number;
  /** A process that has ended and was not asked after yet is none any more. */
  readonly ended: boolean;
  readonly began: string;
}

/** One line of /proc/PID/stat; the name in parentheses may hold anything, so it is read from its end. */
function linuxState(pid: number): ProcessState | null {
  const stat = textOf(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 20) return null;
  return { pid, group: Number(fields[2]), ended: /^[ZX]$/.test(fields[0] ?? ''), began: fields[19] ?? '' };
}

function listedStates(args: readonly string[]): ProcessState[] {
  const text = textOf(() => execFileSync('ps', [...args, '-o', 'pid=,pgid=,stat=,lstart='], { encoding: 'utf8' }));
  return [...text.matchAll(/^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*\S)\s*$/gm)].map(([, pid, group, state, began]) => ({
    pid: Number(pid),
    group: Number(group),
    ended: /^[ZX]/.test(state ?? ''),
    began: began ?? '',
  }));
}

function stateOf(pid: number): ProcessState | null {
  return isLinux ? linuxState(pid) : (listedStates(['-p', String(pid)])[0] ?? null);
}

/** The process with this number; one that has ended is still known until its parent has asked after it. */
export const identify = (pid: number): ProcessIdentity => ({ pid, began: stateOf(pid)?.began ?? '' });

export function isAlive({ pid, began }: ProcessIdentity): boolean {
  const state = stateOf(pid);
  return state !== null && !state.ended && state.began === began;
}

function isMarked(pid: number, mark: string): boolean {
  const environment = `\0${textOf(() => readFileSync(`/proc/${pid}/environ`, 'latin1'))}`;
  return environment.includes(`\0${mark}\0`);
}

/**
 * The processes of a run: those of its group, and (on Linux) those that left it but still carry the mark
 * `NAME=value` in the environment they were started with.
 *
 * @param run.group null where the group is gone: its number may belong to somebody else by now
 * @param run.since only processes that began then or later are looked at (ticks; Linux only)
 */
export function processesOf(run: { group: number | null; mark: string; since: number }): number[] {
  const states = isLinux
    ? readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (linuxState(Number(name)) ?? []) : []))
    : listedStates(['-ax']);
  return states
    .filter(({ pid, ended, began }) => !ended && pid !== process.pid && !(isLinux && Number(began) < run.since))
    .filter(({ pid, group }) => group === run.group || (isLinux && isMarked(pid, run.mark)))
    .map(({ pid }) => pid);
}

/** Whether any of these processes is still of the group. */
export const isGroupLeft = (group: number, pids: readonly number[]): boolean =>
  pids.some((pid) => stateOf(pid)?.group === group);

/** Sends a signal; a process (or a group, by its negative number) that is gone meanwhile is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // gone, or not ours to end: whoever asked looks again
  }
}
