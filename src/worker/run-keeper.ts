import { endAttempt } from '@/domain/training/end-attempt';
import { recordProgress } from '@/domain/training/record-progress';
import { renewLeases } from '@/domain/training/renew-leases';
import type { ActiveRun, Sent } from '@/worker/active-run';
import type { RunEnd } from '@/worker/executors/executor';
import type { WorkerParts } from '@/worker/worker-parts';

/** What nobody on this machine can say more about. */
const LOST = {
  at: null,
  exitCode: null,
  signal: null,
  reason: 'lost',
  message: 'The machine or the process that ran it is gone.',
} as const;

/** Keeps the runs that this worker holds: reads what they tell, renews them, records it, and writes their ends. */
export class RunKeeper {
  readonly #parts: WorkerParts;
  readonly #onEnd: () => void;

  constructor(parts: WorkerParts, onEnd: () => void) {
    this.#parts = parts;
    this.#onEnd = onEnd;
  }

  #now(): number {
    return this.#parts.ctx.clock.monotonicMs();
  }

  /** Another worker holds it, or it has ended: from now on this one keeps its hands off the run. */
  #letGo(run: ActiveRun, why: string): void {
    if (this.#parts.runs.delete(run.id)) this.#parts.ctx.log.warn({ attempt: run.id }, `let go of a run: ${why}`);
  }

  /** Looks at every run once. */
  async poll(): Promise<void> {
    await Promise.all([...this.#parts.runs.values()].map((run) => this.#look(run)));
  }

  async #look(run: ActiveRun): Promise<void> {
    if (run.isBusy) return;
    run.isBusy = true;
    try {
      await run.read();
      if (run.status === 'unknown') await this.#lookForUnknown(run);
      else {
        run.unknownSince = null;
        if (run.end !== null) await this.#finish(run, run.end);
        else if (run.isCancelled || run.timeline?.progress.diverged) await run.executor.cancel(run.id, 'cancelled');
      }
    } catch (error) {
      this.#parts.ctx.log.warn({ error, attempt: run.id }, 'a run could not be looked after; it is tried again');
    } finally {
      run.isBusy = false;
    }
  }

  async #lookForUnknown(run: ActiveRun): Promise<void> {
    run.unknownSince ??= this.#now();
    if (this.#now() - run.unknownSince >= run.patienceMs) await this.#finish(run, LOST);
  }

  async #finish(run: ActiveRun, end: Omit<RunEnd, 'at'> & { at: number | null }): Promise<void> {
    const { ctx, runs } = this.#parts;
    const { attemptId, fence } = run.attempt;
    const { timeline, lastLines, waiting } = run;
    const ended = await endAttempt(ctx, { attemptId, fence, end, timeline, lastLines, ...waiting });
    if (ended === null) {
      this.#letGo(run, 'its attempt has ended or is held by another worker');
      return;
    }
    runs.delete(run.id);
    ctx.log.info({ attempt: run.id, job: run.attempt.jobId, ...ended }, 'an attempt has ended');
    this.#onEnd();
  }

  /** Renews the leases, and then the runs: those of attempts that are held no more are left to end by themselves. */
  async renew(): Promise<void> {
    const { ctx, runs, times } = this.#parts;
    const asked = this.#now();
    const held = [...runs.values()];
    const renewed = await renewLeases(
      ctx,
      held.map((run) => run.attempt),
      times.leaseMs,
    );
    for (const id of renewed.lost) {
      const run = runs.get(id);
      if (run && held.includes(run)) this.#letGo(run, 'its lease was lost');
    }
    const isTimely = this.#now() - asked < times.runLeaseMs;
    const cancelled = new Set(renewed.cancelRequested);
    await Promise.allSettled(
      renewed.held.map(async (id) => {
        const run = runs.get(id);
        if (run === undefined) return;
        if (isTimely) await run.executor.renew(id);
        run.isCancelled ||= cancelled.has(id);
      }),
    );
  }

  /** The tick: what the runs told goes into the database. */
  async tick(): Promise<void> {
    const { ctx, runs } = this.#parts;
    const sent = new Map<string, Sent>();
    for (const run of runs.values()) {
      const progress = run.progress();
      if (progress !== null) sent.set(run.id, progress);
    }
    const { recorded, lost, refused } = await recordProgress(
      ctx,
      [...sent.values()].map(({ report }) => report),
    );
    for (const id of recorded) runs.get(id)?.stored(sent.get(id) as Sent);
    for (const id of lost) {
      const run = runs.get(id);
      if (run) this.#letGo(run, 'its attempt is not held any more');
    }
    for (const { attemptId, error } of refused) await this.#refuse(attemptId, error);
  }

  /** A run whose reports cannot be stored is ended: it would cost money that nobody can follow. */
  async #refuse(attemptId: string, error: unknown): Promise<void> {
    const { ctx, runs } = this.#parts;
    const run = runs.get(attemptId);
    ctx.log.error({ error, attempt: attemptId }, 'the reports of a run cannot be recorded');
    if (run === undefined) return;
    run.isCancelled ||= run.isPlain;
    run.isPlain = true;
  }
}
