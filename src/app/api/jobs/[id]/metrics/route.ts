import { readMetrics } from '@/domain/training/read-metrics';
import { handle } from '@/http/handle';
import * as training from '@/http/operations/training';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  GET: handle(training.readMetrics, readMetrics),
});
