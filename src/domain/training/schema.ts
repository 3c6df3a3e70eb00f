import { z } from 'zod';
import type { JobStatus, TrainingJob } from '@/lib/types/lora-training';

export const JOB_STATUSES = [
  'queued',
  'initializing',
  'running',
  'completed',
  'failed',
  'cancelled',
] as const satisfies readonly JobStatus[];

const LARGEST_INTEGER = 2 ** 31 - 1;
const MOST_JOBS = 100;
const LIMIT_HELP = 'send a whole number from 1 to 100';

export const jobsQuery = z.strictObject({
  status: z.enum(JOB_STATUSES, `send one of ${JOB_STATUSES.join(', ')}`).optional(),
  origin: z.enum(['pipeline', 'import', 'any'], 'send pipeline, import or any').default('pipeline'),
  limit: z
    .string()
    .regex(/^\d{1,10}$/, LIMIT_HELP)
    .transform(Number)
    .refine((n) => n >= 1 && n <= LARGEST_INTEGER, LIMIT_HELP)
    .transform((n) => Math.min(n, MOST_JOBS))
    .default(20),
  cursor: z.string().max(200, 'send the next_cursor of an answer').optional(),
});
export type JobsQuery = z.output<typeof jobsQuery>;

export const job = z.object({
  id: z.uuid(),
  name: z.string(),
  status: z.enum(JOB_STATUSES),
  origin: z.enum(['pipeline', 'import']),
  external_ref: z.string().nullable(),
  dataset_id: z.uuid().nullable(),
  tags: z.record(z.string(), z.string()),
  created_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
}) satisfies z.ZodType<TrainingJob>;

export const jobsAnswer = z.object({ jobs: z.array(job), next_cursor: z.string().nullable() });
export type JobsAnswer = z.output<typeof jobsAnswer>;
