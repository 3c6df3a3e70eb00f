import type { Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { UserCtx, WithOffer, WithQueue } from '@/domain/context';
import { recordEstimate } from '@/domain/estimates/record-estimate';
import { lockCostState } from '@/domain/ledger/lock-cost-state';
import { notify } from '@/domain/notifications/notify';
import { countQueued, findJob, holdJob, insertJob, lockDataset, type NewJobRow } from '@/domain/training/new-job-store';
import { queuedNotice } from '@/domain/training/notices';
import type { JobPlan } from '@/domain/training/plan-job';
import { presentJob } from '@/domain/training/present-job';
import type { QueuedJob } from '@/domain/training/schema';
import { conflict, notFound } from '@/lib/errors';

export type QueueCtx = WithOffer<WithQueue<UserCtx>>;

/** What a job is called, and what it repeats. */
export interface JobIdentity {
  /** Null: it is named after its dataset and model. */
  readonly name: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly retryOf: string | null;
}

const MINUTE_MS = 60_000;
const LONGEST_NAME = 200;

/**
 * Queues a job within the caller's transaction: the job, its estimate and the estimate's record, the entry in the queue
 * and the notification are there together or not at all.
 *
 * @throws PipelineError `conflict` where the account has as many jobs waiting as it may have, or the dataset is no
 *   longer ready; `not_found` where it is gone. The transaction must then end in a rollback
 */
export async function queueJob(
  tx: Transaction<DB>,
  ctx: QueueCtx,
  plan: JobPlan,
  identity: JobIdentity,
): Promise<QueuedJob> {
  const { userId } = ctx;
  const dataset = await requireDataset(tx, ctx, plan);
  if (identity.retryOf !== null) await holdJob(tx, userId, identity.retryOf);
  await requireRoom(tx, ctx);
  const jobId = await insertJob(tx, rowOf(ctx, plan, { ...identity, name: identity.name ?? nameOf(dataset, plan) }));
  await recordEstimate(tx, { jobId, userId, estimate: plan.estimate });
  await ctx.queue.send(tx, 'run-job', jobId);
  const job = presentJob(await findJob(tx, userId, jobId));
  await notify(tx, [queuedNotice({ jobId, userId, jobName: job.name }, expectationOf(plan))]);
  return { job, estimate: plan.estimate };
}

/** It was ready a moment ago; from here on it stays as it is until the job is there. Gives its name. */
async function requireDataset(tx: Transaction<DB>, { userId }: UserCtx, { config }: JobPlan): Promise<string> {
  const dataset = await lockDataset(tx, userId, config.dataset_id);
  if (dataset === undefined) throw notFound('dataset');
  if (dataset.status === 'ready') return dataset.name;
  throw conflict(`The dataset ${JSON.stringify(dataset.name)} is no longer ready: choose another one.`);
}

/** A name for a job that was given none: what it trains on, and what. */
function nameOf(dataset: string, { config }: JobPlan): string {
  const name = `${dataset} on ${config.base_model}`;
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1).toWellFormed()}…`;
}

/** The locked cost state makes an account's jobs come one after the other, so that none slips past the limit. */
async function requireRoom(tx: Transaction<DB>, { userId, offer }: QueueCtx): Promise<void> {
  await lockCostState(tx, [userId]);
  if ((await countQueued(tx, userId)) < offer.mostQueued) return;
  throw conflict(
    `There are ${offer.mostQueued} jobs waiting already, the most that one account may have. ` +
      'Wait until some have started, or cancel some.',
  );
}

function rowOf(
  { userId, clock }: QueueCtx,
  { config, hyperparameters, estimate }: JobPlan,
  identity: JobIdentity & { name: string },
): NewJobRow {
  const { max_runtime_minutes: minutes } = config;
  return {
    ...identity,
    userId,
    datasetId: config.dataset_id,
    baseModel: config.base_model,
    preset: config.preset,
    hyperparameters: { ...hyperparameters },
    trainer: config.trainer,
    executor: config.executor,
    gpuCount: config.gpu_count,
    priceId: estimate.price.id,
    totalSteps: estimate.steps,
    maxRuntimeMs: minutes === undefined ? null : minutes * MINUTE_MS,
    at: clock.now(),
  };
}

const expectationOf = ({ estimate: { cost, currency, duration_ms } }: JobPlan) => ({
  cost: { low: cost.low.amount_exact, middle: cost.middle.amount_exact, high: cost.high.amount_exact },
  currency,
  ms: duration_ms.middle,
});
