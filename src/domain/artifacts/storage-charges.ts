import type { StoredArtifact } from '@/domain/artifacts/store';
import type { NewCharge } from '@/domain/ledger/charge';
import { meterIntervals } from '@/domain/metering/meter-intervals';
import type { Price } from '@/domain/metering/price';
import { formatFixed } from '@/lib/decimal';

/** Bytes of the gigabyte that prices of storage are for. */
const BYTES_PER_GB = 1_000_000_000n;
const TEN_BILLION = 10_000_000_000n;

/** Gigabytes of so many bytes, exactly. */
export const gigabytes = (bytes: number): string => formatFixed((BigInt(bytes) * TEN_BILLION) / BYTES_PER_GB);

/**
 * What keeping an artifact costs from where it was last metered up to `now`: gigabytes × months of 30 days × price, a
 * charge for each UTC day. They add up to the cost of the whole time, whenever and however often this is asked.
 *
 * @param endedAt when it was deleted; null while it is kept
 */
export function storageCharges(artifact: StoredArtifact, now: Date, endedAt: Date | null): NewCharge[] {
  const metered = meterIntervals({
    costType: 'storage',
    units: gigabytes(artifact.bytes),
    price: artifact.price as Price, // written by us from a Price; see collect-artifacts.ts
    bucket: 'day',
    intervals: [{ start: artifact.stored_from.getTime(), end: (endedAt ?? now).getTime() }],
    asOf: now.getTime(),
    endedAt: endedAt === null ? null : endedAt.getTime(),
    from: artifact.metered_to.getTime(),
  });
  return metered.map(({ recordedAt, costType, currency, amount, state, details }) => ({
    userId: artifact.user_id,
    jobId: artifact.job_id,
    source: `artifact:${artifact.id}`,
    costType,
    phase: null,
    recordedAt,
    amount,
    currency,
    state,
    details: { ...details },
    tags: {},
  }));
}
