import { z } from 'zod';
import { PHASES, type Phase } from '@/domain/ledger/charge';
import { type Price, type TimeUnit, UNIT_MS } from '@/domain/metering/price';

const units = Object.keys(UNIT_MS) as [TimeUnit, ...TimeUnit[]];

/** What of a price's version, as an attempt has fixed it, metering needs. */
const attemptPrice = z.object({
  billedPhases: z.array(z.enum(PHASES)).nullable(),
  price: z.object({
    version: z.string(),
    currency: z.string(),
    unitPrice: z.string(),
    unit: z.enum(units),
    incrementMs: z.number().optional(),
    minimumMs: z.number().optional(),
  }),
});

/** The price that an attempt is charged by, fixed when it began. */
export interface AttemptPrice {
  readonly price: Price;
  /** Phases that the provider bills; null: all. */
  readonly billedPhases: readonly Phase[] | null;
}

/**
 * Reads the price from an attempt's row.
 *
 * @throws ZodError where the row holds no price
 */
export function readAttemptPrice(value: unknown): AttemptPrice {
  const { billedPhases, price } = attemptPrice.parse(value);
  const { incrementMs, minimumMs, ...rest } = price;
  return {
    billedPhases,
    price: {
      ...rest,
      ...(incrementMs === undefined ? {} : { incrementMs }),
      ...(minimumMs === undefined ? {} : { minimumMs }),
    },
  };
}
