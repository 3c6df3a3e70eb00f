import { z } from 'zod';
import { jobConfig } from '@/domain/estimates/job-config';
import { JOB_STATUSES } from '@/domain/training/schema';
import { UUID_PATTERN } from '@/lib/ids';

const LARGEST_INTEGER = 2 ** 31 - 1;

/** A whole number; more than `most` gives `most`, and what no 32-bit integer holds is refused. */
const countUpTo = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, `send a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((n) => n >= least && n <= LARGEST_INTEGER, `send a whole number from ${least} to ${most}`)
    .transform((n) => Math.min(n, most));

const uuid = z.string().regex(UUID_PATTERN, 'send a UUID such as 3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f');
const cursor = z.string().max(200, 'send the next_cursor of an answer').describe('`next_cursor` of the page before.');

const STATUS_HELP = `send one or more of ${JOB_STATUSES.join(', ')}, with commas between`;
const statusName = `(${JOB_STATUSES.join('|')})`;
const statuses = z
  .string()
  .regex(new RegExp(`^${statusName}(,${statusName}){0,5}$`), STATUS_HELP)
  .transform((text) => [...new Set(text.split(','))])
  .describe('One or more, with commas between.');

export const MOST_TAGS = 20;
export const LONGEST_TAG_NAME = 64;
export const LONGEST_TAG_VALUE = 200;
const TAG_HELP = 'send KEY:VALUE, such as team:vision';
const tagPair = z
  .string()
  .max(LONGEST_TAG_NAME + 1 + LONGEST_TAG_VALUE, TAG_HELP)
  .regex(/^[^:]+:/, TAG_HELP)
  .transform((text) => {
    const at = text.indexOf(':');
    return { name: text.slice(0, at), value: text.slice(at + 1) };
  })
  .describe('Only jobs with this tag: KEY:VALUE.');

/** GET /api/jobs. */
export const jobsQuery = z.strictObject({
  status: statuses.optional(),
  origin: z.enum(['pipeline', 'import', 'any'], 'send pipeline, import or any').default('pipeline'),
  dataset_id: uuid.optional(),
  base_model: z.string().min(1).max(200).optional(),
  tag: tagPair.optional(),
  limit: countUpTo(1, 100).default(20),
  cursor: cursor.optional(),
});
export type JobsQuery = z.output<typeof jobsQuery>;

export const jobParams = z.strictObject({ id: uuid.describe('The id of a job.') });
export type JobParams = z.output<typeof jobParams>;

const tags = z
  .record(
    z.string().min(1).max(LONGEST_TAG_NAME),
    z.string(`send texts, at most ${LONGEST_TAG_VALUE} characters each`).max(LONGEST_TAG_VALUE),
    'send an object of texts, such as {"team":"vision"}',
  )
  .refine((pairs) => Object.keys(pairs).length <= MOST_TAGS, `send at most ${MOST_TAGS} tags`);

/** POST /api/jobs. */
export const newJob = jobConfig.extend({
  name: z
    .string('send a text of 1 to 200 characters')
    .trim()
    .min(1)
    .max(200)
    .optional()
    .describe('Made of the dataset and the model where it is absent.'),
  tags: tags.default({}).describe('Copied to its charges: what costs can be grouped by.'),
});
export type NewJob = z.output<typeof newJob>;

/** GET /api/jobs/{id}/metrics. */
export const metricsQuery = z.strictObject({
  points: countUpTo(10, 5_000).default(500).describe('Most points of each metric.'),
});
export type MetricsQuery = z.output<typeof metricsQuery>;

/** GET /api/jobs/{id}/logs. */
export const logsQuery = z.strictObject({
  order: z.enum(['newest', 'oldest'], 'send newest or oldest').default('newest').describe('Which lines come first.'),
  stream: z.enum(['stdout', 'stderr', 'system'], 'send stdout, stderr or system').optional(),
  limit: countUpTo(1, 1_000).default(200),
  cursor: cursor.optional(),
});
export type LogsQuery = z.output<typeof logsQuery>;
