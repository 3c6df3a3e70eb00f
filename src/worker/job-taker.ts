import type { HeldAttempt } from '@/domain/training/attempt';
import { claimJob } from '@/domain/training/claim-job';
import { endAttempt } from '@/domain/training/end-attempt';
import { listWaitingJobs } from '@/domain/training/list-waiting-jobs';
import { PipelineError } from '@/lib/errors';
import { StoreFullError } from '@/lib/file-store';
import { ActiveRun } from '@/worker/active-run';
import type { RunEnd, RunOrder } from '@/worker/executors/executor';
import { takeOverGraceMs, type WorkerParts } from '@/worker/worker-parts';

const orderOf = (attempt: HeldAttempt, { times }: WorkerParts): RunOrder => ({
  attemptId: attempt.attemptId,
  jobId: attempt.jobId,
  number: attempt.number,
  trainer: attempt.trainer,
  baseModel: attempt.baseModel,
  hyperparameters: attempt.hyperparameters,
  gpuCount: attempt.gpuCount,
  dataset: attempt.dataset,
  totalSteps: attempt.totalSteps,
  maxRuntimeMs: attempt.maxRuntimeMs,
  resumeFrom: attempt.resumeFrom,
  leaseMs: times.runLeaseMs,
  graceMs: times.graceMs,
});

/** Why a run could not be started, as far as the error tells. */
function reasonOf(error: unknown): RunEnd['reason'] {
  if (error instanceof StoreFullError || (error as NodeJS.ErrnoException).code === 'ENOSPC') return 'disk_full';
  return error instanceof PipelineError && error.code === 'unavailable' ? 'lost' : 'not_started';
}

const wordsOf = (error: unknown): string =>
  `It could not be started: ${error instanceof PipelineError ? error.details : error instanceof Error ? error.message : error}`;

/** Takes jobs that wait, as long as there are slots, and starts their runs. */
export class JobTaker {
  readonly #parts: WorkerParts;
  #isStopped = false;
  #taking: Promise<unknown> = Promise.resolve();

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  stop(): void {
    this.#isStopped = true;
  }

  get #free(): number {
    return this.#isStopped ? 0 : this.#parts.slots - this.#parts.runs.size;
  }

  /** Jobs that the queue brings to mind: the row says whether there is anything to do. */
  async takeFromQueue(): Promise<void> {
    await this.#alone(async () => {
      while (this.#free > 0) {
        const items = await this.#parts.work.take('run-job', Math.min(this.#free, 20));
        if (items.length === 0) return;
        const claimed = await Promise.all(items.map(({ id }) => this.#claim(id)));
        await this.#parts.work.done(
          'run-job',
          items.map(({ itemId }) => itemId),
        );
        if (!claimed.includes(true)) return;
      }
    });
  }

  /** Jobs that wait though the queue has forgotten them, or could not be claimed when it brought them. */
  async takeWaiting(): Promise<void> {
    await this.#alone(async () => {
      if (this.#free <= 0) return;
      const { ctx, executors, offer } = this.#parts;
      const wanted = { executors: [...executors.keys()], mostRunning: offer.mostRunning, limit: this.#free };
      for (const id of await listWaitingJobs(ctx, wanted)) {
        if (this.#free > 0) await this.#claim(id);
      }
    });
  }

  /** One at a time, so that slots are counted right. */
  #alone(work: () => Promise<void>): Promise<void> {
    const taken = this.#taking.then(work);
    this.#taking = taken.catch(() => undefined);
    return taken;
  }

  /** Whether the job is this worker's now. One that cannot be claimed keeps nobody from the others. */
  async #claim(jobId: string): Promise<boolean> {
    try {
      return await this.#claimOne(jobId);
    } catch (error) {
      if (error instanceof PipelineError && error.code === 'unavailable') throw error;
      this.#parts.ctx.log.error({ error, job: jobId }, 'a job could not be claimed');
      return false;
    }
  }

  async #claimOne(jobId: string): Promise<boolean> {
    const { ctx, name, executors, offer, times, runs } = this.#parts;
    const asked = ctx.clock.monotonicMs();
    const attempt = await claimJob(ctx, {
      jobId,
      ...name,
      leaseMs: times.leaseMs,
      executors: [...executors.keys()],
      mostRunning: offer.mostRunning,
    });
    const executor = attempt && executors.get(attempt.executor);
    if (!attempt || !executor) return false;
    const run = new ActiveRun(attempt, executor, times.leaseMs + takeOverGraceMs(times));
    runs.set(run.id, run);
    ctx.log.info({ attempt: run.id, job: jobId, number: attempt.number }, 'a job was claimed');
    // nothing of it is looked after before it was started
    run.isBusy = true;
    void this.#start(run, asked).finally(() => {
      run.isBusy = false;
    });
    return true;
  }

  async #start(run: ActiveRun, claimedAt: number): Promise<void> {
    const { ctx, times, runs } = this.#parts;
    try {
      // this process may have stood still: then the attempt is somebody else's to start
      if (ctx.clock.monotonicMs() - claimedAt > times.runLeaseMs) {
        runs.delete(run.id);
        return;
      }
      await run.executor.start(orderOf(run.attempt, this.#parts));
    } catch (error) {
      await this.#endUnstarted(run, error);
    }
  }

  async #endUnstarted(run: ActiveRun, error: unknown): Promise<void> {
    const { ctx, runs } = this.#parts;
    ctx.log.warn({ error, attempt: run.id }, 'a run could not be started');
    const { attemptId, fence } = run.attempt;
    const end = { at: null, exitCode: null, signal: null, reason: reasonOf(error), message: wordsOf(error) } as const;
    try {
      await endAttempt(ctx, { attemptId, fence, end, timeline: null, points: [], lines: [], lastLines: [] });
      runs.delete(run.id);
    } catch (failure) {
      // it stays among the runs, unknown to its executor, and is ended as lost when the patience is over
      ctx.log.warn({ error: failure, attempt: run.id }, 'the end of a run that was not started could not be written');
    }
  }
}
