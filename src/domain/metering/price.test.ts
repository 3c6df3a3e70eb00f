import { decimalText, gpuUnits, oraclePrice } from '@tests/metering/arbitraries';
import { oracleCost } from '@tests/metering/oracle';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { billedMs, costOf, type Price, UNIT_MS } from '@/domain/metering/price';
import { formatMoney } from '@/lib/money';

const hourly = (unitPrice: string, rest: Partial<Price> = {}): Price => ({
  version: 'p1',
  currency: 'USD',
  unitPrice,
  unit: 'hour',
  ...rest,
});

describe('the cost of a stretch of time', () => {
  test.each([
    [3_600_000, '1', '1.89', '1.8900000000'],
    [1, '1', '1.09', '0.0000003028'],
    [0, '8', '1.89', '0.0000000000'],
    [1_800_000, '0.25', '2', '0.2500000000'],
    [1_000, '1', '0', '0.0000000000'],
    [86_400_000, '8', '0.0000000001', '0.0000000192'],
    // Ties: half of 10^-10 goes away from zero, on both sides of it.
    [1_800_000, '1', '0.0000000001', '0.0000000001'],
    [1_799_999, '1', '0.0000000001', '0.0000000000'],
    [1_800_000, '1', '-0.0000000001', '-0.0000000001'],
    [5_400_000, '1', '0.0000000001', '0.0000000002'],
    [1_800_000, '0.0000000001', '1', '0.0000000001'],
  ])('%d ms of %s at %s an hour is %s', (ms, units, unitPrice, amount) => {
    expect(formatMoney(costOf(ms, units, hourly(unitPrice)))).toBe(amount);
  });

  test.each([
    ['second', '0.000525', '1.8900000000'],
    ['minute', '0.0315', '1.8900000000'],
    ['hour', '1.89', '1.8900000000'],
    ['day', '45.36', '1.8900000000'],
    ['month', '1360.8', '1.8900000000'],
  ] as const)('an hour at a price per %s of %s is %s', (unit, unitPrice, amount) => {
    expect(formatMoney(costOf(3_600_000, '1', hourly(unitPrice, { unit })))).toBe(amount);
  });

  test('a second, a minute, an hour and a day have their usual lengths, and a month has 30 days', () => {
    expect(UNIT_MS).toEqual({ second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000, month: 2_592_000_000 });
  });

  test('equals exact fractions, rounded once', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.oneof(gpuUnits, decimalText(100_000)), oraclePrice, (ms, units, price) => {
        const { unitPrice, incrementMs, minimumMs } = price;
        const amount = costOf(ms, units, hourly(unitPrice, { incrementMs, minimumMs }));
        expect(amount).toBe(oracleCost(BigInt(ms), units, price));
      }),
      { numRuns: 5_000 },
    );
  });

  test('never falls as time grows, where the price is not negative', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), fc.nat(2 ** 31), gpuUnits, oraclePrice, (a, b, units, { unitPrice, ...rest }) => {
        fc.pre(!unitPrice.startsWith('-'));
        const price = hourly(unitPrice, { incrementMs: rest.incrementMs, minimumMs: rest.minimumMs });
        expect(costOf(Math.max(a, b), units, price) >= costOf(Math.min(a, b), units, price)).toBe(true);
      }),
    );
  });

  test.each([
    [-1, '1', '1'],
    [1.5, '1', '1'],
    [Number.NaN, '1', '1'],
    [Number.POSITIVE_INFINITY, '1', '1'],
    [2 ** 53, '1', '1'],
    [1, '-1', '1'],
    [1, 'NaN', '1'],
    [1, '1e3', '1'],
    [1, '1', '1e400'],
    [1, '1', '0.00000000001'],
    [1, '1', ''],
  ])('%d ms of %s at %s is refused', (ms, units, unitPrice) => {
    expect(() => costOf(ms, units, hourly(unitPrice))).toThrow(RangeError);
  });
});

describe('billed time', () => {
  test.each([
    [0, 60_000, 600_000, 0],
    [1, 60_000, 600_000, 600_000],
    [600_000, 60_000, 600_000, 600_000],
    [600_001, 60_000, 600_000, 660_000],
    [1, 60_000, 0, 60_000],
    [60_000, 60_000, 0, 60_000],
    [60_001, 60_000, 0, 120_000],
    [1, 1, 90_000, 90_000],
    // A minimum that is no multiple of the increment is rounded up to one.
    [1, 60_000, 90_000, 120_000],
  ])('%d ms at increments of %d and a minimum of %d are billed as %d', (ms, incrementMs, minimumMs, billed) => {
    expect(billedMs(ms, { incrementMs, minimumMs })).toBe(billed);
  });

  test('is the measured time where the provider names neither', () => {
    expect(billedMs(12_345, {})).toBe(12_345);
  });

  test.each([
    [{ incrementMs: 0 }],
    [{ incrementMs: 0.5 }],
    [{ incrementMs: -1 }],
    [{ minimumMs: -1 }],
    [{ minimumMs: Number.NaN }],
  ])('%j is refused', (rule) => {
    expect(() => billedMs(1, rule)).toThrow(RangeError);
  });
});
