import type { NewCharge } from '@/domain/ledger/charge';
import { billedIntervals } from '@/domain/metering/billed-phases';
import { BUCKET_MS, bucketStart } from '@/domain/metering/buckets';
import { costByPhase } from '@/domain/metering/cost-by-phase';
import { type MeteredCharge, meterIntervals, type RecordedInterval } from '@/domain/metering/meter-intervals';
import type { AttemptPrice } from '@/domain/training/attempt-price';
import type { BucketSteps, Timeline } from '@/domain/training/segments';
import type { UserId } from '@/lib/ids';
import { type Money, sumMoney } from '@/lib/money';

/** What an attempt's charges are made of, besides its time. */
export interface MeteredAttempt {
  readonly id: string;
  readonly jobId: string;
  readonly userId: UserId;
  readonly price: AttemptPrice;
  /** Decimal text. */
  readonly units: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Its time is in the ledger up to here, ms since 1970; null: none of it. */
  readonly meteredTo: number | null;
}

export const COMPUTE = 'compute';

/** The name under which the ledger knows an attempt. */
export const attemptSource = (attemptId: string): string => `attempt:${attemptId}`;

/** The charged time of a timeline up to `asOf`. */
function chargedTime({ price }: MeteredAttempt, { segments }: Timeline, asOf: number) {
  const known = segments
    .filter(({ startedAt }) => startedAt < asOf)
    .map(({ phase, startedAt, endedAt }) => ({ phase, start: startedAt, end: Math.min(endedAt ?? asOf, asOf) }));
  return billedIntervals(known, price.billedPhases);
}

/** What an attempt costs: the sum of all its charges, to the last digit, and the same by phase. */
export interface AttemptCost {
  readonly cost: Money;
  readonly byPhase: ReadonlyMap<string, Money>;
}

export function attemptCost(attempt: MeteredAttempt, timeline: Timeline, asOf: number): AttemptCost {
  const byPhase = costByPhase(chargedTime(attempt, timeline, asOf), attempt.units, attempt.price.price);
  return { cost: sumMoney(byPhase.values()), byPhase };
}

/** Time before `from` only moves the total, so it may stand as one piece that ends there. */
function joinBefore(intervals: readonly RecordedInterval[], from: number): RecordedInterval[] {
  let before = 0;
  const rest: RecordedInterval[] = [];
  for (const interval of intervals) {
    const end = Math.min(interval.end, from);
    before += Math.max(0, end - interval.start);
    if (interval.end > from) rest.push({ ...interval, start: Math.max(interval.start, from) });
  }
  return before > 0 ? [{ start: from - before, end: from, phase: null }, ...rest] : rest;
}

const keyOf = (bucket: number, phase: string | null | undefined): string => `${bucket} ${phase ?? ''}`;

/** Which charges have time after `since`; the others stand in the ledger as they are. */
function grownKeys(intervals: readonly RecordedInterval[], since: number): Set<string> {
  const keys = new Set<string>();
  for (const { start, end, phase } of intervals) {
    let at = Math.max(start, since);
    while (at < end) {
      const bucket = bucketStart(at, 'quarter');
      keys.add(keyOf(bucket, phase));
      at = bucket + BUCKET_MS.quarter;
    }
  }
  return keys;
}

/**
 * The charges of an attempt that its time since the last metering changes, up to `asOf`; with `endedAt` all that are not
 * final yet, as they then remain. Charges of quarter-hours that were over at the last metering are final and left out.
 *
 * @throws RangeError where the times or the price make no charge
 */
export function attemptCharges(
  attempt: MeteredAttempt,
  timeline: Timeline,
  { asOf, endedAt }: { asOf: number; endedAt: number | null },
): NewCharge[] {
  const { meteredTo, price, units } = attempt;
  const from = meteredTo === null ? null : bucketStart(meteredTo, 'quarter');
  const intervals = chargedTime(attempt, timeline, endedAt ?? asOf);
  const grown = grownKeys(intervals, meteredTo ?? Number.NEGATIVE_INFINITY);
  return meterIntervals({
    costType: COMPUTE,
    units,
    price: price.price,
    bucket: 'quarter',
    intervals: from === null ? intervals : joinBefore(intervals, from),
    asOf: endedAt === null ? asOf : Number.POSITIVE_INFINITY,
    endedAt,
    ...(from === null ? {} : { from }),
  })
    .filter(({ state, recordedAt, phase }) => state === 'final' || grown.has(keyOf(recordedAt.getTime(), phase)))
    .map((charge) => toCharge(charge, attempt, timeline.steps));
}

function toCharge(
  { recordedAt, costType, phase, currency, amount, state, details }: MeteredCharge,
  { id, jobId, userId, tags }: MeteredAttempt,
  steps: readonly BucketSteps[],
): NewCharge {
  const made = steps.findLast((entry) => entry.bucket === recordedAt.getTime() && entry.phase === phase);
  return {
    userId,
    jobId,
    source: attemptSource(id),
    costType,
    phase: phase as NewCharge['phase'],
    recordedAt,
    currency,
    amount,
    state,
    details: { ...details, first_step: made?.first ?? null, last_step: made?.last ?? null },
    tags,
  };
}
