import { BUCKET_MS, type BucketSize, bucketStart } from '@/domain/metering/buckets';
import { billedMs, costFunction, type Price } from '@/domain/metering/price';
import { addMoney, asMoney, MAX_CHARGE, type Money } from '@/lib/money';

/** A stretch of an attempt, `[start, end)` in milliseconds since 1970. */
export interface RecordedInterval {
  readonly start: number;
  readonly end: number;
  readonly phase?: string | null;
}

/** One source's time of one cost type at one price. */
export interface Metering {
  readonly costType: string;
  /** Decimal text: how many GPUs (or gigabytes …) ran all the time; may be a fraction. */
  readonly units: string;
  readonly price: Price;
  readonly bucket: BucketSize;
  /** Everything recorded since the attempt began, in any order. */
  readonly intervals: readonly RecordedInterval[];
  /** The instant up to which the intervals are known; `Infinity` where nothing more can come (an import). */
  readonly asOf: number;
  /** When the attempt ended; null while it runs. */
  readonly endedAt: number | null;
  /** How long a provider may still report earlier times: charges stay open for so long after their time is over. */
  readonly graceMs?: number;
  /** Leaves out the charges of buckets that end at or before this instant: a tick only needs those that may still grow. */
  readonly from?: number;
}

/** What a charge says about its own making; decimal numbers are text. */
export interface MeteringDetails {
  /** Measured milliseconds in this bucket and phase. */
  readonly quantity_ms: number;
  /** The step of the billed time, after increment and minimum. */
  readonly billed_ms: number;
  readonly units: string;
  readonly unit: Price['unit'];
  readonly unit_price: string;
  readonly price_version: string;
}

/** One charge; there is at most one per phase and bucket. */
export interface MeteredCharge {
  /** The start of the UTC bucket. */
  readonly recordedAt: Date;
  readonly costType: string;
  readonly phase: string | null;
  readonly currency: string;
  readonly amount: Money;
  readonly quantityMs: number;
  readonly state: 'open' | 'final';
  readonly details: MeteringDetails;
}

/** Charges of one metering: ten years of quarter-hours. More is a mistake in the recorded times. */
export const MAX_CHARGES = 366 * 10 * 96;

interface Share {
  readonly bucket: number;
  readonly phase: string | null;
  amount: Money;
  quantityMs: number;
  billedMs: number;
}

/**
 * Turns recorded time into charges. It is a pure function: losing ticks or running one twice changes nothing.
 *
 * A charge is `cost(total ms after it) − cost(total ms before it)`, the totals running over the whole attempt in order
 * of time, so the charges add up to `costOf(whole time)` to the last digit, however finely time is cut. Billing
 * increment and minimum apply to these totals: the step falls where the increment begins. Phases only divide the
 * steps; the pieces of a phase that recurs inside a bucket are one charge.
 *
 * An interval that ends before it starts (a clock was set back) counts as no time. A charge always has measured time;
 * its amount may be zero (a free price, or time that an earlier increment has already paid).
 *
 * A charge is final when its bucket or the attempt was over at `asOf − graceMs`.
 *
 * Throws a `RangeError` where intervals overlap, times are not whole milliseconds, a text is not a plain decimal, or
 * an amount does not fit `numeric(20,10)`.
 */
export function meterIntervals(metering: Metering): MeteredCharge[] {
  return shares(metering).map((share) => {
    if (share.amount > MAX_CHARGE || share.amount < -MAX_CHARGE) {
      throw new RangeError('a charge exceeds 9999999999.9999999999; check the units and the price');
    }
    return toCharge(share, metering);
  });
}

/** The intervals that hold time, ascending; overlapping ones would be billed twice and are refused. */
function inOrder(intervals: readonly RecordedInterval[]): RecordedInterval[] {
  for (const { start, end } of intervals) {
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) {
      throw new RangeError(`an interval must have whole milliseconds; it has ${start} and ${end}`);
    }
  }
  const sorted = intervals.filter((i) => i.end > i.start).sort((a, b) => a.start - b.start);
  sorted.forEach((interval, n) => {
    const previous = sorted[n - 1];
    if (previous !== undefined && previous.end > interval.start) {
      throw new RangeError(
        `intervals overlap: [${previous.start}, ${previous.end}) and [${interval.start}, ${interval.end})`,
      );
    }
  });
  return sorted;
}

/** Cuts the time into (bucket, phase) shares, each with the step of the cumulative cost that it makes. */
function shares({ units, price, bucket: size, intervals, from = -Infinity }: Metering): Share[] {
  const cost = costFunction(units, price);
  const firstBucket = from === -Infinity ? from : bucketStart(from, size);
  const found: Share[] = [];
  let totalMs = 0;
  for (const { start, end, phase = null } of inOrder(intervals)) {
    // Time before the first bucket of interest only moves the total.
    const wanted = Math.min(Math.max(start, firstBucket), end);
    totalMs += wanted - start;
    for (let at = wanted; at < end; ) {
      const bucket = bucketStart(at, size);
      const until = Math.min(end, bucket + BUCKET_MS[size]);
      const share = shareOf(found, bucket, phase);
      const after = totalMs + (until - at);
      share.amount = addMoney(share.amount, asMoney(cost(after) - cost(totalMs)));
      share.quantityMs += until - at;
      share.billedMs += billedMs(after, price) - billedMs(totalMs, price);
      totalMs = after;
      at = until;
    }
  }
  return found;
}

/** The share of this bucket and phase, made where it is new. Buckets come in order: only the last ones can match. */
function shareOf(found: Share[], bucket: number, phase: string | null): Share {
  for (let i = found.length - 1; i >= 0 && found[i]?.bucket === bucket; i -= 1) {
    const share = found[i];
    if (share?.phase === phase) return share;
  }
  if (found.length >= MAX_CHARGES) throw new RangeError('the recorded times span more than ten years of charges');
  const share: Share = { bucket, phase, amount: asMoney(0n), quantityMs: 0, billedMs: 0 };
  found.push(share);
  return share;
}

function toCharge(
  share: Share,
  { costType, units, price, bucket, asOf, endedAt, graceMs = 0 }: Metering,
): MeteredCharge {
  const over = Math.min(share.bucket + BUCKET_MS[bucket], endedAt ?? Number.POSITIVE_INFINITY);
  return {
    recordedAt: new Date(share.bucket),
    costType,
    phase: share.phase,
    currency: price.currency,
    amount: share.amount,
    quantityMs: share.quantityMs,
    state: over <= asOf - graceMs ? 'final' : 'open',
    details: {
      quantity_ms: share.quantityMs,
      billed_ms: share.billedMs,
      units,
      unit: price.unit,
      unit_price: price.unitPrice,
      price_version: price.version,
    },
  };
}
