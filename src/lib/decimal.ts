/** Decimals of every fixed-point number here; the scale of `numeric(20,10)`. */
export const FIXED_DECIMALS = 10;

/** The value 1 as a fixed-point number. */
export const FIXED_ONE: bigint = 10n ** BigInt(FIXED_DECIMALS);

// 30 digits leave room above the 20 of a roll-up's numeric(30,10), and keep a hostile text from costing time.
const PLAIN_DECIMAL = /^(-?)([0-9]{1,30})(?:\.([0-9]{1,10}))?$/;

/**
 * Reads plain decimal text (`12`, `-0.5`, `3.0000000001`) as a whole number of 10^-10.
 * Exponents, signs other than `-`, blanks, `NaN`, more than 10 decimals or 30 whole digits throw a `RangeError`.
 */
export function parseFixed(text: string): bigint {
  const match = PLAIN_DECIMAL.exec(text);
  if (match === null) {
    throw new RangeError(
      `${JSON.stringify(text.slice(0, 60))} is not a plain decimal number with at most ${FIXED_DECIMALS} decimals, like 12.50`,
    );
  }
  const [, sign, whole = '', decimals = ''] = match;
  const digits = BigInt(whole + decimals.padEnd(FIXED_DECIMALS, '0'));
  return sign === '-' ? -digits : digits;
}

/** The canonical text: always ten decimals, no `-0`, no leading zeros but one before the point. */
export function formatFixed(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(FIXED_DECIMALS + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -FIXED_DECIMALS)}.${digits.slice(-FIXED_DECIMALS)}`;
}

/** `n / d` as a whole number, rounded once, half away from zero; throws a `RangeError` where `d` is 0. */
export function divideRounded(n: bigint, d: bigint): bigint {
  if (d === 0n) throw new RangeError('division by zero');
  const negative = n < 0n !== d < 0n;
  const size = n < 0n ? -n : n;
  const by = d < 0n ? -d : d;
  const quotient = (2n * size + by) / (2n * by);
  return negative ? -quotient : quotient;
}
