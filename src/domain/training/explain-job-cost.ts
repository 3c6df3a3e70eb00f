import { z } from 'zod';
import type { UserCtx } from '@/domain/context';
import type { Position } from '@/domain/ledger/cost-statements';
import { recordOut } from '@/domain/ledger/read-costs';
import type { CostPart, JobCosts } from '@/domain/ledger/schema';
import { costOf, type TimeUnit, UNIT_MS } from '@/domain/metering/price';
import {
  jobIsThereStatement,
  jobPartsStatement,
  jobRecordsStatement,
  type PartRow,
} from '@/domain/training/job-cost-store';
import { badInput, notFound } from '@/lib/errors';
import { UUID_PATTERN } from '@/lib/ids';
import { isDatabaseInstant } from '@/lib/instant';
import { addMoney, formatMoney, type Money, moneyToNumber, parseMoney, ZERO } from '@/lib/money';

/** What is asked for: a job, and which of its records. */
export interface JobCostsInput {
  readonly id: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

const position = z.tuple([z.string().refine(isDatabaseInstant), z.string().regex(UUID_PATTERN)]);

const writeCursor = ({ recordedAt, id }: Position): string =>
  Buffer.from(JSON.stringify([recordedAt, id])).toString('base64url');

function readCursor(text: string): Position {
  try {
    const [recordedAt, id] = position.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { recordedAt, id };
  } catch {
    throw badInput('The cursor is malformed: send the next_cursor of the page before, unchanged.');
  }
}

const isUnit = (unit: string): unit is TimeUnit => Object.hasOwn(UNIT_MS, unit);

/**
 * What the billed time of a part costs by its price: units × billed ms × unit price ÷ ms of the unit, rounded once. The
 * billed time holds increment and minimum already. Null where the records do not say all of that.
 */
export function computedCost({ currency, billed_ms, units, unit, unit_price, price_version }: PartRow): Money | null {
  if (billed_ms === null || units === null || unit === null || unit_price === null || !isUnit(unit)) return null;
  try {
    return costOf(Number(billed_ms), units, { version: price_version ?? '', currency, unit, unitPrice: unit_price });
  } catch {
    return null; // an import may bring words where numbers are expected
  }
}

function presentPart(row: PartRow): CostPart {
  const { amount, billed_ms: billed, ...rest } = row;
  const computed = computedCost(row);
  return {
    ...rest,
    amount_exact: amount,
    billed_ms: billed === null || !Number.isSafeInteger(Number(billed)) ? null : Number(billed),
    computed_exact: computed === null ? null : formatMoney(computed),
  };
}

function totalsOf(rows: readonly PartRow[]): JobCosts['totals'] {
  const sums = new Map<string, Money>();
  for (const { currency, amount } of rows) {
    sums.set(currency, addMoney(sums.get(currency) ?? ZERO, parseMoney(amount)));
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, sum]) => ({ currency, amount: moneyToNumber(sum), amount_exact: formatMoney(sum) }));
}

/**
 * Everything that a job has cost, record by record, and for each price that was used how its records come about: what
 * they sum to, and what their time costs by that price, which is the same to the last digit.
 *
 * @throws PipelineError `not_found`, `bad_input`
 */
export async function explainJobCost({ session, userId }: UserCtx, input: JobCostsInput): Promise<JobCosts> {
  const { id, limit, cursor } = input;
  const after = cursor === undefined ? null : readCursor(cursor);
  const [[job], parts, rows] = await session.read(
    jobIsThereStatement(userId, id),
    jobPartsStatement(userId, id),
    jobRecordsStatement(userId, id, { after, limit: limit + 1 }),
  );
  if (job === undefined) throw notFound('job');
  const records = rows.slice(0, limit).map(recordOut);
  const last = records.at(-1);
  const isMore = rows.length > limit && last !== undefined;
  return {
    totals: totalsOf(parts),
    parts: parts.map(presentPart),
    records,
    next_cursor: isMore ? writeCursor({ recordedAt: last.recorded_at, id: last.id }) : null,
  };
}
