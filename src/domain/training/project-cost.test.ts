import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CostProgress, projectCost, type TimeProgress, timeLeft } from '@/domain/training/project-cost';
import { asMoney, formatMoney, parseMoney } from '@/lib/money';

const dollars = parseMoney;
const estimate = { low: dollars('8'), middle: dollars('10'), high: dollars('16') };
const job = (over: Partial<CostProgress>): CostProgress => ({
  ended: false,
  spent: dollars('0'),
  setup: dollars('0'),
  step: 0,
  totalSteps: 100,
  estimate,
  ...over,
});
const shown = (over: Partial<CostProgress>) => {
  const projected = projectCost(job(over));
  return projected === null
    ? null
    : [projected.low, projected.middle, projected.high].map((m) => Number(formatMoney(m)));
};

describe('what a job will have cost', () => {
  test.each<[string, Partial<CostProgress>, number[] | null]>([
    ['before it starts it is the estimate', {}, [8, 10, 16]],
    ['setting up is part of the estimate', { spent: dollars('1'), setup: dollars('1') }, [8, 10, 16]],
    ['a setup dearer than the estimate is not paid back', { spent: dollars('20'), setup: dollars('20') }, [20, 20, 20]],
    // w = 0.5: half of 0.9 × estimate and half of 0.9/0.1 × 1, the pace a quarter less or more
    ['at a tenth of the steps both count alike', { step: 10, spent: dollars('1') }, [7.975, 10, 13.825]],
    ['from a fifth on the pace alone counts', { step: 20, spent: dollars('4') }, [16, 20, 24]],
    ['the setup is not expected again', { step: 50, spent: dollars('6'), setup: dollars('1') }, [9.75, 11, 12.25]],
    ['with every step done nothing more is expected', { step: 100, spent: dollars('9') }, [9, 9, 9]],
    ['more steps than there are count as all', { step: 120, spent: dollars('9') }, [9, 9, 9]],
    [
      'without an estimate the pace counts from the first step',
      { estimate: null, step: 1, spent: dollars('1') },
      [75.25, 100, 124.75],
    ],
    ['nothing known is nothing said', { estimate: null }, null],
    ['unknown steps leave the estimate', { totalSteps: null, spent: dollars('2') }, [10, 12, 18]],
    ['once it has ended it is what it cost', { ended: true, step: 3, spent: dollars('2.5') }, [2.5, 2.5, 2.5]],
    ['also where nothing was known', { ended: true, estimate: null, totalSteps: null }, [0, 0, 0]],
  ])('%s', (_, over, expected) => {
    expect(shown(over)).toEqual(expected);
  });

  const money = fc.bigInt({ min: 0n, max: 10n ** 15n }).map(asMoney);
  const interval = fc
    .tuple(money, money, money)
    .map((bounds) => bounds.toSorted((a, b) => (a < b ? -1 : 1)))
    .map(([low = asMoney(0n), middle = low, high = middle]) => ({ low, middle, high }));
  const anyJob = fc.record({
    ended: fc.boolean(),
    spent: money,
    setup: money,
    step: fc.nat(2 ** 31 - 1),
    totalSteps: fc.option(fc.nat(2 ** 31 - 1)),
    estimate: fc.option(interval),
  });

  test('low ≤ middle ≤ high, never below what was spent, and equal to it at the end', () => {
    fc.assert(
      fc.property(anyJob, (given) => {
        const projected = projectCost(given);
        if (projected === null) {
          expect([given.estimate, given.ended]).toEqual([null, false]);
          return;
        }
        const { low, middle, high } = projected;
        expect(given.spent <= low && low <= middle && middle <= high).toBe(true);
        if (given.ended) expect(high).toBe(given.spent);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a job that costs the same for every step is projected exactly from a fifth of its steps on', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 10 ** 9 }),
        fc.double({ min: 0.2, max: 1, noNaN: true }),
        money,
        (total, each, share, setup) => {
          const step = Math.min(total, Math.max(1, Math.ceil(total * share)));
          const spent = asMoney(setup + BigInt(step) * BigInt(each));
          const projected = projectCost(job({ step, totalSteps: total, spent, setup }));
          expect(projected?.middle).toBe(asMoney(setup + BigInt(total) * BigInt(each)));
        },
      ),
    );
  });
});

describe('how long a run will still take', () => {
  const run = (over: Partial<TimeProgress>): TimeProgress => ({
    trainingFrom: 1_000,
    lastStepAt: 11_000,
    firstStep: 0,
    step: 10,
    totalSteps: 50,
    elapsedMs: 11_000,
    expectedMs: 60_000,
    ...over,
  });
  test.each<[string, Partial<TimeProgress>, number | null]>([
    ['the steps left at the pace of those made', {}, 40_000],
    ['a run that went on from a checkpoint counts its own steps', { firstStep: 5 }, 80_000],
    ['before the first step what is left of the estimate', { step: 0, lastStepAt: null }, 49_000],
    ['no less than nothing', { step: 0, lastStepAt: null, elapsedMs: 99_000 }, 0],
    ['more steps than expected leave nothing', { step: 60 }, 0],
    ['nothing known', { totalSteps: null, expectedMs: null }, null],
    ['a clock set back', { lastStepAt: 500 }, 0],
  ])('%s', (_, over, expected) => {
    expect(timeLeft(run(over))).toBe(expected);
  });
});
