import { z } from 'zod';
import { FORMATS } from '@/domain/datasets/formats';
import { DEFAULT_TOKENIZER, TOKENIZER_NAMES } from '@/domain/datasets/tokenizers';
import { isStorableText } from '@/domain/notifications/rules';
import { UUID_PATTERN } from '@/lib/ids';

export const DATASET_STATUSES = ['uploading', 'validating', 'ready', 'invalid'] as const;
export type DatasetStatus = (typeof DATASET_STATUSES)[number];

const MOST_DATASETS = 100;
const LIMIT_HELP = 'send a whole number from 1 to 100';
const SHARE_HELP = 'send a number from 0 to 0.5 with at most three decimals';

/** The fields of a form beside its file. */
export const uploadFields = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, 'send 1 to 200 characters')
    .max(200, 'send 1 to 200 characters')
    .refine(isStorableText, 'leave out NUL and lone surrogates')
    .optional()
    .describe('Default: the name of the file.'),
  tokenizer: z
    .enum(TOKENIZER_NAMES, `send one of ${TOKENIZER_NAMES.join(', ')}`)
    .default(DEFAULT_TOKENIZER)
    .describe('What tokens are counted by: the vocabulary of the model family to be trained.'),
  validation_share: z
    .string()
    .regex(/^(0(\.\d{1,3})?|\.\d{1,3})$/, SHARE_HELP)
    .transform(Number)
    .refine((share) => share <= 0.5, SHARE_HELP)
    .default(0.1)
    .describe('The share of rows that are kept from training, to measure by.'),
});
export type UploadFields = z.output<typeof uploadFields>;

export const datasetParams = z.strictObject({
  id: z
    .string()
    .regex(UUID_PATTERN, 'send a UUID such as 3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f')
    .describe('The id of a dataset.'),
});

export const datasetsQuery = z.strictObject({
  status: z.enum(DATASET_STATUSES, `send one of ${DATASET_STATUSES.join(', ')}`).optional(),
  limit: z
    .string()
    .regex(/^\d{1,9}$/, LIMIT_HELP)
    .transform(Number)
    .refine((n) => n >= 1, LIMIT_HELP)
    .transform((n) => Math.min(n, MOST_DATASETS))
    .default(20),
  cursor: z.string().max(200, 'send the next_cursor of an answer').optional(),
});
export type DatasetsQuery = z.output<typeof datasetsQuery>;

const count = z.number().int().min(0);

export const dataset = z.object({
  id: z.guid(),
  name: z.string(),
  status: z.enum(DATASET_STATUSES),
  file_name: z.string().nullable(),
  bytes: count.nullable().describe('Of the file as it was sent.'),
  bytes_read: count.describe('What validation has read of them so far; rows_total and tokens grow with it.'),
  sha256: z.string().nullable().describe('Of the file, hexadecimal.'),
  tokenizer: z.string().nullable(),
  validation_share: z.number(),
  format: z.enum(FORMATS).nullable().describe('As detected.'),
  rows_total: count.nullable().describe('Good rows.'),
  rows_training: count.nullable(),
  rows_validation: count.nullable(),
  tokens: count.nullable().describe('Of all good rows, prompt and answer.'),
  failure: z.string().nullable().describe('Why it is invalid.'),
  created_at: z.string(),
  validated_at: z.string().nullable(),
});
export type Dataset = z.output<typeof dataset>;

/** What validation found, as kept in the row. */
export const datasetReport = z.object({
  rows_good: count,
  rows_bad: count.describe('Left out.'),
  duplicates: count.describe('Good rows with the same prompt and answer as an earlier one; they stay in.'),
  empty_answers: count.describe('Bad rows for this reason.'),
  unicode_faults: count.describe('Bad rows for this reason: NUL, half a surrogate pair, bytes that are not UTF-8.'),
  text_bytes: count.describe('Of all good rows, as UTF-8.'),
  longest: count.describe('Tokens of the longest row.'),
  mean: z.number().describe('Tokens of a row, on average.'),
  lengths: z
    .array(z.object({ from: count, to: count.nullable(), rows: count, tokens: count }))
    .describe('Rows by their tokens, `from` inclusive to `to` exclusive; null: no end.'),
  errors: z.array(z.object({ line: count, reason: z.string() })).describe('The first 100 bad rows.'),
});
export type DatasetReport = z.output<typeof datasetReport>;

export const datasetAnswer = dataset.extend({ report: datasetReport.nullable() });
export type DatasetAnswer = z.output<typeof datasetAnswer>;

export const datasetAdded = dataset.extend({
  already_there: z
    .boolean()
    .describe('Whether the caller had this content with this tokenizer already: then this is that dataset.'),
});
export type DatasetAdded = z.output<typeof datasetAdded>;

export const datasetsAnswer = z.object({ datasets: z.array(dataset), next_cursor: z.string().nullable() });
export type DatasetsAnswer = z.output<typeof datasetsAnswer>;

export const datasetDeleted = z.object({ id: z.guid() });
export type DatasetDeleted = z.output<typeof datasetDeleted>;
