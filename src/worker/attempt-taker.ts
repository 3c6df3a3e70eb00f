import { listWorkers } from '@/domain/training/list-workers';
import { takeOver } from '@/domain/training/take-over';
import { ActiveRun } from '@/worker/active-run';
import { isDead } from '@/worker/worker-name';
import { takeOverGraceMs, type WorkerParts } from '@/worker/worker-parts';

const MOST_AT_ONCE = 200;

/**
 * Takes over what other workers left: their runs go on where this machine knows them, and are read again from their
 * beginning; the others are ended as lost when they are surely over.
 */
export async function takeOverAttempts(parts: WorkerParts): Promise<void> {
  const { ctx, name, executors, times, runs } = parts;
  const dead = (await listWorkers(ctx, name.host)).filter(isDead);
  const taken = await takeOver(ctx, {
    ...name,
    leaseMs: times.leaseMs,
    graceMs: takeOverGraceMs(times),
    executors: [...executors.keys()],
    dead,
    holding: [...runs.keys()],
    limit: MOST_AT_ONCE,
  });
  for (const { waitMs, previous, ...attempt } of taken) {
    const executor = executors.get(attempt.executor);
    if (!executor) continue;
    // who is dead starts nothing any more: what is unknown here never began
    const patience = dead.includes(previous) ? 0 : waitMs;
    runs.set(attempt.attemptId, new ActiveRun(attempt, executor, patience));
    ctx.log.info({ attempt: attempt.attemptId, job: attempt.jobId, fence: attempt.fence }, 'an attempt was taken over');
  }
}
