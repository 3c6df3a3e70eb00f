import type { UserCtx, WithOffer } from '@/domain/context';
import { estimateRun } from '@/domain/estimates/estimate-run';
import type { JobConfig } from '@/domain/estimates/job-config';
import type { Estimate } from '@/domain/estimates/schema';

/** Tells the caller what a job as configured would cost and take; writes nothing. */
export const estimateJob = (ctx: WithOffer<UserCtx>, config: JobConfig): Promise<Estimate> => estimateRun(ctx, config);
