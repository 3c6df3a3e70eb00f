import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BUCKET_MS, type BucketSize, bucketStart } from '@/domain/metering/buckets';

test.each<[BucketSize, string, string]>([
  ['quarter', '2024-02-29T23:59:59.999Z', '2024-02-29T23:45:00.000Z'],
  ['quarter', '2024-03-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
  ['hour', '2024-12-31T23:59:59.999Z', '2024-12-31T23:00:00.000Z'],
  ['day', '2024-12-31T23:59:59.999Z', '2024-12-31T00:00:00.000Z'],
  ['quarter', '1969-12-31T23:59:59.999Z', '1969-12-31T23:45:00.000Z'],
  ['day', '1969-12-31T23:59:59.999Z', '1969-12-31T00:00:00.000Z'],
])('the %s of %s begins at %s', (size, at, start) => {
  expect(new Date(bucketStart(Date.parse(at), size)).toISOString()).toBe(start);
});

test('every instant lies in the one bucket that starts for it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1e12, max: 4e12 }),
      fc.constantFrom<BucketSize>('quarter', 'hour', 'day'),
      (at, size) => {
        const start = bucketStart(at, size);
        expect(start <= at && at < start + BUCKET_MS[size]).toBe(true);
        expect(Math.abs(start % BUCKET_MS[size])).toBe(0);
      },
    ),
  );
});
