import { onceOnly } from '@/domain/accounts/once-only';
import { type JobConfig, jobConfig } from '@/domain/estimates/job-config';
import { jobCan } from '@/domain/training/job-can';
import type { JobParams } from '@/domain/training/job-requests';
import { type JobSettings, settingsStatement } from '@/domain/training/new-job-store';
import { type JobPlan, planJob } from '@/domain/training/plan-job';
import { type QueueCtx, queueJob } from '@/domain/training/queue-job';
import { type QueuedJob, queuedJob } from '@/domain/training/schema';
import { badInput, conflict, notFound, type PipelineError } from '@/lib/errors';

const MINUTE_MS = 60_000;

interface Repetition {
  readonly settings: JobSettings;
  readonly plan: JobPlan;
}

function refusalOf(job: JobSettings): PipelineError | null {
  if (job.origin === 'import') return conflict('This job was imported and never ran here: start a new one instead.');
  if (!jobCan.retry(job)) return conflict(`This job has not ended, it is ${job.status}: cancel it first, or wait.`);
  if (job.dataset_id === null) return conflict('The dataset of this job is gone: start a new job with another one.');
  return null;
}

/** What was asked for then, as it would be asked for now. */
function configOf(job: JobSettings): JobConfig {
  const minutes = job.max_runtime_ms === null ? {} : { max_runtime_minutes: Number(job.max_runtime_ms) / MINUTE_MS };
  const parsed = jobConfig.safeParse({
    dataset_id: job.dataset_id,
    base_model: job.base_model,
    preset: job.preset,
    hyperparameters: job.hyperparameters,
    trainer: job.trainer,
    executor: job.executor,
    provider: job.provider,
    sku: job.sku,
    region: job.region,
    purchase_option: job.purchase_option,
    gpu_count: job.gpu_count,
    ...minutes,
  });
  if (parsed.success) return parsed.data;
  throw badInput('This job was configured in a way that is no longer known: start a new one.');
}

async function prepare(ctx: QueueCtx, id: string): Promise<Repetition> {
  const [[settings]] = await ctx.session.read(settingsStatement(ctx.userId, id));
  if (settings === undefined) throw notFound('job');
  const refusal = refusalOf(settings);
  if (refusal) throw refusal;
  return { settings, plan: await planJob(ctx, configOf(settings)) };
}

/**
 * Queues a new job like one that has ended, with a new estimate by today's price; with a key once only.
 *
 * @throws PipelineError `not_found`, `conflict` for a job that has not ended or cannot be repeated, and as `createJob`
 */
export function retryJob(ctx: QueueCtx, { id, onceKey }: JobParams & { onceKey: string | null }): Promise<QueuedJob> {
  const request = {
    key: onceKey,
    operation: 'POST /api/jobs/{id}/retry',
    content: { id: id.toLowerCase() },
    answer: queuedJob,
  };
  return onceOnly(ctx, request, {
    prepare: () => prepare(ctx, id),
    effect: (tx, { settings, plan }) =>
      queueJob(tx, ctx, plan, { name: settings.name, tags: settings.tags, retryOf: settings.id }),
  });
}
