import { createHash } from 'node:crypto';
import { sideOf } from '../../src/lib/row-side.ts';
import { pack } from './batches.ts';
import { readerOf } from './examples.ts';
import type { Order } from './order.ts';
import { readRows } from './rows.ts';
import { cut, encode, type Sequence } from './tokens.ts';

/** The sequences of a run, and what became of the rows. */
export interface Dataset {
  readonly training: readonly Sequence[];
  readonly validation: readonly Sequence[];
  /** Rows of the file; lines that are blank do not count. */
  readonly rows: number;
  /** Rows that were no example of the format. */
  readonly skipped: number;
  /** Examples of which only a part fits. */
  readonly shortened: number;
  /** The same for the same sequences only. */
  readonly fingerprint: string;
}

/** The data cannot be trained on. */
export class BadData extends Error {}

function fingerprintOf(parts: readonly (readonly Sequence[])[]): string {
  const hash = createHash('sha256');
  for (const { tokens, learned } of parts.flat()) hash.update(tokens).update(learned);
  return hash.digest('hex');
}

/**
 * Reads the rows of an order's dataset into sequences of at most `longest` tokens.
 *
 * @throws BadData with a sentence where nothing is left to train on
 */
export async function loadDataset({ dataset, settings }: Order, longest: number): Promise<Dataset> {
  if (!dataset) throw new BadData('the order names no dataset');
  const read = readerOf(dataset.format);
  if (!read) throw new BadData(`the format ${dataset.format} is none that this trainer reads`);
  const counts = { rows: 0, skipped: 0, shortened: 0 };
  const sides: Record<'training' | 'validation', Sequence[]> = { training: [], validation: [] };
  try {
    for await (const { text, row } of readRows(dataset.path)) {
      counts.rows++;
      const turns = row && read(row);
      const whole = turns && encode(turns);
      const sequence = whole && (settings.packing ? whole : cut(whole, longest));
      if (sequence) sides[sideOf(text, dataset.validationShare)].push(sequence);
      else counts.skipped++;
      if (whole && whole.tokens.length > longest) counts.shortened++;
    }
  } catch (error) {
    throw new BadData(`the data cannot be read: ${(error as Error).message}`);
  }
  const { training, validation } = sides;
  if (training.length + validation.length === 0) {
    throw new BadData(`none of the ${counts.rows} rows is an example in the format ${dataset.format}`);
  }
  if (training.length === 0) throw new BadData('every row is held back for validation, none is left to train on');
  const [learned, judged] = settings.packing
    ? [pack(training, longest), pack(validation, longest)]
    : [training, validation];
  if (learned.length === 0) throw new BadData('the rows hold nothing to be learned');
  return { training: learned, validation: judged, ...counts, fingerprint: fingerprintOf([learned, judged]) };
}
