import { z } from 'zod';
import { PHASES } from '@/domain/ledger/charge';

/**
 * What a trainer tells about itself, documented in `docs/progress-protocol.md`: a line of JSON on the file descriptor
 * that `PIPELINE_PROGRESS_FD` names, or a line of standard output that begins with `@pipeline `.
 */
export const PROGRESS_MARK = '@pipeline ';

/** Longest line of progress, characters; longer ones are kept as output. */
export const LONGEST_PROGRESS = 8_192;

const LARGEST_INTEGER = 2 ** 31 - 1;
const count = z.int().min(0).max(LARGEST_INTEGER);
/** A number, or one of the words with which trainers write what JSON has no number for. */
const measure = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform((word) => Number(word))]);

const progressLine = z
  .object({
    phase: z.enum(PHASES).optional(),
    epoch: z.number().min(0).max(1e6).optional(),
    step: count.optional(),
    total: count.optional(),
    loss: measure.optional(),
    validation_loss: measure.optional(),
    learning_rate: measure.optional(),
    gradient_norm: measure.optional(),
    tokens_per_second: measure.optional(),
    gpu_utilisation: z.number().min(0).max(100).optional(),
    /** Tokens trained on since the beginning of the job. */
    tokens: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
    /** A checkpoint of this step is complete and can be gone on from. */
    checkpoint: count.optional(),
    /** What went wrong, where the trainer knows: it decides the cause of a failure. */
    error: z.enum(['out_of_memory', 'bad_data', 'diverged']).optional(),
    message: z.string().max(2_000).optional(),
  })
  .strip();

/** One report of a trainer; what it does not name has not changed. */
export type ProgressEvent = z.output<typeof progressLine>;

/** The numbers of a report that are kept as a curve. */
export const METRICS = [
  'epoch',
  'loss',
  'validation_loss',
  'learning_rate',
  'gradient_norm',
  'tokens_per_second',
  'gpu_utilisation',
] as const satisfies readonly (keyof ProgressEvent)[];

/** Reads a report (the JSON alone, without the mark); null for anything that is none. */
export function readProgress(text: string): ProgressEvent | null {
  if (text.length > LONGEST_PROGRESS) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = progressLine.safeParse(value);
  return parsed.success && Object.keys(parsed.data).length > 0 ? parsed.data : null;
}
