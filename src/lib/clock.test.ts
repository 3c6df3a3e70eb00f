import { describe, expect, test } from 'vitest';
import { systemClock } from '@/lib/clock';

describe('the clock of this machine', () => {
  test('tells the wall time', () => {
    const before = Date.now();
    const now = systemClock.now().getTime();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  test('hands out a new date each time, so that changing one changes no other', () => {
    const first = systemClock.now();
    first.setTime(0);
    expect(systemClock.now().getTime()).toBeGreaterThan(0);
  });

  test('has a monotonic time that never falls', () => {
    let last = systemClock.monotonicMs();
    for (let i = 0; i < 1_000; i += 1) {
      const next = systemClock.monotonicMs();
      expect(next).toBeGreaterThanOrEqual(last);
      last = next;
    }
  });
});
