import { createJob } from '@/domain/training/create-job';
import { listJobs } from '@/domain/training/list-jobs';
import { handle } from '@/http/handle';
import * as training from '@/http/operations/training';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  GET: handle(training.listJobs, listJobs),
  POST: handle(training.createJob, createJob),
});
