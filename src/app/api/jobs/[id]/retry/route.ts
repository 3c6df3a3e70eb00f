import { retryJob } from '@/domain/training/retry-job';
import { handle } from '@/http/handle';
import * as training from '@/http/operations/training';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({ POST: handle(training.retryJob, retryJob) });
