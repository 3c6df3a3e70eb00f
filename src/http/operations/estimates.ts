import { jobConfig } from '@/domain/estimates/job-config';
import { estimate } from '@/domain/estimates/schema';
import { operation } from '@/http/operation';

/** POST /api/jobs/estimate. */
export const estimateJob = operation({
  method: 'POST',
  path: '/api/jobs/estimate',
  summary: 'What a job as configured is expected to cost and to take, as an interval; nothing is started or kept.',
  body: jobConfig,
  response: estimate,
});
