import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FinishedRun, judgeByRuns } from '@/domain/estimates/own-runs';
import { PRIOR_FACTOR } from '@/domain/estimates/prior';

const target = { parameters: 3e9, rank: 16, maxLength: 512 };
const prior = { tokensPerSecond: 1_000 };

/** A run that got through so many tokens a second. */
const run = (tokensPerSecond: number, more: Partial<FinishedRun> = {}): FinishedRun => {
  const gpuCount = more.gpuCount ?? 1;
  const tokens = 1_000_000;
  const trainingMs = Math.round((tokens / (tokensPerSecond * gpuCount)) * 1000);
  return { ...target, gpuCount, tokens, trainingMs, totalMs: trainingMs + 30_000, priorOtherMs: 30_000, ...more };
};

const speed = (runs: readonly FinishedRun[]) => judgeByRuns(target, prior, runs).tokensPerSecond;

describe('without runs', () => {
  test('the prior counts, with its wide interval', () => {
    const judged = judgeByRuns(target, prior, []);
    expect(judged.tokensPerSecond.value).toBeCloseTo(1_000);
    expect(judged.tokensPerSecond.factor).toBeCloseTo(PRIOR_FACTOR);
    expect(judged.otherFactor.value).toBeCloseTo(1);
    expect(judged.runs).toBe(0);
  });
});

describe('runs of one’s own', () => {
  test('move the middle to what was seen, and the more there are the narrower the interval', () => {
    const factors = [0, 1, 3, 10, 100].map((count) => speed(Array.from({ length: count }, () => run(200))).factor);
    expect(factors).toEqual([...factors].sort((a, b) => b - a));
    expect(speed([run(200)]).value).toBeLessThan(250);
    expect(speed(Array.from({ length: 20 }, () => run(200))).value).toBeCloseTo(200, -1);
    expect(factors.at(-1)).toBe(1.1);
  });

  test('that differ among themselves make it wide', () => {
    const alike = Array.from({ length: 20 }, () => run(200));
    const mixed = Array.from({ length: 20 }, (_, n) => run(n % 2 === 0 ? 100 : 400));
    expect(speed(mixed).factor).toBeGreaterThan(2 * speed(alike).factor);
  });

  test('count by the GPU, and by the size of the model', () => {
    expect(speed([run(200, { gpuCount: 8 })]).value).toBeCloseTo(speed([run(200)]).value, 0);
    const smaller = Array.from({ length: 20 }, () => run(400, { parameters: 1.5e9 }));
    expect(speed(smaller).value).toBeCloseTo(200, -1);
  });

  test('of another kind count less than those just alike, and far ones nothing', () => {
    const far = Array.from({ length: 20 }, () => run(50, { parameters: 1e6, rank: 512, maxLength: 16 }));
    expect(judgeByRuns(target, prior, far)).toEqual(judgeByRuns(target, prior, []));
    const near = [run(200), ...Array.from({ length: 2 }, () => run(800, { rank: 256, maxLength: 2048 }))];
    expect(speed(near).value).toBeLessThan(300);
  });

  test('of long ago count less than new ones', () => {
    const runs = Array.from({ length: 200 }, (_, age) => run(age < 60 ? 400 : 200));
    expect(speed(runs).value).toBeGreaterThan(350);
  });

  test('tell how long the time around training really is', () => {
    const runs = Array.from({ length: 10 }, () => run(200, { priorOtherMs: 9_000, totalMs: 5_000_000 + 29_000 }));
    expect(judgeByRuns(target, prior, runs).otherFactor.value).toBeCloseTo(3, 0);
  });

  test('give finite numbers and a factor of at least 1.1 whatever they were', () => {
    const anyRun = fc.record({
      parameters: fc.integer({ min: 1, max: 1e12 }),
      rank: fc.integer({ min: 1, max: 1024 }),
      maxLength: fc.integer({ min: 1, max: 131_072 }),
      gpuCount: fc.integer({ min: 1, max: 64 }),
      tokens: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      trainingMs: fc.integer({ min: 1, max: 3e11 }),
      totalMs: fc.integer({ min: 1, max: 3e11 }),
      priorOtherMs: fc.integer({ min: 0, max: 3e11 }),
    });
    fc.assert(
      fc.property(fc.array(anyRun, { maxLength: 20 }), (runs) => {
        const { tokensPerSecond, otherFactor } = judgeByRuns(target, prior, runs);
        for (const { value, factor } of [tokensPerSecond, otherFactor]) {
          expect(Number.isFinite(value) && value > 0).toBe(true);
          expect(Number.isFinite(factor) && factor >= 1.1).toBe(true);
        }
      }),
    );
  });
});
