// Also read by the supervisor, which runs without the product: only files that do so too are imported.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { executableOf, freeBytes } from './command.ts';
import { describeEnd, stopMessage } from './end-of-run.ts';
import { endProcesses, RunProcesses } from './end-processes.ts';
import { EventLog } from './event-log.ts';
import { appendJournal, type RecordedEnd, recordEndInReserve, type SupervisorLine } from './journal.ts';
import { instantOf, machineMs } from './machine-clock.ts';
import { watchMemoryKills } from './memory-kills.ts';
import { OutputStreams } from './output-streams.ts';
import { identify } from './processes.ts';
import { MARKER, RUN_FOLDER, type StopReason, type SupervisionOrder } from './run-folder.ts';
import { Lease, readSlot, writeBeat } from './slots.ts';

const LOOK_MS = 100;
const BEAT_MS = 1_000;
const RETRY_MS = 500;

const ASKED: readonly string[] = ['cancelled', 'timeout', 'lease'] satisfies StopReason[];

/** One command from its beginning to the end of its last process. */
export class Supervision {
  readonly #folder: string;
  readonly #order: SupervisionOrder;
  readonly #self: SupervisorLine;
  readonly #log: EventLog;
  readonly #lease: Lease;
  readonly #memoryKilled = watchMemoryKills();
  #run: RunProcesses | null = null;
  #startedAt: number | null = null;
  #exitedAt: number | null = null;
  #endAt: number | null = null;
  #stop: StopReason | null = null;
  #ending: ReturnType<typeof endProcesses> | null = null;
  #beats = 0;
  #nextBeat = 0;

  constructor(folder: string, order: SupervisionOrder, self: SupervisorLine) {
    this.#folder = folder;
    this.#order = order;
    this.#self = self;
    this.#lease = new Lease(folder, order.leaseMs, order.orderedAt);
    this.#log = new EventLog(path.join(folder, RUN_FOLDER.events), order.limits, () => this.stop('disk_full'));
  }

  /** Runs the command and writes down how it was over. */
  async toTheEnd(): Promise<void> {
    const timer = setInterval(() => this.#look(), LOOK_MS);
    this.#look();
    const end = this.#stop ? this.#neverBegan(this.#stop, stopMessage(this.#stop, this.#order)) : await this.#begin();
    this.#endAt = end.at;
    this.#log.close();
    while (existsSync(this.#folder) && !this.#record(end)) await sleep(RETRY_MS);
    clearInterval(timer);
  }

  /** Asks the run to end, by force after the grace period. The first reason counts. */
  stop(reason: StopReason): void {
    if (this.#stop !== null || this.#exitedAt !== null) return;
    this.#stop = reason;
    this.#say(stopMessage(reason, this.#order));
    this.#endAll();
  }

  /** Something here is broken: nothing may go on unwatched. */
  giveUp(): void {
    this.#run?.send('SIGKILL', this.#run.left(this.#exitedAt !== null));
    const end = this.#neverBegan('lost', 'What watched the run failed, and ended it.');
    recordEndInReserve(this.#folder, { ...end, startedAt: this.#startedAt });
  }

  readonly #now = (): number => instantOf(this.#self.anchor);

  #look(): void {
    const now = machineMs();
    const isBeat = now >= this.#nextBeat;
    if (isBeat) this.#beat(now);
    if (this.#stop !== null || this.#exitedAt !== null) return;
    const asked = readSlot(this.#folder, 'stop');
    const { maxRuntimeMs, limits } = this.#order;
    if (asked === null) this.stop('lost');
    else if (ASKED.includes(asked)) this.stop(asked as StopReason);
    else if (this.#lease.isOver(now)) this.stop('lease');
    else if (maxRuntimeMs !== null && this.#now() - (this.#startedAt ?? this.#now()) > maxRuntimeMs)
      this.stop('timeout');
    else if (isBeat && freeBytes(this.#folder) <= limits.freeBytes) this.stop('disk_full');
  }

  #beat(now: number): void {
    this.#nextBeat = now + BEAT_MS;
    this.#beats += 1;
    if (existsSync(this.#folder)) writeBeat(this.#folder, { count: this.#beats, at: this.#endAt ?? this.#now() });
  }

  #say(text: string): void {
    this.#log.add(this.#now(), 'system', text);
    this.#log.flush();
  }

  #endAll(): void {
    const ending = { graceMs: this.#order.graceMs, leaderGone: () => this.#exitedAt !== null };
    if (this.#run !== null) this.#ending ??= endProcesses(this.#run, ending);
  }

  #neverBegan(reason: RecordedEnd['reason'], message: string): RecordedEnd {
    return { at: this.#now(), startedAt: null, exitCode: null, signal: null, reason, message };
  }

  /** False where the disk has no room even for what was reserved, as on one that copies what it overwrites. */
  #record(end: RecordedEnd): boolean {
    try {
      recordEndInReserve(this.#folder, end);
      return true;
    } catch (error) {
      console.error(error);
      return false;
    }
  }

  async #begin(): Promise<RecordedEnd> {
    const executable = executableOf(this.#order);
    if ('fault' in executable) return this.#neverBegan('not_started', executable.fault);
    appendJournal(this.#folder, { type: 'starting', at: this.#now() });
    const startedAt = this.#now();
    const child = spawn(executable.file, executable.args, {
      cwd: path.join(this.#folder, RUN_FOLDER.work),
      env: this.#order.environment as NodeJS.ProcessEnv,
      detached: true,
      shell: false,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    if (child.pid === undefined) {
      const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
      return this.#neverBegan('not_started', `The command ${executable.file} could not be started (${error.code}).`);
    }
    this.#startedAt = startedAt;
    this.#run = new RunProcesses(`${MARKER}=${this.#order.attemptId}`, child.pid, this.#self.began);
    const end = this.#watch(child);
    try {
      appendJournal(this.#folder, { type: 'start', at: startedAt, ...identify(child.pid) });
    } catch (error) {
      console.error(error);
      this.stop('disk_full');
    }
    return end;
  }

  /** Takes what the command tells, until no process of the run is left. */
  async #watch(child: ChildProcess): Promise<RecordedEnd> {
    const output = new OutputStreams(child, this.#log, this.#now);
    const { promise: exit, resolve } = Promise.withResolvers<{ exitCode: number | null; signal: string | null }>();
    child.once('exit', (exitCode, signal) => {
      this.#exitedAt = machineMs();
      resolve({ exitCode, signal });
    });
    const { exitCode, signal } = await exit;
    const exitedAt = this.#exitedAt ?? machineMs();
    this.#endAll();
    const ended = await this.#ending;
    const hadMore = this.#run !== null && this.#run.seenAt > exitedAt;
    if (hadMore && this.#stop === null) this.#say('The command left processes behind; they were ended.');
    if (ended?.forced) this.#say('The run was ended by force.');
    await output.drain();
    const diskFull = freeBytes(this.#folder) <= this.#order.limits.freeBytes;
    const outcome = { exitCode, signal, stop: this.#stop, memoryKilled: this.#memoryKilled(), diskFull };
    return {
      at: instantOf(this.#self.anchor, hadMore && ended ? ended.goneAt : exitedAt),
      startedAt: this.#startedAt,
      exitCode,
      signal,
      ...describeEnd(outcome, this.#order),
    };
  }
}
