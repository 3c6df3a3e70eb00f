import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PHASES, type Phase } from '@/domain/ledger/charge';
import { billedIntervals } from '@/domain/metering/billed-phases';
import { meterIntervals } from '@/domain/metering/meter-intervals';
import { costOf, type Price } from '@/domain/metering/price';
import { sumMoney } from '@/lib/money';

const price: Price = { version: 'a/b/1', currency: 'USD', unitPrice: '1.89', unit: 'hour', incrementMs: 60_000 };
const phases: (Phase | null)[] = [...PHASES, null];

/** One stretch after the other, each in a phase of its own. */
const stretches = fc
  .array(fc.record({ ms: fc.nat(4_000_000), phase: fc.constantFrom(...phases) }), { maxLength: 12 })
  .map((given) => {
    let at = Date.parse('2026-05-01T00:00:00Z');
    return given.map(({ ms, phase }) => {
      const start = at;
      at += ms;
      return { start, end: at, phase };
    });
  });

test('a price that names no phases bills all of them', () => {
  const intervals = phases.map((phase, n) => ({ start: n, end: n + 1, phase }));
  expect(billedIntervals(intervals, null)).toEqual(intervals);
});

test('time in other phases is left out, but for lost time and time without a phase', () => {
  const intervals = phases.map((phase, n) => ({ start: n, end: n + 1, phase }));
  expect(billedIntervals(intervals, ['training']).map(({ phase }) => phase)).toEqual(['training', 'lost', null]);
});

test('what is metered then costs what the billed time costs, increments and all', () => {
  fc.assert(
    fc.property(stretches, fc.subarray([...PHASES]), (intervals, billed) => {
      const ms = intervals
        .filter(({ phase }) => phase === null || phase === 'lost' || billed.includes(phase))
        .reduce((sum, { start, end }) => sum + end - start, 0);
      const charges = meterIntervals({
        costType: 'compute',
        units: '2',
        price,
        bucket: 'quarter',
        intervals: billedIntervals(intervals, billed),
        asOf: Number.POSITIVE_INFINITY,
        endedAt: null,
      });
      expect(sumMoney(charges.map(({ amount }) => amount))).toBe(costOf(ms, '2', price));
    }),
  );
});
