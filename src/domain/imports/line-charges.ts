import type { WaitingLine } from '@/domain/imports/line-store';
import type { UsageContent } from '@/domain/imports/schema';
import type { NewCharge } from '@/domain/ledger/charge';
import type { BucketSize } from '@/domain/metering/buckets';
import { meterIntervals } from '@/domain/metering/meter-intervals';
import { parseMoney } from '@/lib/money';

/** A charge of a line before its account and its job are known. */
export type LineCharge = Omit<NewCharge, 'userId' | 'jobId'>;

/** The version that an imported price has: it stands in the line and nowhere else. */
const PRICE_VERSION = 'import';

/** The name under which the ledger knows a line; a source's name has no colon, so two names never meet. */
export const chargeSource = (source: string, externalId: string): string => `import:${source}:${externalId}`;

/** The charges of a line: one as it stands, or one per bucket of the time that was used. */
export function lineCharges(
  line: Pick<WaitingLine, 'externalId' | 'content'>,
  source: string,
  bucket: BucketSize,
): LineCharge[] {
  const { content } = line;
  const common = {
    source: chargeSource(source, line.externalId),
    currency: content.currency,
    tags: content.tags,
  } as const;
  if (content.kind === 'charges') {
    const { billingPeriod } = content;
    return [
      {
        ...common,
        costType: content.costType,
        phase: null,
        recordedAt: new Date(content.recordedAt),
        ...(billingPeriod === null ? {} : { billingPeriod }),
        amount: parseMoney(content.amount),
        state: 'final',
        details: content.details,
      },
    ];
  }
  return meter(content, bucket).map(({ recordedAt, amount, details }) => ({
    ...common,
    costType: content.costType,
    phase: content.phase,
    recordedAt,
    amount,
    state: 'final',
    details: { ...details, ...(content.details === null ? {} : { line: content.details }) },
  }));
}

function meter(content: UsageContent, bucket: BucketSize) {
  return meterIntervals({
    costType: content.costType,
    units: content.units,
    price: {
      version: PRICE_VERSION,
      currency: content.currency,
      unitPrice: content.unitPrice,
      unit: content.unit,
    },
    bucket,
    intervals: [{ start: content.start, end: content.end, phase: content.phase }],
    asOf: Number.POSITIVE_INFINITY,
    endedAt: content.end,
  });
}
