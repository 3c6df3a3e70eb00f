import type { DatasetReport } from '@/domain/datasets/schema';
import { formatCount } from '@/lib/format';

/** A larger share of bad rows says that the file is not what its sender thinks it is. */
export const MOST_BAD_SHARE = 0.1;

type Counted = Pick<DatasetReport, 'rows_good' | 'rows_bad' | 'errors'>;

/** Why a file that was read to its end cannot be trained on, as people are told; null where it can. */
export function failureOf({ rows_good, rows_bad, errors }: Counted, trainingRows: number): string | null {
  const rows = rows_good + rows_bad;
  const [first] = errors;
  const example = first ? ` Line ${first.line}: ${first.reason}.` : '';
  if (rows_good === 0) return `None of the ${formatCount(rows, 'row')} can be used.${example}`;
  if (rows_bad > rows * MOST_BAD_SHARE) {
    return `${formatCount(rows_bad, 'row')} of ${formatCount(rows, 'row')} cannot be used, more than a tenth.${example}`;
  }
  if (trainingRows === 0) return 'No row is left for training: add rows, or send a smaller validation_share.';
  return null;
}
