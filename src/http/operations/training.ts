import { jobsAnswer, jobsQuery } from '@/domain/training/schema';
import { operation } from '@/http/operation';

/** GET /api/jobs. */
export const listJobs = operation({
  method: 'GET',
  path: '/api/jobs',
  summary: 'The caller’s jobs, newest first; imported ones with origin=import or origin=any.',
  query: jobsQuery,
  response: jobsAnswer,
});
