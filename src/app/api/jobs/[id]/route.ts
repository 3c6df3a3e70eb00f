import { readJob } from '@/domain/training/read-job';
import { handle } from '@/http/handle';
import * as training from '@/http/operations/training';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  GET: handle.conditional(training.readJob, readJob),
});
