import { z } from 'zod';
import { PHASES, type Phase } from '@/domain/ledger/charge';
import { TIME_UNITS, type TimeUnit } from '@/domain/prices/price';
import { type ListedPrice, type PriceKind, PURCHASE_OPTIONS, type PurchaseOption } from '@/domain/prices/schema';
import { formatFixed, parseFixed } from '@/lib/decimal';
import { badInput } from '@/lib/errors';
import { MAX_CHARGE } from '@/lib/money';

/** The values of a price as people write them: a command's options, a line of CSV. */
export const PRICE_FIELDS = [
  'provider',
  'sku',
  'gpu_type',
  'gpu_memory_gb',
  'gpu_count',
  'region',
  'purchase_option',
  'unit',
  'unit_price',
  'currency',
  'increment_ms',
  'minimum_ms',
  'billed_phases',
  'valid_from',
  'origin',
  'observed_on',
] as const;
export type PriceField = (typeof PRICE_FIELDS)[number];
export type PriceTexts = Partial<Record<PriceField, string>>;

/** A version of a price to be added. */
export interface NewPrice {
  readonly provider: string;
  readonly sku: string;
  readonly kind: PriceKind;
  readonly gpuType: string | null;
  readonly gpuMemoryGb: number | null;
  readonly gpuCount: number | null;
  readonly region: string;
  readonly purchaseOption: PurchaseOption;
  readonly unit: TimeUnit;
  /** Decimal text without needless zeros. */
  readonly unitPrice: string;
  readonly currency: string;
  readonly incrementMs: number;
  readonly minimumMs: number;
  /** In the order of the list of phases; null: all. */
  readonly billedPhases: readonly Phase[] | null;
  /** Null: from now on. */
  readonly validFrom: Date | null;
  readonly origin: string;
  /** `YYYY-MM-DD`. */
  readonly observedOn: string;
}

const DAY_MS = 86_400_000;
const INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;
const MONEY_HELP = 'write a plain decimal number from 0 to 9999999999 with at most 10 decimals, like 1.89';

const whole = (least: number, most: number) => {
  const help = `write a whole number from ${least} to ${most}`;
  return z
    .string(help)
    .regex(/^\d{1,9}$/, help)
    .transform(Number)
    .refine((n) => n >= least && n <= most, help);
};
const oneOf = <T extends string>(values: readonly [T, ...T[]]) => z.enum(values, `write one of ${values.join(', ')}`);

function isMoney(text: string): boolean {
  try {
    const value = parseFixed(text);
    return value >= 0n && value <= MAX_CHARGE;
  } catch {
    return false;
  }
}

/** A date or date-time that exists, after 1970; `Date.parse` alone takes 30 February for 1 March. */
function isInstant(text: string): boolean {
  const at = new Date(text);
  if (!INSTANT.test(text) || Number.isNaN(at.getTime()) || at.getTime() < 0) return false;
  const midnight = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().slice(0, 10) === text.slice(0, 10);
}

const isDay = (text: string): boolean => text.length === 10 && isInstant(text);

const phases = z
  .string()
  .transform((text) => text.split('|').map((name) => name.trim()))
  .refine(
    (names) => names.every((name) => (PHASES as readonly string[]).includes(name)),
    `write phases with | between them: ${PHASES.join('|')}`,
  )
  .transform((names) => PHASES.filter((phase) => names.includes(phase)));

const priceTexts = z.strictObject({
  provider: z
    .string('write the name of the provider')
    .regex(/^[a-z0-9][a-z0-9._-]{0,49}$/, 'write 1 to 50 small letters, digits, dots, dashes and underscores'),
  sku: z
    .string('write what is sold')
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/,
      'write 1 to 100 letters, digits, dots, slashes, dashes and underscores',
    ),
  gpu_type: z.string().max(50, 'write at most 50 characters').optional(),
  gpu_memory_gb: z
    .string()
    .regex(/^\d{1,5}(\.\d{1,2})?$/, 'write gigabytes, like 80')
    .transform(Number)
    .refine((gb) => gb > 0, 'write gigabytes, like 80')
    .optional(),
  gpu_count: whole(1, 1024).optional(),
  region: z.string().max(50, 'write at most 50 characters').default('any'),
  purchase_option: oneOf(PURCHASE_OPTIONS).default('on_demand'),
  unit: oneOf(TIME_UNITS),
  unit_price: z
    .string(MONEY_HELP)
    .refine(isMoney, MONEY_HELP)
    .transform((text) => formatFixed(parseFixed(text)).replace(/\.?0+$/, '')),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'write three capital letters as in ISO 4217, such as USD')
    .default('USD'),
  increment_ms: whole(1, DAY_MS).default(1),
  minimum_ms: whole(0, DAY_MS).default(0),
  billed_phases: phases.optional(),
  valid_from: z
    .string()
    .refine(isInstant, 'write a date, or a date-time with its offset, like 2026-11-23T09:30:00Z')
    .transform((text) => new Date(text))
    .optional(),
  origin: z.string('write where the price was read').min(1).max(500, 'write at most 500 characters'),
  observed_on: z.string('write a date like 2026-11-23').refine(isDay, 'write a date like 2026-11-23'),
});

/** What is wrong with the texts, field by field; empty texts count as absent. */
function readTexts(texts: PriceTexts) {
  const given = Object.entries(texts).flatMap(([name, text]) => {
    const trimmed = text?.trim() ?? '';
    return trimmed === '' ? [] : [[name, trimmed] as const];
  });
  return priceTexts.safeParse(Object.fromEntries(given));
}

/**
 * Reads a price from texts.
 *
 * @throws PipelineError `bad_input` that names every wrong field and says what to write instead
 */
export function readPrice(texts: PriceTexts): NewPrice {
  const { success, data, error } = readTexts(texts);
  if (!success) {
    throw badInput(`${error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}.`);
  }
  const isGpu = data.gpu_type !== undefined;
  if (isGpu !== (data.gpu_count !== undefined)) {
    throw badInput(`${isGpu ? 'gpu_count' : 'gpu_type'}: a price of GPUs needs both gpu_type and gpu_count.`);
  }
  if (!isGpu && data.gpu_memory_gb !== undefined) {
    throw badInput('gpu_memory_gb: it belongs to a price of GPUs, which also needs gpu_type and gpu_count.');
  }
  return {
    provider: data.provider,
    sku: data.sku,
    kind: isGpu ? 'gpu' : 'storage',
    gpuType: data.gpu_type ?? null,
    gpuMemoryGb: data.gpu_memory_gb ?? null,
    gpuCount: data.gpu_count ?? null,
    region: data.region,
    purchaseOption: data.purchase_option,
    unit: data.unit,
    unitPrice: data.unit_price,
    currency: data.currency,
    incrementMs: data.increment_ms,
    minimumMs: data.minimum_ms,
    billedPhases: data.billed_phases ?? null,
    validFrom: data.valid_from ?? null,
    origin: data.origin,
    observedOn: data.observed_on,
  };
}

/** The texts from which a version can be written anew, without what says when and where it was seen. */
export const textsOf = (price: ListedPrice): PriceTexts => ({
  provider: price.provider,
  sku: price.sku,
  ...(price.gpu_type === null ? {} : { gpu_type: price.gpu_type }),
  ...(price.gpu_memory_gb === null ? {} : { gpu_memory_gb: String(price.gpu_memory_gb) }),
  ...(price.gpu_count === null ? {} : { gpu_count: String(price.gpu_count) }),
  region: price.region,
  purchase_option: price.purchase_option,
  unit: price.unit,
  unit_price: price.unit_price,
  currency: price.currency,
  increment_ms: String(price.increment_ms),
  minimum_ms: String(price.minimum_ms),
  ...(price.billed_phases === null ? {} : { billed_phases: price.billed_phases.join('|') }),
});
