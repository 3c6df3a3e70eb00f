import { z } from 'zod';
import type { CostRecord } from '@/lib/types/lora-training';

/** The most records of one page. */
export const MOST_RECORDS = 1_000;
const LARGEST_INTEGER = 2 ** 31 - 1;

const limit = z
  .string()
  .regex(/^\d{1,10}$/, 'send a whole number from 0 to 1000')
  .transform(Number)
  .refine((n) => n <= LARGEST_INTEGER, 'send a whole number from 0 to 1000')
  .transform((n) => Math.min(n, MOST_RECORDS));

/** A date or date-time and a zone are read together in range.ts: one end may depend on the other and on the zone. */
export const costsQuery = z.strictObject({
  period: z.enum(['week', 'month', 'year'], 'send week, month or year').optional(),
  start_date: z.string().max(100, 'send an ISO 8601 date or date-time').optional(),
  end_date: z.string().max(100, 'send an ISO 8601 date or date-time').optional(),
  timezone: z.string().max(64, 'send an IANA zone such as Europe/Berlin').optional(),
  granularity: z.enum(['day', 'hour'], 'send day or hour').default('day'),
  fill: z.enum(['zero'], 'send zero, or leave it out').optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'send three capital letters as in ISO 4217, such as USD')
    .optional(),
  group_by: z.enum(['cost_type', 'job'], 'send cost_type or job').optional(),
  include: z.enum(['estimates'], 'send estimates, or leave it out').optional(),
  limit: limit.default(MOST_RECORDS),
  cursor: z.string().max(500, 'send the next_cursor of an answer').optional(),
});

export type CostsQuery = z.output<typeof costsQuery>;

const exact = z.string().regex(/^-?\d+\.\d{10}$/);
const instant = z.string();

export const costRecord = z.object({
  id: z.uuid(),
  user_id: z.uuid(),
  job_id: z.uuid().nullable(),
  cost_type: z.string(),
  amount: z.number(),
  details: z.unknown(),
  billing_period: z.string(),
  recorded_at: instant,
  amount_exact: exact,
  currency: z.string(),
  state: z.enum(['open', 'final']),
  phase: z.string().nullable(),
  source: z.string(),
  corrects: z.uuid().nullable(),
}) satisfies z.ZodType<CostRecord>;

const group = z.object({ key: z.string().nullable(), label: z.string(), amount: z.number(), amount_exact: exact });
export type CostGroup = z.output<typeof group>;

export const costsAnswer = z.object({
  total_cost: z.number(),
  total_cost_exact: exact,
  cost_by_type: z.record(z.string(), z.number()),
  cost_by_type_exact: z.record(z.string(), exact),
  chart_data: z.array(
    z.object({ date: z.string(), amount: z.number(), amount_exact: exact, start: instant, end: instant }),
  ),
  records: z.array(costRecord),
  next_cursor: z.string().nullable(),
  currency: z.string(),
  timezone: z.string(),
  other_currencies: z.array(z.string()),
  estimated_cost: z.number(),
  estimated_cost_exact: exact,
  estimates: z.array(costRecord).optional(),
  groups: z.array(group).optional(),
  other_groups: z.object({ amount: z.number(), amount_exact: exact }).optional(),
  open_jobs: z.number().int(),
  as_of: instant.nullable(),
  complete: z.boolean(),
  extent: z.object({ first: z.string(), last: z.string() }).nullable(),
});
export type CostsAnswer = z.output<typeof costsAnswer>;

const costPart = z.object({
  source: z.string(),
  cost_type: z.string(),
  currency: z.string(),
  records: z.number().int(),
  amount_exact: exact.describe('Their sum.'),
  billed_ms: z.number().int().nullable().describe('Their billed time, after increment and minimum; null: not by time.'),
  units: z.string().nullable(),
  unit: z.string().nullable(),
  unit_price: z.string().nullable(),
  price_version: z.string().nullable(),
  computed_exact: exact
    .nullable()
    .describe(
      'units × billed_ms × unit_price ÷ unit, rounded once: what the sum has to be. Null where no price says it.',
    ),
});
export type CostPart = z.output<typeof costPart>;

/** GET /api/jobs/{id}/costs. */
export const jobCosts = z.object({
  totals: z.array(z.object({ currency: z.string(), amount: z.number(), amount_exact: exact })),
  parts: z.array(costPart).describe('The records by what they are for and by price; they sum to the totals.'),
  records: z.array(costRecord).describe('Ascending by (recorded_at, id).'),
  next_cursor: z.string().nullable(),
});
export type JobCosts = z.output<typeof jobCosts>;
