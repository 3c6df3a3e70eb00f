import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sideOf } from '@/lib/row-side';

it('follows the first four bytes of the hash of the line', () => {
  fc.assert(
    fc.property(fc.string(), fc.double({ min: 0, max: 1, noNaN: true }), (line, share) => {
      const first = Number.parseInt(createHash('sha256').update(line, 'utf8').digest('hex').slice(0, 8), 16);
      expect(sideOf(line, share)).toBe(first < share * 4_294_967_296 ? 'validation' : 'training');
    }),
  );
});

it('is known beforehand, so that a trainer in another language can check itself', () => {
  // printf '{"text":"a"}' | sha256sum begins with 6193c975, which is 0.38116 of 2^32
  expect(sideOf('{"text":"a"}', 0.38)).toBe('training');
  expect(sideOf('{"text":"a"}', 0.39)).toBe('validation');
});

it('holds back about the share that is asked for', () => {
  const held = Array.from({ length: 10_000 }, (_, n) => sideOf(`{"text":"${n}"}`, 0.1));
  const share = held.filter((side) => side === 'validation').length / held.length;
  expect(share).toBeGreaterThan(0.09);
  expect(share).toBeLessThan(0.11);
});
