import { readLogs } from '@/domain/training/read-logs';
import { handle } from '@/http/handle';
import * as training from '@/http/operations/training';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({ GET: handle(training.readLogs, readLogs) });
