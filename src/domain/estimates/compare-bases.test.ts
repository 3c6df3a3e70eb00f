import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareBases, type JudgedRun, medianOf } from '@/domain/estimates/compare-bases';

/** A run on a machine that does `speed` tokens a second where 1,000 were expected. */
const run = (speed: number): JudgedRun => {
  const trainingMs = Math.round((1_000_000 / speed) * 1000);
  return {
    parameters: 3e9,
    rank: 16,
    maxLength: 512,
    gpuCount: 1,
    tokens: 1_000_000,
    trainingMs,
    totalMs: trainingMs + 10_000,
    priorOtherMs: 10_000,
    priorTokensPerSecond: 1_000,
  };
};

test('the median is the middle, or the mean of the two in the middle', () => {
  expect(medianOf([3, 1, 2])).toBe(2);
  expect(medianOf([4, 1, 3, 2])).toBe(2.5);
  expect(() => medianOf([])).toThrow(RangeError);
});

describe('estimates of runs whose ends are known', () => {
  test('by the prior are off by what was planted, by the others they are not', () => {
    const errors = compareBases(Array.from({ length: 30 }, () => run(500)));
    expect(errors).toMatchObject({ runs: 30, prior: expect.closeTo(Math.log(2), 1), priorInside: 1, ownRunsInside: 1 });
    expect(errors?.ownRuns).toBeLessThan(0.02);
  });

  test('are not made from the run itself: a single one has only the prior', () => {
    const errors = compareBases([run(200)]);
    expect(errors?.ownRuns).toBe(errors?.prior);
    expect(errors).toMatchObject({ priorInside: 0, ownRunsInside: 0 });
  });

  test('know the runs that they are told to know', () => {
    const runs = [run(200), run(200), run(1_000)];
    const later = compareBases(runs, (index) => (index === 0 ? runs.slice(1) : null));
    expect(later?.runs).toBe(1);
    expect(compareBases(runs, () => null)).toBeNull();
  });

  test('by other runs are no worse than the prior where all runs are alike', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e6, noNaN: true }), fc.integer({ min: 2, max: 20 }), (speed, count) => {
        const errors = compareBases(Array.from({ length: count }, () => run(speed)));
        expect(errors?.ownRuns).toBeLessThanOrEqual((errors?.prior ?? 0) + 1e-3);
      }),
    );
  });
});
