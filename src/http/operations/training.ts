import { jobParams, jobsQuery, logsQuery, metricsQuery, newJob } from '@/domain/training/job-requests';
import { jobDetail, jobsAnswer, logsAnswer, metricsAnswer, queuedJob } from '@/domain/training/schema';
import { operation } from '@/http/operation';

/** GET /api/jobs. */
export const listJobs = operation({
  method: 'GET',
  path: '/api/jobs',
  summary: 'The caller’s jobs, newest first; imported ones with origin=import or origin=any.',
  query: jobsQuery,
  response: jobsAnswer,
});

/** POST /api/jobs. */
export const createJob = operation({
  method: 'POST',
  path: '/api/jobs',
  summary: 'Queues a training job, at our price and with our estimate.',
  body: newJob,
  once: true,
  status: 201,
  response: queuedJob,
});

/** GET /api/jobs/{id}. */
export const readJob = operation({
  method: 'GET',
  path: '/api/jobs/{id}',
  summary: 'A job: configuration, progress, what it cost so far and will have cost, attempts.',
  params: jobParams,
  response: jobDetail,
  conditional: true,
});

/** GET /api/jobs/{id}/metrics. */
export const readMetrics = operation({
  method: 'GET',
  path: '/api/jobs/{id}/metrics',
  summary: 'The curves of a job, down to so many points each; extremes are kept.',
  params: jobParams,
  query: metricsQuery,
  response: metricsAnswer,
});

/** GET /api/jobs/{id}/logs. */
export const readLogs = operation({
  method: 'GET',
  path: '/api/jobs/{id}/logs',
  summary: 'What a job printed, without control characters.',
  params: jobParams,
  query: logsQuery,
  response: logsAnswer,
});

/** POST /api/jobs/{id}/cancel. */
export const cancelJob = operation({
  method: 'POST',
  path: '/api/jobs/{id}/cancel',
  summary: 'Cancels a job that waits or runs; again changes nothing.',
  params: jobParams,
  response: jobDetail,
});

/** POST /api/jobs/{id}/retry. */
export const retryJob = operation({
  method: 'POST',
  path: '/api/jobs/{id}/retry',
  summary: 'Queues a new job like one that has ended, at today’s price.',
  params: jobParams,
  once: true,
  status: 201,
  response: queuedJob,
});
