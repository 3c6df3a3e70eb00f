import type { Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { Estimate } from '@/domain/estimates/schema';
import { insertEstimate } from '@/domain/estimates/store';
import { recordCharges } from '@/domain/ledger/record-charges';
import { bucketStart } from '@/domain/metering/buckets';
import { notFound } from '@/lib/errors';
import type { UserId } from '@/lib/ids';
import { parseMoney } from '@/lib/money';

/** The name under which the ledger knows the estimate of a job. */
export const estimateSource = (jobId: string): string => `estimate:${jobId}`;

/**
 * Keeps an estimate with its job, and its middle in the ledger, marked as an estimate so that no total counts it; within
 * the transaction that makes the job.
 *
 * @throws PipelineError `not_found` where the user has no such job, `conflict` where it has another estimate
 */
export async function recordEstimate(
  tx: Transaction<DB>,
  { jobId, userId, estimate }: { jobId: string; userId: UserId; estimate: Estimate },
): Promise<void> {
  const tags = await insertEstimate(tx, { jobId, userId, estimate });
  if (tags === undefined) throw notFound('job');
  const at = Date.parse(estimate.estimated_at);
  await recordCharges(tx, [
    {
      userId,
      jobId,
      source: estimateSource(jobId),
      costType: 'compute',
      phase: null,
      recordedAt: new Date(bucketStart(at, 'quarter')),
      amount: parseMoney(estimate.cost.middle.amount_exact),
      currency: estimate.currency,
      state: 'final',
      details: {
        quantity_ms: estimate.duration_ms.middle,
        units: estimate.price.units,
        unit: estimate.price.unit,
        unit_price: estimate.price.unit_price,
        price_version: estimate.price.version,
        low: estimate.cost.low.amount_exact,
        high: estimate.cost.high.amount_exact,
      },
      tags,
      isEstimate: true,
    },
  ]);
}
