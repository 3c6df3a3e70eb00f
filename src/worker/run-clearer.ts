import { listRunStates } from '@/domain/training/list-run-states';
import { noteCleared } from '@/domain/training/note-cleared';
import type { Executor } from '@/worker/executors/executor';
import type { WorkerParts } from '@/worker/worker-parts';

/** Runs that no row names are kept for so long: they may be another installation's in the same folder. */
const KEEP_UNKNOWN_MS = 7 * 24 * 3_600_000;
const LONGEST_PAUSE_MS = 600_000;

/**
 * Clears up after runs that are over: what completed ones left is taken over first. It finds them by what executors
 * still hold, so a worker that was killed in between loses nothing.
 */
export class RunClearer {
  readonly #parts: WorkerParts;
  /** Runs whose files could not be taken over, and when they are tried again. */
  readonly #failed = new Map<string, { pauseMs: number; at: number }>();

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  async clear(): Promise<void> {
    for (const executor of this.#parts.executors.values()) {
      const held = (await executor.listRuns()).filter((id) => !this.#parts.runs.has(id));
      const states = await listRunStates(this.#parts.ctx, held);
      for (const { attempt_id, job_id, is_over, is_completed, is_unknown } of states) {
        if (is_unknown) await this.#clearUnknown(executor, attempt_id);
        else if (is_over && job_id !== null) await this.#clearOne(executor, attempt_id, is_completed ? job_id : null);
      }
    }
  }

  /** @param completedJob the job that the run completed; null where there is nothing to take over */
  async #clearOne(executor: Executor, attemptId: string, completedJob: string | null): Promise<void> {
    const { ctx, collect, times } = this.#parts;
    const now = ctx.clock.monotonicMs();
    const failed = this.#failed.get(attemptId);
    if (failed && failed.at > now) return;
    try {
      if (completedJob !== null) await collect(ctx, { jobId: completedJob, attemptId, executor });
      await executor.discard(attemptId);
      await noteCleared(ctx, [attemptId]);
      this.#failed.delete(attemptId);
    } catch (error) {
      const pauseMs = Math.min(LONGEST_PAUSE_MS, (failed?.pauseMs ?? times.rareMs / 2) * 2);
      this.#failed.set(attemptId, { pauseMs, at: now + pauseMs });
      ctx.log.warn({ error, attempt: attemptId }, 'what a run left could not be taken over; it is tried again');
    }
  }

  async #clearUnknown(executor: Executor, attemptId: string): Promise<void> {
    const { end } = await executor.poll(attemptId, '');
    if (end !== null && this.#parts.ctx.clock.now().getTime() - end.at > KEEP_UNKNOWN_MS) {
      await executor.discard(attemptId);
    }
  }
}
