import { divideRounded, FIXED_DECIMALS, formatFixed, parseFixed } from '@/lib/decimal';

export { divideRounded };

declare const moneyBrand: unique symbol;

/** An exact amount of one currency, counted in 10^-10 units of it. Which currency is said beside it. */
export type Money = bigint & { readonly [moneyBrand]: true };

/** No money. */
export const ZERO: Money = 0n as Money;

/** The largest size of one charge: the column is `numeric(20,10)`. Sums may be larger. */
export const MAX_CHARGE: Money = (10n ** 20n - 1n) as Money;

const PER_CENT = 10n ** BigInt(FIXED_DECIMALS - 2);

/** Marks a count of 10^-10 currency units as money; for arithmetic that has just been done in that unit. */
export const asMoney = (tenBillionths: bigint): Money => tenBillionths as Money;

/** Reads plain decimal text with up to 10 decimals, as Postgres writes a `numeric`; throws a `RangeError` on all else. */
export const parseMoney = (text: string): Money => parseFixed(text) as Money;

/** The canonical exact text, always with ten decimals: `-0.5000000000`. */
export const formatMoney = (amount: Money): string => formatFixed(amount);

/** The double nearest to the exact amount: for answers that carry the exact text beside it, never for arithmetic. */
export const moneyToNumber = (amount: Money): number => Number(formatMoney(amount));

/** The amount rounded once, half away from zero, to 2 decimals. */
export function roundToCents(amount: Money): number {
  const cents = divideRounded(amount, PER_CENT);
  return moneyToNumber((cents * PER_CENT) as Money);
}

/** The exact sum of two amounts of one currency. */
export const addMoney = (a: Money, b: Money): Money => (a + b) as Money;

/** The exact sum of any number of amounts of one currency; of none it is zero. */
export function sumMoney(amounts: Iterable<Money>): Money {
  let sum = 0n;
  for (const amount of amounts) sum += amount;
  return sum as Money;
}
