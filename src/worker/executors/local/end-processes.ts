// Also read by the supervisor, which runs without the product: only files that do so too are imported.
import { setTimeout as sleep } from 'node:timers/promises';
import { machineMs } from './machine-clock.ts';
import { isGroupLeft, processesOf, signal } from './processes.ts';

const LOOK_MS = 25;
const SLOWEST_LOOK_MS = 500;

/** The processes of a run, and whether its group can still be spoken to. */
export class RunProcesses {
  readonly #mark: string;
  readonly #since: number;
  #group: number | null;
  #seenAt = Number.NEGATIVE_INFINITY;

  /** @param since when the first of them can have begun, as `identify` says it */
  constructor(mark: string, group: number | null, since: string) {
    this.#mark = mark;
    this.#since = Number(since);
    this.#group = group;
  }

  /** When one of them was last seen, ms of the machine's clock. */
  get seenAt(): number {
    return this.#seenAt;
  }

  /** The processes that are left; `leaderGone`: the command itself has ended, so an empty group is gone for ever. */
  left(leaderGone: boolean): number[] {
    const pids = processesOf({ group: this.#group, mark: this.#mark, since: this.#since });
    if (pids.length > 0) this.#seenAt = machineMs();
    if (leaderGone && this.#group !== null && !isGroupLeft(this.#group, pids)) this.#group = null;
    return pids;
  }

  /** To the group at once, so that none of it can have a child in between, and to those that left it. */
  send(name: NodeJS.Signals, pids: readonly number[]): void {
    if (this.#group !== null) signal(-this.#group, name);
    for (const pid of pids) signal(pid, name);
  }
}

export interface Ending {
  /** Between asking and ending by force, ms; 0: by force at once. */
  readonly graceMs: number;
  /** Whether the command itself is known to have ended. */
  readonly leaderGone: () => boolean;
  /** Gives up after this long, ms; default: never. */
  readonly patienceMs?: number;
}

export interface Ended {
  readonly forced: boolean;
  /** When none was left, ms of the machine's clock. */
  readonly goneAt: number;
}

/**
 * Ends all processes of a run: asks once, after `graceMs` by force, again and again until none is left. Twice in a row
 * none must be found: a process that is just being replaced shows no environment for an instant.
 *
 * @returns null where patience ran out
 */
export async function endProcesses(run: RunProcesses, ending: Ending): Promise<Ended | null> {
  const began = machineMs();
  let forced = false;
  let goneAt: number | null = null;
  if (ending.graceMs > 0) run.send('SIGTERM', run.left(ending.leaderGone()));
  for (let pause = LOOK_MS; ; pause = Math.min(pause * 1.2, SLOWEST_LOOK_MS)) {
    const leaderGone = ending.leaderGone();
    const pids = run.left(leaderGone);
    const isEmpty = pids.length === 0 && leaderGone;
    if (isEmpty && goneAt !== null) return { forced, goneAt };
    goneAt = isEmpty ? machineMs() : null;
    const elapsed = machineMs() - began;
    if (ending.patienceMs !== undefined && elapsed > ending.patienceMs) return null;
    if (!isEmpty && elapsed >= ending.graceMs) {
      run.send('SIGKILL', pids);
      forced = true;
    }
    await sleep(isEmpty || forced ? LOOK_MS : Math.min(pause, Math.max(LOOK_MS, ending.graceMs - elapsed)));
  }
}
