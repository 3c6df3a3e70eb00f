import { z } from 'zod';
import type { JsonValue } from '@/domain/imports/json-tree';
import { PHASES } from '@/domain/ledger/charge';
import type { BucketSize } from '@/domain/metering/buckets';
import { type TimeUnit, UNIT_MS } from '@/domain/metering/price';
import { badInput } from '@/lib/errors';

const pairs = z.array(z.tuple([z.string(), z.string()])).readonly();
const BUCKETS = ['quarter', 'hour', 'day'] as const satisfies readonly BucketSize[];
const UNITS = Object.keys(UNIT_MS) as [TimeUnit, ...TimeUnit[]];

const requestSchema = z.strictObject({
  kind: z.enum(['usage', 'charges']),
  /** Names where the ids come from; a charge's source is `import:NAME:EXTERNAL_ID`. Default: the kind. */
  source: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'it is 1 to 64 letters, digits, dots, dashes and underscores')
    .optional(),
  fileName: z.string().min(1),
  format: z.enum(['csv', 'jsonl']).optional(),
  map: pairs.default([]),
  set: pairs.default([]),
  /** How finely usage is cut. */
  bucket: z.enum(BUCKETS).default('quarter'),
  createUsers: z.boolean().default(false),
  skipBad: z.boolean().default(false),
  dryRun: z.boolean().default(false),
});

/** What is asked for, as it comes from the command line. */
export type ImportRequest = z.input<typeof requestSchema>;

/** The same with every default filled in. */
export type ParsedRequest = z.output<typeof requestSchema> & { readonly source: string };

/** @throws PipelineError `bad_input` that names the option. */
export function parseRequest(request: ImportRequest): ParsedRequest {
  const parsed = requestSchema.safeParse(request);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw badInput(`--${issue?.path.join('.')}: ${issue?.message}.`);
  }
  return { ...parsed.data, source: parsed.data.source ?? parsed.data.kind };
}

const common = {
  job: z.string().nullable(),
  costType: z.string(),
  currency: z.string(),
  tags: z.record(z.string(), z.string()),
  details: z.record(z.string(), z.json() as z.ZodType<JsonValue>).nullable(),
};

const usageSchema = z.object({
  kind: z.literal('usage'),
  /** Milliseconds since 1970; decimals are canonical text. */
  start: z.int(),
  end: z.int(),
  units: z.string(),
  unitPrice: z.string(),
  unit: z.enum(UNITS),
  phase: z.enum(PHASES).nullable(),
  ...common,
});

const chargeSchema = z.object({
  kind: z.literal('charges'),
  recordedAt: z.int(),
  amount: z.string(),
  billingPeriod: z.string().nullable(),
  ...common,
});

/** What a valid line says, as it waits in the column `content`. */
export const contentSchema = z.discriminatedUnion('kind', [usageSchema, chargeSchema]);

/** A stretch of measured use with its price. */
export type UsageContent = z.output<typeof usageSchema>;

/** A charge that somebody has computed already. */
export type ChargeContent = z.output<typeof chargeSchema>;

export type LineContent = z.output<typeof contentSchema>;

const postedSchema = z.object({
  lines: z.int().default(0),
  charges: z.int().default(0),
  jobs: z.int().default(0),
  accounts: z.int().default(0),
  /** Exact sums by `CURRENCY cost_type`. */
  sums: z.record(z.string(), z.string()).default({}),
});

/** Counts and sums of what an import has posted so far, as they wait in the column `posted`. */
export type Posted = z.output<typeof postedSchema>;

/** Reads the column `posted`. */
export const parsePosted = (value: unknown): Posted => postedSchema.parse(value);
