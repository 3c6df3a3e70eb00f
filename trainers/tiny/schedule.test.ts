import { describe, expect, it } from 'vitest';
import { learningRate, type Schedule } from './schedule.ts';

const LINEAR: Schedule = { peak: 1, total: 10, warmup: 0.2, decay: 'linear' };

const all = (schedule: Schedule): number[] =>
  Array.from({ length: schedule.total }, (_, step) => learningRate(schedule, step));

const close = (found: readonly number[], wanted: readonly number[]): void =>
  found.forEach((value, at) => {
    expect(value).toBeCloseTo(wanted[at], 10);
  });

describe('the learning rate', () => {
  it('rises in a line to its peak, then falls in a line', () => {
    close(all(LINEAR), [0.5, 1, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]);
  });

  it('falls along half a cosine', () => {
    const cosine = all({ ...LINEAR, total: 8, warmup: 0, decay: 'cosine' });
    expect(cosine[0]).toBe(1);
    expect(cosine[4]).toBeCloseTo(0.5, 10);
    expect(cosine[2]).toBeCloseTo((1 + Math.SQRT1_2) / 2, 10);
    expect(cosine.toSorted((a, b) => b - a)).toEqual(cosine);
  });

  it.each([0, 0.03, 0.5, 1])('is never zero and never above its peak, warm-up %d', (warmup) => {
    for (const total of [1, 2, 7, 100]) {
      for (const rate of all({ peak: 3, total, warmup, decay: 'linear' })) {
        expect(rate).toBeGreaterThan(0);
        expect(rate).toBeLessThanOrEqual(3);
      }
    }
  });
});
