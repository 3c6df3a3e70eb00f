import { onceOnly } from '@/domain/accounts/once-only';
import type { NewJob } from '@/domain/training/job-requests';
import { planJob } from '@/domain/training/plan-job';
import { type QueueCtx, queueJob } from '@/domain/training/queue-job';
import { type QueuedJob, queuedJob } from '@/domain/training/schema';

/**
 * Queues a job as the caller configured it, priced and estimated by us; with a key once only.
 *
 * @throws PipelineError `bad_input`, `not_found` and `conflict` as `estimateRun`, `queueJob` and `onceOnly` say
 */
export function createJob(
  ctx: QueueCtx,
  { onceKey, ...input }: NewJob & { onceKey: string | null },
): Promise<QueuedJob> {
  const { name, tags, ...config } = input;
  const request = { key: onceKey, operation: 'POST /api/jobs', content: input, answer: queuedJob };
  return onceOnly(ctx, request, {
    prepare: () => planJob(ctx, config),
    effect: (tx, plan) => queueJob(tx, ctx, plan, { name: name ?? null, tags, retryOf: null }),
  });
}
