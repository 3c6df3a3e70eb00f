import type { UserCtx, WithOffer } from '@/domain/context';
import { estimateRun } from '@/domain/estimates/estimate-run';
import { chosenHyperparameters, type Hyperparameters, type JobConfig } from '@/domain/estimates/job-config';
import type { Estimate } from '@/domain/estimates/schema';

/** A job that may be queued, and what it is expected to cost. */
export interface JobPlan {
  readonly config: JobConfig;
  readonly hyperparameters: Hyperparameters;
  readonly estimate: Estimate;
}

/**
 * Finds out whether a job can be run as configured, and what it is expected to cost by today's prices.
 *
 * @throws PipelineError as `estimateRun` says
 */
export async function planJob(ctx: WithOffer<UserCtx>, config: JobConfig): Promise<JobPlan> {
  return { config, hyperparameters: chosenHyperparameters(config), estimate: await estimateRun(ctx, config) };
}
