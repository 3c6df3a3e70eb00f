import { Readable } from 'node:stream';
import type { Phase } from '@/domain/ledger/charge';
import type { Clock } from '@/lib/clock';
import { conflict, notFound } from '@/lib/errors';
import type { Executor, RunFile, RunOrder, RunReport } from '@/worker/executors/executor';
import { SimulatedRun } from '@/worker/executors/simulated/simulated-run';
import { syntheticAdapter } from '@/worker/executors/simulated/synthetic-adapter';
import type { Timeline } from '@/worker/executors/simulated/timeline';

const MOST_AT_ONCE = 2_000;

export interface SimulatedExecutorOptions {
  /** Moved by whoever simulates. */
  readonly clock: Clock;
  /** How each attempt goes. */
  readonly timelineOf: (order: RunOrder) => Timeline;
  readonly billedPhases?: readonly Phase[];
}

/**
 * Runs that only happen on a clock that is handed in, exactly as their timelines say, with leases, grace periods and
 * longest times honoured on it: for tests, and for replaying runs that were recorded. It trains nothing, so it is not
 * among the executors of the product: nobody shall pay, even in play money, for what did not happen.
 */
export class SimulatedExecutor implements Executor {
  readonly name = 'simulated';
  readonly billedPhases: readonly Phase[] | null;
  readonly #options: SimulatedExecutorOptions;
  readonly #runs = new Map<string, SimulatedRun>();

  constructor(options: SimulatedExecutorOptions) {
    this.#options = options;
    this.billedPhases = options.billedPhases ?? null;
  }

  #now(): number {
    return this.#options.clock.monotonicMs();
  }

  async start(order: RunOrder): Promise<void> {
    if (this.#runs.has(order.attemptId)) return;
    const wall = this.#options.clock.now().getTime();
    this.#runs.set(order.attemptId, new SimulatedRun(order, this.#options.timelineOf(order), wall, this.#now()));
  }

  async poll(attemptId: string, cursor: string): Promise<RunReport> {
    const run = this.#runs.get(attemptId);
    const nothing = { events: [], lines: [], startedAt: null, aliveUntil: null, end: null };
    if (!run) return { status: 'unknown', ...nothing, cursor: '' };
    const now = this.#now();
    const first = /^\d{1,9}$/.test(cursor) ? Number(cursor) : 0;
    const { told, isMore } = run.told(now, first, MOST_AT_ONCE);
    const events = told.flatMap((one) => ('event' in one ? [{ at: one.at, event: one.event }] : []));
    const lines = told.flatMap((one) => ('text' in one ? [{ at: one.at, stream: one.stream, text: one.text }] : []));
    const report = { events, lines, startedAt: run.startedAt(now), cursor: String(first + told.length) };
    const end = isMore ? null : run.end(now);
    if (end !== null) return { ...report, status: 'ended', aliveUntil: end.at, end };
    if (report.startedAt === null) return { ...report, status: 'starting', aliveUntil: null, end: null };
    return {
      ...report,
      status: 'running',
      aliveUntil: isMore ? (told.at(-1)?.at ?? null) : run.instant(now),
      end: null,
    };
  }

  async renew(attemptId: string): Promise<boolean> {
    return this.#runs.get(attemptId)?.renew(this.#now()) ?? false;
  }

  async cancel(attemptId: string, reason: 'cancelled' | 'timeout' | 'lease'): Promise<void> {
    this.#runs.get(attemptId)?.stop(reason, this.#now());
  }

  #filesOf(attemptId: string): Readonly<Record<string, Uint8Array>> {
    const run = this.#runs.get(attemptId);
    if (!run) throw notFound('run');
    const end = run.end(this.#now());
    if (end === null) throw conflict('The run has not ended: wait until it has.');
    const isGood = end.reason === 'exited' && end.exitCode === 0;
    return run.timeline.files ?? (isGood ? syntheticAdapter(run.order) : {});
  }

  async listFiles(attemptId: string): Promise<readonly RunFile[]> {
    const files = Object.entries(this.#filesOf(attemptId)).map(([name, { length }]) => ({ name, bytes: length }));
    return files.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async readFile(attemptId: string, name: string): Promise<Readable> {
    const files = this.#filesOf(attemptId);
    const content = Object.hasOwn(files, name) ? files[name] : undefined;
    if (content === undefined) throw notFound('file');
    return Readable.from([content]);
  }

  async discard(attemptId: string): Promise<void> {
    if (!this.#runs.has(attemptId)) return;
    this.#filesOf(attemptId);
    this.#runs.delete(attemptId);
  }

  async listRuns(): Promise<readonly string[]> {
    return [...this.#runs.keys()];
  }

  /** The machine is taken away, and the run with it: nobody here knows it any more. */
  vanish(attemptId: string): void {
    this.#runs.delete(attemptId);
  }

  /** What watched the run is lost, and the run with it, at this instant. */
  lose(attemptId: string): void {
    this.#runs.get(attemptId)?.stop('lost', this.#now());
  }

  /** From now on the run goes on as its timeline says, whether asked to stop or forced, until `giveIn`. */
  refuseToStop(attemptId: string): void {
    this.#runs.get(attemptId)?.refuseToStop();
  }

  giveIn(attemptId: string): void {
    this.#runs.get(attemptId)?.giveIn(this.#now());
  }
}
