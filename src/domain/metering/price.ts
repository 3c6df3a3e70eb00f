import type { Price, TimeUnit } from '@/domain/prices/price';
import { divideRounded, FIXED_ONE, parseFixed } from '@/lib/decimal';
import { asMoney, type Money } from '@/lib/money';

// a price is a fact of the catalogue; what time costs by it is worked out here
export type { Price, TimeUnit };

/** Milliseconds in each unit of time; a month is 30 days. */
export const UNIT_MS: Readonly<Record<TimeUnit, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  month: 30 * 86_400_000,
};

function wholeMs(value: number, name: string, least: number): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} must be a whole number of milliseconds, at least ${least}; it is ${value}`);
  }
  return value;
}

/**
 * The milliseconds that are billed for `ms` measured ones: nothing for nothing, else the larger of `ms` and the
 * minimum, rounded up to whole increments. It never falls as `ms` grows.
 */
export function billedMs(ms: number, price: Pick<Price, 'incrementMs' | 'minimumMs'>): number {
  const increment = wholeMs(price.incrementMs ?? 1, 'incrementMs', 1);
  const minimum = wholeMs(price.minimumMs ?? 0, 'minimumMs', 0);
  if (wholeMs(ms, 'a duration', 0) === 0) return 0;
  return wholeMs(Math.ceil(Math.max(ms, minimum) / increment) * increment, 'a billed duration', 0);
}

/** Reads units and price once and gives the function `measured ms → exact cost`; see `costOf`. */
export function costFunction(units: string, price: Price): (ms: number) => Money {
  const perMs = parseFixed(units) * parseFixed(price.unitPrice);
  if (parseFixed(units) < 0n) throw new RangeError(`units must not be negative; they are ${units}`);
  // Units and price both carry 10 decimals and the money 10: one power of ten remains in the divisor.
  const divisor = BigInt(UNIT_MS[price.unit]) * FIXED_ONE;
  return (ms) => asMoney(divideRounded(perMs * BigInt(billedMs(ms, price)), divisor));
}

/**
 * What `ms` measured milliseconds cost, exactly:
 * `round(units × billedMs(ms) × unit_price / unit_ms, 10)`, rounded once, half away from zero.
 *
 * `units` is decimal text, not negative, up to 10 decimals (GPUs may be shared); a price may be negative (a credit).
 * Throws a `RangeError` where `ms` is negative or not whole, or a text is not a plain decimal.
 */
export const costOf = (ms: number, units: string, price: Price): Money => costFunction(units, price)(ms);
