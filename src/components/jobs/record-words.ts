import type { CostPart, JobCosts } from '@/domain/ledger/schema';
import type { JobAttempt } from '@/domain/training/schema';
import { formatExact, formatInteger } from '@/lib/format';

/** The number of each attempt by the name that the ledger knows it under. */
export const attemptNumbers = (attempts: readonly JobAttempt[]): ReadonlyMap<string, number> =>
  new Map(attempts.map(({ id, number }) => [`attempt:${id}`, number]));

const PHASE_ORDER = ['setup', 'training', 'evaluation', 'checkpoint', 'saving', 'idle', 'lost'];

/** Records of one quarter-hour in the order in which a run goes through its phases; the quarter-hours stay in theirs. */
export const inReadingOrder = (records: JobCosts['records']): JobCosts['records'] =>
  records.toSorted((a, b) =>
    a.recorded_at === b.recorded_at
      ? PHASE_ORDER.indexOf(a.phase ?? '') - PHASE_ORDER.indexOf(b.phase ?? '')
      : Date.parse(a.recorded_at) - Date.parse(b.recorded_at),
  );

/** What something was charged for, in words. */
export function sourceName(source: string, costType: string, numbers: ReadonlyMap<string, number>): string {
  const number = numbers.get(source);
  const type = costType.replaceAll('_', ' ');
  if (number !== undefined) return `Attempt ${number}, ${type}`;
  if (source.startsWith('artifact:')) return `Adapter, ${type}`;
  if (source.startsWith('import:')) return `Imported, ${type}`;
  return type.charAt(0).toUpperCase() + type.slice(1);
}

/** `1.0000000000` → `1`: a factor without the zeros that say nothing. */
export const plainFactor = (text: string): string => formatExact(text, 0).replace(/\.$/, '');

/** What of a record's details explains its amount. */
export interface RecordDetails {
  billedMs: number;
  units: string;
  unit: string;
  unitPrice: string;
  steps: [first: number, last: number] | null;
}

const DECIMAL = /^-?\d{1,30}(\.\d{1,10})?$/;
const isDecimal = (value: unknown): value is string => typeof value === 'string' && DECIMAL.test(value);

/** Reads the details of a record; null where they do not say time and price, as those of an import may not. */
export function readDetails(details: unknown): RecordDetails | null {
  if (typeof details !== 'object' || details === null) return null;
  const { billed_ms, units, unit, unit_price, first_step, last_step } = details as Record<string, unknown>;
  if (typeof billed_ms !== 'number' || !isDecimal(units) || !isDecimal(unit_price) || typeof unit !== 'string')
    return null;
  const steps: RecordDetails['steps'] =
    typeof first_step === 'number' && typeof last_step === 'number' ? [first_step, last_step] : null;
  return { billedMs: billed_ms, units, unit, unitPrice: unit_price, steps };
}

/** `12,345 ms × 0.10 USD per hour`, with the number of units where it is not one. */
export function formulaText(details: Omit<RecordDetails, 'steps'>, currency: string): string {
  const units = plainFactor(details.units);
  const price = `${formatExact(details.unitPrice)} ${currency} per ${details.unit}`;
  return `${formatInteger(details.billedMs)} ms × ${units === '1' ? '' : `${units} × `}${price}`;
}

/** How the sum of a part follows from its time and price; null where that is not known. */
export function partFormula(part: CostPart): string | null {
  const { billed_ms, units, unit, unit_price, currency } = part;
  if (billed_ms === null || !isDecimal(units) || unit === null || !isDecimal(unit_price)) return null;
  return formulaText({ billedMs: billed_ms, units, unit, unitPrice: unit_price }, currency);
}

/** Whether the sum of a part is what its time costs by its price, to the last digit; null where nothing says so. */
export const partAgrees = ({ amount_exact, computed_exact }: CostPart): boolean | null =>
  computed_exact === null ? null : computed_exact === amount_exact;

/** What tells the parts of a job apart. */
export const partKey = ({ source, cost_type, price_version, units, records }: JobCosts['parts'][number]): string =>
  [source, cost_type, price_version, units, records].join(' ');
