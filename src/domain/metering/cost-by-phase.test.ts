import { gpuUnits, oraclePrice, recordedRun } from '@tests/metering/arbitraries';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costByPhase } from '@/domain/metering/cost-by-phase';
import { meterIntervals } from '@/domain/metering/meter-intervals';
import { costOf, type Price } from '@/domain/metering/price';
import { addMoney, formatMoney, type Money, sumMoney, ZERO } from '@/lib/money';

const hourly: Price = { version: 'p/1', currency: 'USD', unitPrice: '3.6', unit: 'hour' };

test('each phase has what its stretches cost', () => {
  const shares = costByPhase(
    [
      { phase: 'setup', start: 0, end: 1_000 },
      { phase: 'training', start: 1_000, end: 5_000 },
      { phase: 'evaluation', start: 5_000, end: 5_000 },
      { phase: 'training', start: 5_000, end: 6_000 },
    ],
    '2',
    hourly,
  );
  expect([...shares].map(([phase, amount]) => [phase, formatMoney(amount)])).toEqual([
    ['setup', '0.0020000000'],
    ['training', '0.0100000000'],
    ['evaluation', '0.0000000000'],
  ]);
});

test('no time has no shares', () => {
  expect([...costByPhase([], '1', hourly)]).toEqual([]);
});

test('the shares are the sums of the charges by phase, and together the cost of the whole', () => {
  fc.assert(
    fc.property(recordedRun, gpuUnits, oraclePrice, (run, units, rule) => {
      const intervals = run.toSorted((a, b) => a.start - b.start).filter(({ start, end }) => end > start);
      const price: Price = { version: 'p', currency: 'USD', unit: 'hour', ...rule };
      const shares = costByPhase(intervals, units, price);
      const charged = new Map<string, Money>();
      for (const { phase, amount } of meterIntervals({
        costType: 'compute',
        units,
        price,
        bucket: 'quarter',
        intervals,
        asOf: Number.POSITIVE_INFINITY,
        endedAt: null,
      })) {
        charged.set(phase ?? '', addMoney(charged.get(phase ?? '') ?? ZERO, amount));
      }
      expect(new Map(shares)).toEqual(charged);
      const ms = intervals.reduce((sum, { start, end }) => sum + end - start, 0);
      expect(sumMoney(shares.values())).toBe(costOf(ms, units, price));
    }),
  );
});
