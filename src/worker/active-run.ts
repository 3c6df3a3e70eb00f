import type { HeldAttempt } from '@/domain/training/attempt';
import type { LogLine, MetricPoint, RunProgress } from '@/domain/training/report';
import { storableLine, thinPoints } from '@/domain/training/report';
import { beginTimeline, extendTimeline, finiteMetrics, type Timeline } from '@/domain/training/segments';
import type { Executor, RunEnd, RunReport } from '@/worker/executors/executor';

/** Lines that tell the cause of a failure. */
const LAST_LINES = 40;
/** What waits for a database that is away stays bounded: points are thinned, the oldest lines left out. */
const MOST_WAITING = 5_000;
/** A run that tells more than this at once is read on at the next look. */
const MOST_READS = 50;

/** What is known of a run at the moment of a tick, and what it holds that is not stored yet. */
export interface Sent {
  readonly report: RunProgress;
  readonly points: number;
  readonly lines: number;
}

/** A run that this worker holds: what it told so far, and what of it is not stored yet. */
export class ActiveRun {
  readonly attempt: HeldAttempt;
  readonly executor: Executor;
  timeline: Timeline | null = null;
  end: RunEnd | null = null;
  status: RunReport['status'] = 'starting';
  /** When it was found that this machine knows nothing of the run, ms of the monotonic clock; null: it does. */
  unknownSince: number | null = null;
  /** How long it must stay unknown until it is surely over, ms. */
  readonly patienceMs: number;
  /** Its end was asked for. */
  isCancelled = false;
  /** Its reports cannot be stored: it goes on being metered, without curves and lines. */
  isPlain = false;
  isBusy = false;
  #cursor = '';
  #asOf: number | null = null;
  #lineCount = 0;
  #points: MetricPoint[] = [];
  #lines: LogLine[] = [];
  #lastLines: string[] = [];

  constructor(attempt: HeldAttempt, executor: Executor, patienceMs: number) {
    this.attempt = attempt;
    this.executor = executor;
    this.patienceMs = patienceMs;
  }

  get id(): string {
    return this.attempt.attemptId;
  }

  get lastLines(): readonly string[] {
    return this.#lastLines;
  }

  /** Reads what is new, until there is no more for the moment. */
  async read(): Promise<void> {
    for (let read = 0; read < MOST_READS; read += 1) {
      const report = await this.executor.poll(this.id, this.#cursor);
      this.#take(report);
      if (report.events.length === 0 && report.lines.length === 0) return;
    }
  }

  #take(report: RunReport): void {
    this.status = report.status;
    if (report.status === 'unknown') return;
    this.#cursor = report.cursor;
    if (report.startedAt !== null) this.timeline ??= beginTimeline(report.startedAt);
    if (this.timeline !== null) {
      this.timeline = extendTimeline(this.timeline, report.events);
      this.#takePoints(report);
      this.#asOf = report.aliveUntil ?? this.#asOf;
    }
    this.#takeLines(report);
    this.end = report.end;
  }

  /** Stored already: an earlier worker has got as far. */
  #isStored(at: number): boolean {
    return this.attempt.meteredTo !== null && at <= this.attempt.meteredTo;
  }

  #takePoints({ events }: RunReport): void {
    for (const { at, event } of events) {
      const metrics = finiteMetrics(event);
      if (event.step === undefined || Object.keys(metrics).length === 0 || this.#isStored(at)) continue;
      this.#points.push({ step: event.step, at, metrics, grain: 1 });
    }
    if (this.#points.length > MOST_WAITING) this.#points = thinPoints(this.#points, MOST_WAITING / 2);
  }

  #takeLines({ lines }: RunReport): void {
    for (const { at, stream, text } of lines) {
      this.#lineCount += 1;
      const line = storableLine(text);
      this.#lastLines.push(line);
      if (!this.#isStored(at)) this.#lines.push({ number: this.#lineCount, at, stream, text: line });
    }
    this.#lastLines = this.#lastLines.slice(-LAST_LINES);
    if (this.#lines.length > MOST_WAITING) this.#lines = this.#lines.slice(-MOST_WAITING);
  }

  /** What the next tick records; null before the run has started. */
  progress(): Sent | null {
    if (this.timeline === null || this.#asOf === null) return null;
    const { attemptId, fence } = this.attempt;
    const points = this.isPlain ? [] : [...this.#points];
    const lines = this.isPlain ? [] : [...this.#lines];
    return {
      report: { attemptId, fence, timeline: this.timeline, asOf: this.#asOf, points, lines },
      points: points.length,
      lines: lines.length,
    };
  }

  /** What a tick has stored need not be sent again. */
  stored(sent: Sent): void {
    this.#points = this.#points.slice(sent.points);
    this.#lines = this.#lines.slice(sent.lines);
  }

  get waiting(): { points: readonly MetricPoint[]; lines: readonly LogLine[] } {
    return this.isPlain ? { points: [], lines: [] } : { points: this.#points, lines: this.#lines };
  }
}
