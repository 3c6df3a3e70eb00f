import { z } from 'zod';
import { TIME_UNITS } from '@/domain/prices/price';
import { PURCHASE_OPTIONS } from '@/domain/prices/schema';

const count = z.int().min(0);
const exact = z.string().regex(/^-?\d+\.\d{10}$/);
const amount = z.object({ amount: z.number(), amount_exact: exact });
const phase = z.object({ ms: count, cost: z.number(), cost_exact: exact });

/** Basis of an estimate: it is kept with the job, so that later estimates can learn from this run. */
const basis = z.object({
  kind: z.enum(['own_runs', 'prior']).describe('The account’s own finished runs, or arithmetic and data sheets.'),
  runs: count.describe('Finished runs that had a say.'),
  tokens_per_second: z.number().describe('Trained on, padding included, by all GPUs together.'),
  factor: z.number().describe('By which training may be faster or slower, nine times out of ten.'),
  note: z.string(),
  prior_tokens_per_second: z.number().describe('Of one GPU, without the account’s own runs.'),
  prior_other_ms: z.number().describe('Time around training, without the account’s own runs.'),
});

/** What a run is expected to cost and to take. */
export const estimate = z.object({
  cost: z.object({ low: amount, middle: amount, high: amount }),
  currency: z.string(),
  duration_ms: z.object({ low: count, middle: count, high: count }),
  breakdown: z
    .object({ setup: phase, training: phase, evaluation: phase, saving: phase })
    .describe('Of the middle; the costs sum to it. Saving includes the checkpoints.'),
  storage_per_month: z
    .object({ bytes: count, amount: z.number(), amount_exact: exact, currency: z.string() })
    .describe('Of the adapter, for 30 days, after the run and until it is deleted.'),
  steps: count,
  tokens: count.describe('Trained on in all epochs together, padding included.'),
  price: z.object({
    id: z.uuid(),
    version: z.string(),
    provider: z.string(),
    sku: z.string(),
    region: z.string(),
    purchase_option: z.enum(PURCHASE_OPTIONS),
    unit: z.enum(TIME_UNITS),
    unit_price: z.string(),
    units: z.string().describe('How many of what the price is for.'),
    currency: z.string(),
  }),
  run: z
    .object({
      base_model: z.string(),
      parameters: count,
      rank: count,
      max_length: count,
      trainer: z.string(),
      gpu_type: z.string(),
      gpu_count: count,
    })
    .describe('What runs are compared by.'),
  basis,
  estimated_at: z.string(),
});
export type Estimate = z.output<typeof estimate>;
export type EstimateBasis = Estimate['basis'];
