import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { badInput, conflict, notFound, unavailable } from '@/lib/errors';
import type { FileStore } from '@/lib/file-store';
import type { Executor, RunFile, RunOrder, RunReport } from '@/worker/executors/executor';
import { beginJournal, type RecordedEnd, readEnd, readJournal, recordEnd } from './journal.ts';
import { machineMs } from './machine-clock.ts';
import { listOutput, readOutput } from './output-files.ts';
import { cursorOf, readEvents } from './read-report.ts';
import { RUN_FOLDER, type RunLimits, type SupervisionOrder } from './run-folder.ts';
import { BeatWatch, settleLost, supervisorState } from './settle-lost.ts';
import { readBeat, readSlot, writeRenewal, writeSlot } from './slots.ts';
import { clearDrafts, draftName, stageRun } from './stage-run.ts';
import { NODE_ARGUMENTS, startSupervisor } from './start-supervisor.ts';
import type { Trainers } from './trainer-registry.ts';

/** What is kept and allowed where nothing else is said. */
const LIMITS: RunLimits = { logBytes: 5_242_880, progressBytes: 67_108_864, freeBytes: 104_857_600 };

export interface LocalExecutorOptions {
  /** Runs lie in `runs` below it. */
  readonly dataDir: string;
  readonly files: FileStore;
  readonly trainers: Trainers;
  readonly limits?: Partial<RunLimits>;
  /** Arguments of the Node that runs the supervisors. */
  readonly nodeArguments?: readonly string[];
}

const UNKNOWN: RunReport = {
  status: 'unknown',
  startedAt: null,
  events: [],
  lines: [],
  aliveUntil: null,
  end: null,
  cursor: '',
};

/** Runs attempts as processes of this machine, each watched by a supervisor of its own; see `docs/executors.md`. */
export class LocalExecutor implements Executor {
  readonly name = 'local';
  readonly billedPhases = null;
  readonly #runs: string;
  readonly #options: LocalExecutorOptions;
  readonly #starting = new Map<string, Promise<void>>();
  readonly #beats = new BeatWatch();

  constructor(options: LocalExecutorOptions) {
    this.#options = options;
    this.#runs = path.join(options.dataDir, 'runs');
  }

  #folder(attemptId: string): string {
    if (!/^[\w-]{1,64}$/.test(attemptId)) throw badInput('attempt: send the id of an attempt');
    return path.join(this.#runs, attemptId);
  }

  async start(order: RunOrder): Promise<void> {
    const { attemptId } = order;
    const underWay = this.#starting.get(attemptId);
    if (underWay) return underWay;
    const started = this.#start(order).finally(() => this.#starting.delete(attemptId));
    this.#starting.set(attemptId, started);
    return started;
  }

  async #start(order: RunOrder): Promise<void> {
    if (process.platform === 'win32') throw unavailable('Runs on this machine need Linux or macOS.');
    const folder = this.#folder(order.attemptId);
    if (order.resumeFrom !== null) this.#folder(order.resumeFrom);
    await mkdir(this.#runs, { recursive: true, mode: 0o700 });
    if ((await this.#readOrder(folder)) === null) {
      const { files, trainers, limits } = this.#options;
      await stageRun(order, { runs: this.#runs, files, trainers, limits: { ...LIMITS, ...limits } });
    }
    if (readJournal(folder) === null) {
      await startSupervisor(folder, this.#options.nodeArguments ?? NODE_ARGUMENTS);
    }
  }

  async #readOrder(folder: string): Promise<SupervisionOrder | null> {
    const text = await readFile(path.join(folder, RUN_FOLDER.order), 'utf8').catch((error) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    return text === null ? null : (JSON.parse(text) as SupervisionOrder);
  }

  async poll(attemptId: string, cursor: string): Promise<RunReport> {
    const folder = this.#folder(attemptId);
    const order = await this.#readOrder(folder);
    if (order === null) return UNKNOWN;
    try {
      return await this.#report(folder, order, cursor);
    } catch (error) {
      if ((await this.#readOrder(folder)) === null) return UNKNOWN; // discarded meanwhile
      throw error;
    }
  }

  async #report(folder: string, order: SupervisionOrder, cursor: string): Promise<RunReport> {
    const end = await this.#endOf(folder, order);
    // before the events: all that came until then is among them
    const beat = readBeat(folder)?.at ?? 0;
    const start = readJournal(folder)?.start?.at ?? null;
    const { events, lines, next, isMore, lastAt } = await readEvents(folder, cursorOf(cursor));
    const report = { events, lines, cursor: String(next) };
    if (end !== null && !isMore) {
      const { startedAt, ...rest } = end;
      return { ...report, status: 'ended', startedAt, aliveUntil: end.at, end: rest };
    }
    if (start === null) return { ...report, status: 'starting', startedAt: null, aliveUntil: null, end: null };
    const aliveUntil = isMore ? lastAt : Math.max(start, beat, lastAt ?? 0);
    return { ...report, status: 'running', startedAt: start, aliveUntil, end: null };
  }

  /** The end that is written down, once it has been made sure that somebody still can write it. */
  async #endOf(folder: string, order: SupervisionOrder): Promise<RecordedEnd | null> {
    const { attemptId, leaseMs, graceMs } = order;
    const end = readEnd(folder);
    if (end !== null) return end;
    const journal = readJournal(folder);
    if (journal === null) return this.#endUnstarted(folder, order);
    if (journal.supervisor === null) return this.#recordNever(folder);
    const state = supervisorState(
      { attemptId, folder, leaseMs, graceMs },
      journal.supervisor,
      this.#beats,
      machineMs(),
    );
    if (state === 'works') return null;
    // it may have ended well between the two looks
    const settled = readEnd(folder) ?? (await settleLost(folder, attemptId, readJournal(folder) ?? journal));
    if (settled !== null) this.#beats.forget(attemptId);
    return settled;
  }

  /** A run that no supervisor has taken up within its lease never will be: the journal is begun in its place. */
  #endUnstarted(folder: string, { orderedAt, leaseMs }: SupervisionOrder): RecordedEnd | null {
    const age = machineMs() - orderedAt;
    if (age >= 0 && age <= leaseMs) return null;
    return beginJournal(folder, { type: 'never' }) ? this.#recordNever(folder) : null;
  }

  #recordNever(folder: string): RecordedEnd | null {
    const message = 'The run was ordered and never begun.';
    const at = Date.now();
    recordEnd(folder, { at, startedAt: null, exitCode: null, signal: null, reason: 'lost', message });
    return readEnd(folder);
  }

  async renew(attemptId: string): Promise<boolean> {
    if (this.#starting.has(attemptId)) return true;
    const folder = this.#folder(attemptId);
    if ((await this.#readOrder(folder)) === null || readEnd(folder) !== null) return false;
    writeRenewal(folder, machineMs());
    return true;
  }

  async cancel(attemptId: string, reason: 'cancelled' | 'timeout' | 'lease'): Promise<void> {
    const folder = this.#folder(attemptId);
    if (readSlot(folder, 'stop') === '') writeSlot(folder, 'stop', reason);
  }

  /** @throws PipelineError `not_found`, or `conflict` while it runs */
  async #endedFolder(attemptId: string): Promise<string> {
    const folder = this.#folder(attemptId);
    const order = await this.#readOrder(folder);
    if (order === null) throw notFound('run');
    if ((await this.#endOf(folder, order)) === null) throw conflict('The run has not ended: wait until it has.');
    return folder;
  }

  async listFiles(attemptId: string): Promise<readonly RunFile[]> {
    return listOutput(path.join(await this.#endedFolder(attemptId), RUN_FOLDER.output));
  }

  async readFile(attemptId: string, name: string): Promise<Readable> {
    return readOutput(path.join(await this.#endedFolder(attemptId), RUN_FOLDER.output), name);
  }

  async discard(attemptId: string): Promise<void> {
    const folder = this.#folder(attemptId);
    if ((await this.#readOrder(folder)) === null) return;
    await this.#endedFolder(attemptId);
    const draft = path.join(this.#runs, draftName('gone', attemptId));
    await rename(folder, draft);
    await rm(draft, { recursive: true, force: true });
    this.#beats.forget(attemptId);
  }

  async listRuns(): Promise<readonly string[]> {
    await mkdir(this.#runs, { recursive: true, mode: 0o700 });
    await clearDrafts(this.#runs);
    return (await readdir(this.#runs)).filter((name) => !name.startsWith('.'));
  }
}
