/** What an attempt must have cost, worked out from what its run was told to do. Imports nothing of the product. */

export interface OracleStretch {
  readonly start: number;
  readonly end: number;
  readonly phase: string;
}

export interface OracleTerms {
  readonly unitPrice: string;
  readonly incrementMs: number;
  readonly minimumMs: number;
  readonly billedPhases: readonly string[] | null;
}

const QUARTER = 900_000;
const HOUR = 3_600_000n;

/** Decimal text in 10^-10. */
function fixed(text: string): bigint {
  const [whole = '0', rest = ''] = text.split('.');
  return BigInt(whole) * 10_000_000_000n + BigInt(rest.padEnd(10, '0'));
}

/** Money in 10^-10 for that many ms at an hourly price, half up. */
function cost(ms: bigint, { unitPrice, incrementMs, minimumMs }: OracleTerms): bigint {
  if (ms === 0n) return 0n;
  let billed = ms < BigInt(minimumMs) ? BigInt(minimumMs) : ms;
  while (billed % BigInt(incrementMs) !== 0n) billed += BigInt(incrementMs) - (billed % BigInt(incrementMs));
  const scaled = billed * fixed(unitPrice);
  const down = scaled / HOUR;
  return 2n * (scaled % HOUR) >= HOUR ? down + 1n : down;
}

const text = (amount: bigint): string =>
  `${amount / 10_000_000_000n}.${(amount % 10_000_000_000n).toString().padStart(10, '0')}`;

/**
 * Amounts by `bucket phase`, millisecond sums included, by walking over the stretches one piece at a time: what the
 * total costs after each piece less what it cost before it.
 */
export function oracleAttempt(stretches: readonly OracleStretch[], terms: OracleTerms) {
  const sums = new Map<string, { amount: bigint; ms: number }>();
  let total = 0n;
  for (const { start, end, phase } of stretches) {
    if (terms.billedPhases !== null && !terms.billedPhases.includes(phase)) continue;
    let at = start;
    while (at < end) {
      const bucket = at - (at % QUARTER);
      const until = bucket + QUARTER < end ? bucket + QUARTER : end;
      const after = total + BigInt(until - at);
      const key = `${bucket} ${phase}`;
      const known = sums.get(key) ?? { amount: 0n, ms: 0 };
      sums.set(key, {
        amount: known.amount + cost(after, terms) - cost(total, terms),
        ms: known.ms + until - at,
      });
      total = after;
      at = until;
    }
  }
  const charges = [...sums].map(([key, { amount, ms }]) => ({ key, amount: text(amount), ms }));
  return { charges: charges.sort((a, b) => (a.key < b.key ? -1 : 1)), total: text(cost(total, terms)) };
}
