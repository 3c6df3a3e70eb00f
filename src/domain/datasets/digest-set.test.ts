import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { DigestSet } from './digest-set';

const digestOf = (n: number) => createHash('sha256').update(String(n)).digest();

test('knows what was added, through every growth', () => {
  const set = new DigestSet();
  const known = new Set<number>();
  // 30,000 draws of 20,000 numbers: many twice, and the table doubles five times
  for (let i = 0; i < 30_000; i++) {
    const n = (i * 7_919) % 20_011;
    expect(set.add(digestOf(n))).toBe(!known.has(n));
    known.add(n);
  }
  expect(set.size).toBe(known.size);
});

test('digests that begin alike are told apart', () => {
  const set = new DigestSet();
  const digests = Array.from({ length: 500 }, (_, i) => {
    const digest = Buffer.alloc(32);
    digest.writeUInt32LE(0xffffffff, 0);
    digest.writeUInt32LE(i, 12);
    return digest;
  });
  expect(digests.map((digest) => set.add(digest)).every(Boolean)).toBe(true);
  expect(digests.map((digest) => set.add(digest)).some(Boolean)).toBe(false);
});
