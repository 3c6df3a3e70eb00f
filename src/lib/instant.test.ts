import { expect, test } from 'vitest';
import { isDatabaseInstant } from '@/lib/instant';

test.each([
  ['2026-01-31T12:00:00+00:00', true],
  ['2026-01-31T12:00:00.123456+00:00', true],
  ['2024-02-29T23:59:59.9+00:00', true],
  ['0001-01-01T00:00:00+00:00', true],
  ['0000-01-01T00:00:00+00:00', false],
  ['2024-02-30T00:00:00+00:00', false],
  ['2023-02-29T00:00:00+00:00', false],
  ['2024-13-01T00:00:00+00:00', false],
  ['2024-01-01T24:00:00+00:00', false],
  ['2024-01-01T00:00:60+00:00', false],
  ['2024-01-01T00:00:00.1234567+00:00', false],
  ['2024-01-01T00:00:00Z', false],
  ['2024-01-01T00:00:00+02:00', false],
  ['99999-01-01T00:00:00+00:00', false],
  ['infinity', false],
  ['', false],
])('%s: %s', (text, expected) => {
  expect(isDatabaseInstant(text)).toBe(expected);
});
