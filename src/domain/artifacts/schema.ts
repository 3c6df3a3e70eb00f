import { z } from 'zod';
import { UUID_PATTERN } from '@/lib/ids';

const LIMIT_HELP = 'send a whole number from 1 to 100';
const LARGEST_INTEGER = 2 ** 31 - 1;
const MOST_ARTIFACTS = 100;

const uuid = z.string().regex(UUID_PATTERN, 'send a UUID such as 3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f');

export const artifactParams = z.strictObject({ id: uuid.describe('The id of a model.') });
export type ArtifactParams = z.output<typeof artifactParams>;

export const artifactsQuery = z.strictObject({
  base_model: z.string().min(1).max(200).optional().describe('Only adapters of this base model.'),
  job_id: uuid.optional().describe('Only what this job left.'),
  limit: z
    .string()
    .regex(/^\d{1,10}$/, LIMIT_HELP)
    .transform(Number)
    .refine((n) => n >= 1 && n <= LARGEST_INTEGER, LIMIT_HELP)
    .transform((n) => Math.min(n, MOST_ARTIFACTS))
    .default(20),
  cursor: z.string().max(200, 'send the next_cursor of an answer').optional(),
});
export type ArtifactsQuery = z.output<typeof artifactsQuery>;

/** A file as the row keeps it. */
export const keptFile = z.object({
  name: z.string(),
  bytes: z.int().min(0),
  /** Hexadecimal. */
  sha256: z.string(),
  key: z.string(),
});
export type KeptFile = z.output<typeof keptFile>;

const quality = z.object({
  final_loss: z.number().nullable(),
  best_loss: z.number().nullable(),
  final_validation_loss: z.number().nullable(),
  best_validation_loss: z.number().nullable(),
  perplexity: z.number().nullable(),
  train_validation_gap: z.number().nullable(),
  steps: z.number(),
  tokens: z.number(),
  duration_ms: z.number(),
  cost_exact: z.string(),
  cost_per_million_tokens_exact: z.string().nullable(),
});

const adapter = z.object({
  peft_type: z.string(),
  r: z.number().nullable(),
  lora_alpha: z.number().nullable(),
  lora_dropout: z.number().nullable(),
  target_modules: z.union([z.array(z.string()), z.string()]).nullable(),
  tensors: z.number(),
  parameters: z.number(),
});
export type Adapter = z.output<typeof adapter>;

export const artifact = z.object({
  id: z.guid(),
  job_id: z.guid().nullable(),
  name: z.string(),
  base_model: z.string().nullable(),
  bytes: z.number(),
  adapter: adapter.nullable(),
  quality: quality.nullable(),
  created_at: z.string(),
});
export type Artifact = z.output<typeof artifact>;

export const artifactsAnswer = z.object({ models: z.array(artifact), next_cursor: z.string().nullable() });
export type ArtifactsAnswer = z.output<typeof artifactsAnswer>;

export const artifactAnswer = artifact.extend({
  files: z.array(keptFile.omit({ key: true })),
  storage: z.object({
    price_per_gb_month_exact: z.string().nullable().describe('A gigabyte is 10^9 bytes, a month 30 days.'),
    cost_exact: z.string().describe('What keeping it has cost so far, as the ledger has it.'),
    currency: z.string().nullable(),
    metered_to: z.string().nullable(),
  }),
});
export type ArtifactAnswer = z.output<typeof artifactAnswer>;

export const downloadAnswer = z.object({
  files: z.array(keptFile.omit({ key: true }).extend({ url: z.string() })),
  archive: z.object({ name: z.string(), url: z.string() }),
  expires_at: z.string(),
});
export type DownloadAnswer = z.output<typeof downloadAnswer>;

export const deletedAnswer = z.object({ id: z.guid(), deleted_at: z.string() });
export type DeletedAnswer = z.output<typeof deletedAnswer>;

export const linkParams = z.strictObject({
  token: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/, 'send the address as POST /api/models/{id}/download gave it')
    .describe('The last part of the address of a download.'),
});
