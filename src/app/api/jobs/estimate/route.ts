import { estimateJob } from '@/domain/estimates/estimate-job';
import { handle } from '@/http/handle';
import * as estimates from '@/http/operations/estimates';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  POST: handle(estimates.estimateJob, estimateJob),
});
