import { explainJobCost } from '@/domain/training/explain-job-cost';
import { handle } from '@/http/handle';
import * as jobCosts from '@/http/operations/job-costs';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  GET: handle(jobCosts.explainJobCost, explainJobCost),
});
