import { z } from 'zod';
import { estimate } from '@/domain/estimates/schema';
import { PHASES } from '@/domain/ledger/charge';
import type { JobStatus, TrainingJob } from '@/lib/types/lora-training';

export const JOB_STATUSES = [
  'queued',
  'initializing',
  'running',
  'completed',
  'failed',
  'cancelled',
] as const satisfies readonly JobStatus[];

const exact = z.string().regex(/^-?\d+\.\d{10}$/);
const count = z.int().min(0);
const phase = z.enum(PHASES);

export const job = z.object({
  id: z.uuid(),
  name: z.string(),
  status: z.enum(JOB_STATUSES),
  origin: z.enum(['pipeline', 'import']),
  external_ref: z.string().nullable(),
  dataset_id: z.uuid().nullable(),
  base_model: z.string().nullable(),
  trainer: z.string().nullable(),
  executor: z.string().nullable(),
  gpu_type: z.string().nullable(),
  gpu_count: count.nullable(),
  tags: z.record(z.string(), z.string()),
  phase: phase.nullable().describe('What its run does now.'),
  step: count,
  total_steps: count.nullable(),
  cost: z.number().nullable().describe('What its runs cost so far; null in the list for imported jobs.'),
  cost_exact: exact.nullable(),
  currency: z.string(),
  estimated_cost: z.number().nullable().describe('The middle of the forecast made when it was queued.'),
  estimated_cost_exact: exact.nullable(),
  retry_of: z.uuid().nullable().describe('The job that this one repeats.'),
  failure_cause: z.string().nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  updated_at: z.string(),
}) satisfies z.ZodType<TrainingJob>;

export const jobsAnswer = z.object({ jobs: z.array(job), next_cursor: z.string().nullable() });
export type JobsAnswer = z.output<typeof jobsAnswer>;

const amount = z.object({ amount: z.number(), amount_exact: exact });
export type Amount = z.output<typeof amount>;
const amounts = z.object({ low: amount, middle: amount, high: amount });
export type Amounts = z.output<typeof amounts>;

const jobEstimate = estimate.pick({
  cost: true,
  duration_ms: true,
  breakdown: true,
  steps: true,
  tokens: true,
  basis: true,
});
export type JobEstimate = z.output<typeof jobEstimate>;

const attempt = z.object({
  id: z.uuid(),
  number: count,
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  outcome: z.enum(['completed', 'failed', 'cancelled', 'lost']).nullable(),
  cause: z.string().nullable(),
  exit_code: z.int().nullable(),
  exit_signal: z.string().nullable(),
  resumed_from_step: count.nullable().describe('The checkpoint of an earlier attempt that it went on from.'),
  cost: z.number(),
  cost_exact: exact,
});
export type JobAttempt = z.output<typeof attempt>;

const progress = z.object({
  phase: phase.nullable(),
  step: count,
  total_steps: count.nullable(),
  share: z.number().min(0).max(1).nullable().describe('Of the steps that are done.'),
  epoch: z.number().nullable(),
  tokens: count,
  time_left_ms: count.nullable().describe('By the pace so far, else by the estimate; null where nothing runs.'),
  metrics: z.record(z.string(), z.number()).describe('The latest value of each.'),
  progress_at: z.string().nullable().describe('When the last step was made.'),
});
export type JobProgress = z.output<typeof progress>;

/** GET /api/jobs/{id}. */
export const jobDetail = job.extend({
  preset: z.string().nullable(),
  hyperparameters: z.record(z.string(), z.unknown()).nullable(),
  max_runtime_minutes: z.number().nullable(),
  dataset: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  progress,
  estimate: jobEstimate.nullable(),
  rate_per_hour: amount.nullable().describe('What an hour costs at its price; null where nothing runs.'),
  projected_cost: amounts.nullable().describe('What it will have cost at its end, by its progress and the estimate.'),
  cost_by_phase: z.array(amount.extend({ phase })),
  other_currencies: z.array(z.string()).describe('Of imported jobs: currencies of charges that `cost` leaves out.'),
  attempts: z.array(attempt).describe('The latest 100, in their order.'),
  failure_message: z.string().nullable(),
  cancel_requested_at: z.string().nullable(),
  artifact_id: z.uuid().nullable(),
  can: z.object({ cancel: z.boolean(), retry: z.boolean() }),
  links: z.object({
    metrics: z.string(),
    logs: z.string(),
    costs: z.string(),
    dataset: z.string().nullable(),
    model: z.string().nullable(),
    retry_of: z.string().nullable(),
  }),
});
export type JobDetail = z.output<typeof jobDetail>;

/** POST /api/jobs, POST /api/jobs/{id}/retry. */
export const queuedJob = z.object({ job, estimate });
export type QueuedJob = z.output<typeof queuedJob>;

const series = z.object({
  metric: z.string(),
  points: z.array(z.tuple([z.number(), z.number()])).describe('Pairs of step and value, ascending by step.'),
  of: count.describe('How many points there are before the choice; extremes, first and last are always in it.'),
});

/** GET /api/jobs/{id}/metrics. */
export const metricsAnswer = z.object({ series: z.array(series) });
export type MetricsAnswer = z.output<typeof metricsAnswer>;

const logLine = z.object({
  attempt: count,
  line_no: count,
  stream: z.enum(['stdout', 'stderr', 'system']),
  logged_at: z.string(),
  line: z.string(),
});
export type LogLine = z.output<typeof logLine>;

/** GET /api/jobs/{id}/logs. */
export const logsAnswer = z.object({
  lines: z.array(logLine),
  next_cursor: z.string().nullable().describe('For the next page; null where there is none now.'),
  up_to: z
    .string()
    .nullable()
    .describe(
      'The cursor, for order=oldest, of what comes after the newest of these lines: for asking again while the job runs.',
    ),
});
export type LogsAnswer = z.output<typeof logsAnswer>;
