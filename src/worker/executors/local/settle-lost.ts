import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { endProcesses, RunProcesses } from './end-processes.ts';
import { type Journal, type RecordedEnd, readEnd, recordEnd, type SupervisorLine } from './journal.ts';
import { instantOf } from './machine-clock.ts';
import { isAlive, processSpace, signal } from './processes.ts';
import { MARKER, RUN_FOLDER } from './run-folder.ts';
import { readBeat, writeBeat } from './slots.ts';

const TAIL_BYTES = 65_536;
/** How long a poll waits for processes to be gone; the next one goes on. */
const PATIENCE_MS = 3_000;
/** Without a sign of life a supervisor is given up after lease and grace and this long, ms. */
const SLACK_MS = 2_000;
const FEWEST_LOOKS = 3;

const here = processSpace();

/** When the last line of a run came, ms since 1970. */
function lastEventAt(folder: string): number | null {
  const file = openSync(path.join(folder, RUN_FOLDER.events), 'r');
  try {
    const { size } = fstatSync(file);
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(file, tail, 0, tail.length, size - tail.length);
    const instants = [...tail.toString('latin1').matchAll(/^\[(\d+),"\w+",.*\n/gm)].map(([, at]) => Number(at));
    return instants.at(-1) ?? null;
  } finally {
    closeSync(file);
  }
}

/** Sees whether supervisors still move, for those that the process table cannot tell about: stopped, or elsewhere. */
export class BeatWatch {
  readonly #seen = new Map<string, { count: number; since: number; looks: number }>();

  /** Whether the beat of a run has stood still for longer than `patienceMs` of this process's own looking. */
  stoodStill(attemptId: string, count: number, now: number, patienceMs: number): boolean {
    const known = this.#seen.get(attemptId);
    if (known?.count !== count) {
      this.#seen.set(attemptId, { count, since: now, looks: 1 });
      return false;
    }
    known.looks += 1;
    return known.looks >= FEWEST_LOOKS && now - known.since > patienceMs;
  }

  forget(attemptId: string): void {
    this.#seen.delete(attemptId);
  }
}

/** How a supervisor was found: at work, gone, or there without moving. */
export type SupervisorState = 'works' | 'gone' | 'stands_still';

export function supervisorState(
  run: { attemptId: string; folder: string; leaseMs: number; graceMs: number },
  supervisor: SupervisorLine,
  watch: BeatWatch,
  now: number,
): SupervisorState {
  if (supervisor.boot !== here.boot) return 'gone';
  const isHere = supervisor.space === here.space;
  if (isHere && !isAlive(supervisor)) return 'gone';
  const patienceMs = run.leaseMs + run.graceMs + SLACK_MS;
  return watch.stoodStill(run.attemptId, readBeat(run.folder)?.count ?? 0, now, patienceMs) ? 'stands_still' : 'works';
}

/**
 * Ends what is left of a run whose supervisor is gone, and writes its end in the supervisor's place. Processes that are
 * found alive are the proof that the run lasted until now; without any it is known to have lasted to its last sign.
 *
 * @returns null while processes are left; the next call goes on
 */
export async function settleLost(folder: string, attemptId: string, journal: Journal): Promise<RecordedEnd | null> {
  const { supervisor, starting, start } = journal;
  if (supervisor === null) return readEnd(folder);
  const isHere = supervisor.boot === here.boot && supervisor.space === here.space;
  if (isHere && isAlive(supervisor)) signal(supervisor.pid, 'SIGKILL');
  const group = isHere && start !== null && isAlive(start) ? start.pid : null;
  const run = new RunProcesses(`${MARKER}=${attemptId}`, group, supervisor.boot === here.boot ? supervisor.began : '0');
  const leaderGone = (): boolean => start === null || !isHere || !isAlive(start);
  // said before any is ended: another worker that comes now finds none, and has to know that there were some
  if (run.left(leaderGone()).length > 0) writeBeat(folder, { count: 0, at: instantOf(supervisor.anchor) });
  const ended = await endProcesses(run, { graceMs: 0, leaderGone, patienceMs: PATIENCE_MS });
  if (ended === null) return null;
  const startedAt = start?.at ?? starting?.at ?? null;
  const signs = [startedAt, readBeat(folder)?.at, lastEventAt(folder), supervisor.anchor.wall].map((at) => at ?? 0);
  const wasAlive = run.seenAt > Number.NEGATIVE_INFINITY;
  recordEnd(folder, {
    at: wasAlive ? instantOf(supervisor.anchor, ended.goneAt) : Math.max(...signs.map(Math.round)),
    startedAt,
    exitCode: null,
    signal: null,
    reason: 'lost',
    message: wasAlive
      ? 'What watched the run was gone; its processes were found and ended.'
      : 'What watched the run was gone, and the run with it.',
  });
  return readEnd(folder);
}
