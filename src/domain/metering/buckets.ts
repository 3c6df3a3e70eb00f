/** How finely metered time is cut. UTC quarter-hours are the rule: every time zone's days are exact sums of them. */
export type BucketSize = 'quarter' | 'hour' | 'day';

/** Length of a bucket in milliseconds. Buckets begin at whole multiples of it since 1970-01-01T00:00Z. */
export const BUCKET_MS: Readonly<Record<BucketSize, number>> = {
  quarter: 15 * 60_000,
  hour: 60 * 60_000,
  day: 24 * 60 * 60_000,
};

/** The start of the UTC bucket that holds the instant `at` (both in milliseconds since 1970, also before it). */
export const bucketStart = (at: number, size: BucketSize): number => Math.floor(at / BUCKET_MS[size]) * BUCKET_MS[size];
