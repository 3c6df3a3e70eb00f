import { type Cell, isThere, READERS, type Values } from '@/domain/imports/cells';
import type { Column } from '@/domain/imports/columns';
import { LineFault } from '@/domain/imports/line-fault';
import type { ColumnPlan } from '@/domain/imports/plan-columns';
import type { ChargeContent, LineContent, UsageContent } from '@/domain/imports/schema';
import { BUCKET_MS, type BucketSize, bucketStart } from '@/domain/metering/buckets';
import { costOf } from '@/domain/metering/price';
import { MAX_CHARGE } from '@/lib/money';

/** One valid line: whose it is, its id where it comes from, and what it says. */
export interface ImportLine {
  readonly externalId: string;
  /** E-mail or id in lower case, or an alias. */
  readonly user: string;
  readonly content: LineContent;
}

/** A line that makes more charges than this would make a transaction that others have to wait for. */
export const MOST_CHARGES_OF_A_LINE = 10_000;

/**
 * Reads one line by the plan.
 *
 * @param cellOf what the file holds in one of its own columns
 * @throws LineFault that names every column that is wrong.
 */
export function readLine(plan: ColumnPlan, bucket: BucketSize, cellOf: (theirs: string) => Cell): ImportLine {
  const faults: string[] = [];
  const take = <C extends Column>(column: C): Values[C] | undefined => {
    const constant = plan.constants[column];
    if (constant !== undefined) return constant as Values[C];
    const source = plan.sources.get(column);
    const cell = source === undefined ? undefined : cellOf(source);
    if (!isThere(cell)) return undefined;
    try {
      return READERS[column](cell) as Values[C];
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      faults.push(`${column}: ${error.message}`);
      return undefined;
    }
  };
  const need = <C extends Column>(column: C): Values[C] => {
    const before = faults.length;
    const value = take(column);
    if (value === undefined && faults.length === before) faults.push(`${column} is missing`);
    return value as Values[C];
  };
  const externalId = need('external_id');
  const user = need('user');
  const content = plan.kind === 'usage' ? readUsage(take, need, faults) : readCharge(take, need);
  if (faults.length === 0 && content.kind === 'usage') checkUsage(content, bucket, faults);
  if (faults.length > 0) throw new LineFault(faults.join('; '));
  return { externalId, user, content };
}

type Take = <C extends Column>(column: C) => Values[C] | undefined;
type Need = <C extends Column>(column: C) => Values[C];

function readUsage(take: Take, need: Need, faults: string[]): UsageContent {
  const start = need('started_at');
  return {
    kind: 'usage',
    start,
    end: readEnd(start, take, faults),
    units: need('units'),
    unitPrice: need('unit_price'),
    unit: take('unit') ?? 'hour',
    phase: take('phase') ?? null,
    costType: take('cost_type') ?? 'compute',
    ...readCommon(take),
  };
}

function readCharge(take: Take, need: Need): ChargeContent {
  return {
    kind: 'charges',
    recordedAt: need('recorded_at'),
    amount: need('amount'),
    billingPeriod: take('billing_period') ?? null,
    costType: need('cost_type'),
    ...readCommon(take),
  };
}

function readCommon(take: Take): Pick<LineContent, 'job' | 'currency' | 'tags' | 'details'> {
  return {
    job: take('job') ?? null,
    currency: take('currency') ?? 'USD',
    tags: take('tags') ?? {},
    details: take('details') ?? null,
  };
}

/** The end of the stretch, from its end, its length, or both where they agree to the millisecond. */
function readEnd(start: number, take: Take, faults: string[]): number {
  const before = faults.length;
  const end = take('ended_at');
  const duration = take('duration_s');
  if (faults.length > before) return start;
  if (end === undefined && duration === undefined) {
    faults.push('ended_at or duration_s is missing');
    return start;
  }
  if (end !== undefined && duration !== undefined && start + duration !== end) {
    faults.push(`ended_at and duration_s disagree: from started_at to ended_at it is ${(end - start) / 1000} s`);
  }
  return end ?? start + (duration ?? 0);
}

function checkUsage(content: UsageContent, bucket: BucketSize, faults: string[]): void {
  const { start, end } = content;
  if (end < start) {
    faults.push('ended_at lies before started_at');
    return;
  }
  const charges = (bucketStart(Math.max(start, end - 1), bucket) - bucketStart(start, bucket)) / BUCKET_MS[bucket] + 1;
  if (charges > MOST_CHARGES_OF_A_LINE) {
    faults.push(
      `the time is cut into ${charges} charges, at most ${MOST_CHARGES_OF_A_LINE} are accepted; ` +
        'use a longer --bucket, or several lines',
    );
    return;
  }
  const price = { version: 'import', currency: content.currency, unitPrice: content.unitPrice, unit: content.unit };
  if (costOf(end - start, content.units, price) > MAX_CHARGE) {
    faults.push('it costs more than 9999999999.9999999999; check duration, units and unit_price');
  }
}
