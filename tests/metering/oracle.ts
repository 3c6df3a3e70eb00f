/** What metered time costs, worked out a second time and in another way. Imports nothing of the product. */

export interface OraclePrice {
  readonly unitPrice: string;
  readonly unitMs: number;
  readonly incrementMs: number;
  readonly minimumMs: number;
}

export interface OracleInterval {
  readonly start: number;
  readonly end: number;
  readonly phase: string | null;
}

/** A decimal text as an exact fraction. */
function fraction(text: string): { n: bigint; d: bigint } {
  const [whole = '', decimals = ''] = text.replace('-', '').split('.');
  const n = BigInt(whole + decimals);
  return { n: text.startsWith('-') ? -n : n, d: 10n ** BigInt(decimals.length) };
}

/** n/d in 10^-10, half away from zero, by looking at the remainder. */
function tenBillionths(n: bigint, d: bigint): bigint {
  const size = (n < 0n ? -n : n) * 10_000_000_000n;
  const down = size / d;
  const rest = size - down * d;
  const up = rest + rest >= d ? down + 1n : down;
  return n < 0n ? -up : up;
}

/** The cost of `ms` measured milliseconds in 10^-10 currency units. */
export function oracleCost(ms: bigint, units: string, price: OraclePrice): bigint {
  let billed = 0n;
  if (ms > 0n) {
    const least = ms > BigInt(price.minimumMs) ? ms : BigInt(price.minimumMs);
    const increment = BigInt(price.incrementMs);
    billed = least % increment === 0n ? least : least - (least % increment) + increment;
  }
  const u = fraction(units);
  const p = fraction(price.unitPrice);
  return tenBillionths(u.n * p.n * billed, u.d * p.d * BigInt(price.unitMs));
}

/**
 * Amount and milliseconds per `bucket start|phase`: for each piece the cost of all recorded time before its end, less
 * the cost of all recorded time before its start, where "recorded time before t" is measured afresh each time.
 */
export function oracleCharges(
  intervals: readonly OracleInterval[],
  units: string,
  price: OraclePrice,
  bucketMs: number,
): Map<string, { amount: bigint; ms: number }> {
  const before = (t: number): bigint =>
    intervals.reduce((sum, i) => sum + BigInt(Math.max(0, Math.min(i.end, t) - i.start)), 0n);
  const charges = new Map<string, { amount: bigint; ms: number }>();
  for (const { start, end, phase } of intervals) {
    if (end <= start) continue;
    const edges = [start, end];
    for (let k = Math.ceil(start / bucketMs); k * bucketMs < end; k += 1)
      if (k * bucketMs > start) edges.push(k * bucketMs);
    edges.sort((a, b) => a - b);
    edges.slice(1).forEach((to, n) => {
      const at = edges[n] ?? to;
      const key = `${Math.floor(at / bucketMs) * bucketMs}|${phase ?? ''}`;
      const sum = charges.get(key) ?? { amount: 0n, ms: 0 };
      sum.amount += oracleCost(before(to), units, price) - oracleCost(before(at), units, price);
      sum.ms += to - at;
      charges.set(key, sum);
    });
  }
  return charges;
}
