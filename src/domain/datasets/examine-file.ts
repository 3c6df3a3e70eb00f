import { setImmediate as nextTurn } from 'node:timers/promises';
import { openTokenizer } from '@/domain/datasets/count-tokens';
import { FileFault } from '@/domain/datasets/file-fault';
import { FORMAT_LABELS, FORMATS, isFault } from '@/domain/datasets/formats';
import { detectFormat, type ReadRow, readRows } from '@/domain/datasets/read-examples';
import { RowTally } from '@/domain/datasets/row-tally';
import { failureOf } from '@/domain/datasets/rules';
import type { TokenizerName } from '@/domain/datasets/tokenizers';
import type { Bytes } from '@/domain/datasets/unpack';
import type { Findings } from '@/domain/datasets/validation-store';
import type { Clock } from '@/lib/clock';
import { sideOf } from '@/lib/row-side';

/** More rows would take more memory than a validation may: 5 million different ones take 128 MB, and 192 MB for a moment. */
const MOST_ROWS = 5_000_000;
/** So long the process belongs to a validation before others get their turn, ms. */
const SLICE_MS = 10;

export interface Examination {
  readonly failure: string | null;
  readonly findings: Findings | null;
}

export interface ExamineOptions {
  /** The file from its beginning; called twice. */
  readonly open: () => Promise<Bytes>;
  readonly tokenizer: TokenizerName;
  readonly validationShare: number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Told often; false ends the examination. */
  readonly onProgress: (progress: { rows: number; tokens: number }) => Promise<boolean>;
}

const KNOWN = FORMATS.map((format) => FORMAT_LABELS[format]).join('; ');
const UNKNOWN = `None of the first rows is of a format that we know. Each line is one JSON object: ${KNOWN}.`;

/**
 * Reads a file twice, its beginning to learn the format and then all of it, and says what is in it. Works on the event
 * loop of the process in slices of about 10 ms, with a pause for others after each. Null where it was ended.
 */
export async function examineFile(options: ExamineOptions): Promise<Examination | null> {
  try {
    const format = await detectFormat(await options.open());
    if (format === null) return { failure: UNKNOWN, findings: null };
    const tally = new RowTally();
    const isWhole = await tallyRows(readRows(await options.open(), format), tally, options);
    if (!isWhole) return null;
    const report = tally.report();
    const failure = failureOf(report, tally.rows.training);
    return { failure, findings: { format, rows: tally.rows, tokens: tally.tokens, report } };
  } catch (error) {
    if (error instanceof FileFault) return { failure: error.message, findings: null };
    throw error;
  }
}

async function tallyRows(rows: AsyncIterable<ReadRow[]>, tally: RowTally, options: ExamineOptions): Promise<boolean> {
  const { clock, onProgress, validationShare } = options;
  const count = await openTokenizer(options.tokenizer);
  let sliceBegan = clock.monotonicMs();
  const rest = (): Promise<void> | undefined => {
    if (clock.monotonicMs() - sliceBegan < SLICE_MS) return undefined;
    return nextTurn().then(() => {
      sliceBegan = clock.monotonicMs();
    });
  };
  for await (const batch of rows) {
    for (const { line, text, read } of batch) {
      if (isFault(read)) {
        tally.addBad(line, read);
        continue;
      }
      const tokens = (await count(read.prompt, rest)) + (await count(read.answer, rest));
      tally.addGood(read, sideOf(text, validationShare), tokens);
    }
    if (tally.good + tally.bad > MOST_ROWS) {
      throw new FileFault(`The file has more than ${MOST_ROWS.toLocaleString('en-US')} rows. Split it.`);
    }
    if (!(await onProgress({ rows: tally.good, tokens: tally.tokens }))) return false;
  }
  return true;
}
