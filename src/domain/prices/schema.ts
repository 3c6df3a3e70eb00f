import { z } from 'zod';
import { PHASES } from '@/domain/ledger/charge';
import { TIME_UNITS } from '@/domain/prices/price';

export const PRICE_KINDS = ['gpu', 'storage'] as const;
export type PriceKind = (typeof PRICE_KINDS)[number];
export const PURCHASE_OPTIONS = ['on_demand', 'spot', 'reserved', 'serverless', 'owned'] as const;
export type PurchaseOption = (typeof PURCHASE_OPTIONS)[number];

const MOST_PRICES = 1_000;
const LARGEST_INTEGER = 2 ** 31 - 1;
const LIMIT_HELP = `send a whole number from 1 to ${MOST_PRICES}`;

/** What the database can be asked for: no control characters, no half of a pair. */
const NAME = /^[^\p{C}]{1,50}$/u;

export const pricesQuery = z.strictObject({
  provider: z.string().regex(NAME, 'send the name of a provider').optional(),
  gpu_type: z.string().regex(NAME, 'send the name of a GPU').optional(),
  kind: z.enum(PRICE_KINDS, `send one of ${PRICE_KINDS.join(', ')}`).optional(),
  versions: z.enum(['current', 'all'], 'send current or all').default('current'),
  limit: z
    .string()
    .regex(/^\d{1,10}$/, LIMIT_HELP)
    .transform(Number)
    .refine((n) => n >= 1 && n <= LARGEST_INTEGER, LIMIT_HELP)
    .transform((n) => Math.min(n, MOST_PRICES))
    .default(200),
  cursor: z.string().max(1_000, 'send the next_cursor of an answer').optional(),
});
export type PricesQuery = z.output<typeof pricesQuery>;

/** A version of a price as the API shows it; decimal numbers are exact text, instants ISO 8601. */
export const listedPrice = z.object({
  id: z.uuid(),
  provider: z.string(),
  sku: z.string(),
  kind: z.enum(PRICE_KINDS),
  gpu_type: z.string().nullable(),
  gpu_memory_gb: z.number().nullable(),
  gpu_count: z.int().nullable(),
  region: z.string(),
  purchase_option: z.enum(PURCHASE_OPTIONS),
  unit: z.enum(TIME_UNITS),
  unit_price: z.string(),
  currency: z.string(),
  increment_ms: z.int(),
  minimum_ms: z.int(),
  billed_phases: z.array(z.enum(PHASES)).nullable(),
  version: z.int(),
  valid_from: z.string(),
  valid_to: z.string().nullable(),
  origin: z.string(),
  observed_on: z.string(),
});
export type ListedPrice = z.output<typeof listedPrice>;

export const pricesAnswer = z.object({ prices: z.array(listedPrice), next_cursor: z.string().nullable() });
export type PricesAnswer = z.output<typeof pricesAnswer>;
