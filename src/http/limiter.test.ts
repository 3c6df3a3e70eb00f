import { expect, test } from 'vitest';
import { createLimiter } from '@/http/limiter';

test('an account has a budget of its own, and is told how long to wait when it is spent', async () => {
  const limiter = createLimiter({ multiplier: 0.005 });
  for (let i = 0; i < 6; i++) expect(await limiter.spend('user', 'anna')).toBe(0);
  const wait = await limiter.spend('user', 'anna');
  expect(wait).toBeGreaterThanOrEqual(1);
  expect(wait).toBeLessThanOrEqual(60);
  expect(await limiter.spend('user', 'berta')).toBe(0);
  expect(await limiter.spend('address', 'anna')).toBe(0);
});
