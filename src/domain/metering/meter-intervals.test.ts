import { gpuUnits, oraclePrice, recordedRun } from '@tests/metering/arbitraries';
import { oracleCharges, oracleCost } from '@tests/metering/oracle';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUCKET_MS, type BucketSize } from '@/domain/metering/buckets';
import { type Metering, meterIntervals, type RecordedInterval } from '@/domain/metering/meter-intervals';
import type { Price } from '@/domain/metering/price';
import { formatMoney, sumMoney } from '@/lib/money';

const NOON = Date.parse('2024-05-01T12:00:00Z');
const minutes = (n: number): number => n * 60_000;
const price: Price = { version: 'h100/3', currency: 'USD', unitPrice: '1.89', unit: 'hour' };

const metering = (over: Partial<Metering>): Metering => ({
  costType: 'compute',
  units: '1',
  price,
  bucket: 'quarter',
  intervals: [],
  asOf: Number.POSITIVE_INFINITY,
  endedAt: null,
  ...over,
});

/** Start, phase, amount and minutes of each charge, short enough to read in a table. */
const shown = (over: Partial<Metering>): string[] =>
  meterIntervals(metering(over)).map(
    (c) =>
      `${c.recordedAt.toISOString().slice(11, 16)} ${c.phase ?? '-'} ${formatMoney(c.amount)} ${c.quantityMs / 60_000}`,
  );

describe('charges of a run', () => {
  test('time is cut at the quarter-hours of UTC', () => {
    expect(shown({ intervals: [{ start: NOON + minutes(10), end: NOON + minutes(40) }] })).toEqual([
      '12:00 - 0.1575000000 5',
      '12:15 - 0.4725000000 15',
      '12:30 - 0.3150000000 10',
    ]);
  });

  test('a phase that comes back in a bucket has one charge there, in the order of first appearance', () => {
    const intervals: RecordedInterval[] = [
      { start: NOON, end: NOON + minutes(4), phase: 'training' },
      { start: NOON + minutes(4), end: NOON + minutes(5), phase: 'checkpoint' },
      { start: NOON + minutes(5), end: NOON + minutes(20), phase: 'training' },
    ];
    expect(shown({ intervals })).toEqual([
      '12:00 training 0.4410000000 14',
      '12:00 checkpoint 0.0315000000 1',
      '12:15 training 0.1575000000 5',
    ]);
  });

  test('a billing increment falls where it begins, and the time it has paid is kept with no amount', () => {
    const hourly = { ...price, incrementMs: minutes(60) };
    expect(shown({ price: hourly, intervals: [{ start: NOON, end: NOON + minutes(61) }] })).toEqual([
      '12:00 - 1.8900000000 15',
      '12:15 - 0.0000000000 15',
      '12:30 - 0.0000000000 15',
      '12:45 - 0.0000000000 15',
      '13:00 - 1.8900000000 1',
    ]);
  });

  test('increment and minimum count once for the whole attempt, not once for each phase', () => {
    const rounded = { ...price, incrementMs: minutes(10), minimumMs: minutes(20) };
    const intervals: RecordedInterval[] = [
      { start: NOON, end: NOON + minutes(1), phase: 'setup' },
      { start: NOON + minutes(3), end: NOON + minutes(24), phase: 'training' },
    ];
    expect(shown({ price: rounded, intervals })).toEqual([
      '12:00 setup 0.6300000000 1',
      '12:00 training 0.0000000000 12',
      '12:15 training 0.3150000000 9',
    ]);
  });

  test('a free price keeps its measured time', () => {
    const free = { ...price, unitPrice: '0' };
    expect(shown({ price: free, intervals: [{ start: NOON, end: NOON + 1 }] })).toEqual([
      `12:00 - 0.0000000000 ${1 / 60_000}`,
    ]);
  });

  test('no time gives no charge, and a clock set back never gives a negative one', () => {
    expect(shown({ intervals: [] })).toEqual([]);
    expect(shown({ intervals: [{ start: NOON, end: NOON }] })).toEqual([]);
    const intervals = [
      { start: NOON + minutes(60), end: NOON },
      { start: NOON + minutes(10), end: NOON + minutes(11) },
    ];
    expect(shown({ intervals })).toEqual(['12:00 - 0.0315000000 1']);
  });

  test('a charge names its quantity, unit, price and version', () => {
    const [charge] = meterIntervals(
      metering({
        units: '0.5',
        price: { ...price, minimumMs: minutes(2) },
        intervals: [{ start: NOON, end: NOON + minutes(1) }],
      }),
    );
    expect(charge).toEqual({
      recordedAt: new Date(NOON),
      costType: 'compute',
      phase: null,
      currency: 'USD',
      amount: 315_000_000n,
      quantityMs: 60_000,
      state: 'final',
      details: {
        quantity_ms: 60_000,
        billed_ms: 120_000,
        units: '0.5',
        unit: 'hour',
        unit_price: '1.89',
        price_version: 'h100/3',
      },
    });
  });

  test.each<[string, Partial<Metering>]>([
    [
      'overlapping intervals',
      {
        intervals: [
          { start: 0, end: 10 },
          { start: 9, end: 20 },
        ],
      },
    ],
    [
      'one interval twice',
      {
        intervals: [
          { start: 0, end: 10 },
          { start: 0, end: 10 },
        ],
      },
    ],
    [
      'an interval inside another',
      {
        intervals: [
          { start: 0, end: 10, phase: 'idle' },
          { start: 2, end: 3 },
        ],
      },
    ],
    ['half milliseconds', { intervals: [{ start: 0.5, end: 10 }] }],
    ['an endless interval', { intervals: [{ start: 0, end: Number.POSITIVE_INFINITY }] }],
    ['an invalid date', { intervals: [{ start: Number.NaN, end: 5 }] }],
    ['a thousand years', { intervals: [{ start: 0, end: 365_000 * 86_400_000 }] }],
    [
      'an amount that no column holds',
      { units: '9999999999', price: { ...price, unitPrice: '99' }, intervals: [{ start: 0, end: 9e5 }] },
    ],
  ])('%s: refused', (_, over) => {
    expect(() => meterIntervals(metering(over))).toThrow(RangeError);
  });
});

describe('open and final', () => {
  const intervals = [{ start: NOON, end: NOON + minutes(20) }];
  const states = (over: Partial<Metering>): string[] =>
    meterIntervals(metering({ intervals, ...over })).map((c) => c.state);

  test.each<[string, Partial<Metering>, string[]]>([
    ['a running attempt has its last bucket open', { asOf: NOON + minutes(20) }, ['final', 'open']],
    ['a bucket is final in the instant it ends', { asOf: NOON + minutes(30) }, ['final', 'final']],
    [
      'the end of the attempt makes all final',
      { asOf: NOON + minutes(20), endedAt: NOON + minutes(20) },
      ['final', 'final'],
    ],
    [
      'a grace period keeps what is over open',
      { asOf: NOON + minutes(20), endedAt: NOON + minutes(20), graceMs: 1 },
      ['final', 'open'],
    ],
    ['a longer one more of it', { asOf: NOON + minutes(20), graceMs: minutes(6) }, ['open', 'open']],
    [
      'and then lets go',
      { asOf: NOON + minutes(26), endedAt: NOON + minutes(20), graceMs: minutes(6) },
      ['final', 'final'],
    ],
  ])('%s', (_, over, expected) => {
    expect(states(over)).toEqual(expected);
  });
});

/** Cuts every interval at the given fractions of its length, the phases unchanged. */
function recut(intervals: readonly RecordedInterval[], fractions: readonly number[]): RecordedInterval[] {
  return intervals.flatMap((interval) => {
    const inner = fractions.map((f) => interval.start + Math.floor(f * (interval.end - interval.start)));
    const edges = [interval.start, ...inner.sort((a, b) => a - b), interval.end];
    return edges.slice(1).map((end, n) => ({ ...interval, start: edges[n] ?? end, end }));
  });
}

const bucketSize = fc.constantFrom<BucketSize>('quarter', 'quarter', 'hour', 'day');
const fractions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
const run = fc
  .record({ intervals: recordedRun, units: gpuUnits, rate: oraclePrice, bucket: bucketSize })
  .map(({ intervals, units, rate, bucket }) => ({
    rate,
    input: metering({
      intervals,
      units,
      bucket,
      price: { ...price, unitPrice: rate.unitPrice, incrementMs: rate.incrementMs, minimumMs: rate.minimumMs },
    }),
  }));

describe('however time is cut', () => {
  test('the charges add up to the cost of the whole time, to the last digit', () => {
    fc.assert(
      fc.property(run, fractions, fc.array(fc.constantFrom('idle', 'lost', null)), ({ input, rate }, cuts, phases) => {
        const pieces = recut(input.intervals, cuts).map((piece, n) => ({ ...piece, phase: phases[n] ?? null }));
        const ms = input.intervals.reduce((sum, i) => sum + i.end - i.start, 0);
        const total = sumMoney(meterIntervals({ ...input, intervals: pieces }).map((c) => c.amount));
        expect(total).toBe(oracleCost(BigInt(ms), input.units, rate));
      }),
      { numRuns: 2_000 },
    );
  });

  test('the charges themselves are the same, in whatever order and pieces the time was recorded', () => {
    fc.assert(
      fc.property(run, fractions, ({ input }, cuts) => {
        const pieces = recut(input.intervals, cuts).reverse();
        expect(meterIntervals({ ...input, intervals: pieces })).toEqual(meterIntervals(input));
      }),
      { numRuns: 1_000 },
    );
  });

  test('each charge equals the one worked out from the recorded time before and after it', () => {
    fc.assert(
      fc.property(run, ({ input, rate }) => {
        const intervals = input.intervals.map((i) => ({ ...i, phase: i.phase ?? null }));
        const expected = oracleCharges(intervals, input.units, rate, BUCKET_MS[input.bucket]);
        const charges = meterIntervals(input);
        const actual = charges.map((c) => [`${c.recordedAt.getTime()}|${c.phase ?? ''}`, c.amount, c.quantityMs]);
        expect(actual).toEqual([...expected].map(([key, { amount, ms }]) => [key, amount, ms]));
      }),
      { numRuns: 1_000 },
    );
  });

  test('no charge is negative where the price is not, each has time, and none shares its phase and bucket', () => {
    fc.assert(
      fc.property(run, ({ input }) => {
        fc.pre(!input.price.unitPrice.startsWith('-'));
        const charges = meterIntervals(input);
        expect(charges.filter((c) => c.amount < 0n || c.quantityMs <= 0 || c.details.billed_ms < 0)).toEqual([]);
        expect(new Set(charges.map((c) => `${c.recordedAt.getTime()}|${c.phase}`)).size).toBe(charges.length);
      }),
    );
  });
});

describe('a tick in the middle of a run', () => {
  /** What is recorded at the instant `now`. */
  const until = (intervals: readonly RecordedInterval[], now: number): RecordedInterval[] =>
    intervals.filter((i) => i.start < now).map((i) => ({ ...i, end: Math.min(i.end, now) }));

  test('what it calls final is what the end of the run says', () => {
    fc.assert(
      fc.property(run, fc.double({ min: 0, max: 1, noNaN: true }), ({ input }, share) => {
        const first = input.intervals[0]?.start ?? 0;
        const last = input.intervals.at(-1)?.end ?? 0;
        const now = first + Math.floor(share * (last - first));
        const early = meterIntervals({ ...input, intervals: until(input.intervals, now), asOf: now });
        const late = meterIntervals({ ...input, asOf: last, endedAt: last });
        const finals = early.filter((c) => c.state === 'final');
        expect(finals).toEqual(late.slice(0, finals.length));
        expect(early.length - finals.length).toBeLessThanOrEqual(4);
      }),
      { numRuns: 1_000 },
    );
  });

  test('starting late gives the same charges, without the older ones', () => {
    fc.assert(
      fc.property(run, fc.double({ min: -0.1, max: 1.1, noNaN: true }), ({ input }, share) => {
        const first = input.intervals[0]?.start ?? 0;
        const last = input.intervals.at(-1)?.end ?? 0;
        const from = first + Math.floor(share * (last - first));
        const all = meterIntervals(input);
        const wanted = all.filter((c) => c.recordedAt.getTime() + BUCKET_MS[input.bucket] > from);
        expect(meterIntervals({ ...input, from })).toEqual(wanted);
      }),
      { numRuns: 1_000 },
    );
  });
});
