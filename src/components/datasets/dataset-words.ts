import type { Dataset } from '@/domain/datasets/schema';
import { formatBytes, formatInteger, formatShare } from '@/lib/format';
import type { Mood } from '../ui/status-mark';

type Format = NonNullable<Dataset['format']>;

const FORMAT_NAMES: Record<Format, string> = {
  messages: 'chat (messages)',
  conversations: 'ShareGPT (conversations)',
  instruction: 'Alpaca (instruction, input, output)',
  prompt_completion: 'prompt and completion',
  text: 'plain text',
};

/** What people call the form in which a dataset is written. */
export const formatName = (format: Format | null): string => (format === null ? 'not known' : FORMAT_NAMES[format]);

export const DATASET_STATUS: Record<Dataset['status'], { word: string; mood: Mood }> = {
  uploading: { word: 'Uploading', mood: 'busy' },
  validating: { word: 'Being checked', mood: 'busy' },
  ready: { word: 'Ready', mood: 'good' },
  invalid: { word: 'Invalid', mood: 'bad' },
};

/** How far its check has come, from 0 to 1; null where that is not known. */
export const checkedShare = ({ bytes, bytes_read }: Pick<Dataset, 'bytes' | 'bytes_read'>): number | null =>
  bytes === null || bytes === 0 ? null : Math.min(1, bytes_read / bytes);

/** A dataset in one line: its size in rows and tokens once they are counted, else what is being done with it. */
export function datasetSummary(dataset: Dataset): string {
  const { status, bytes, rows_total, tokens, failure } = dataset;
  const size = bytes === null ? '' : formatBytes(bytes);
  if (status === 'invalid') return failure ?? 'It cannot be used.';
  if (status === 'uploading') return 'The file is on its way.';
  if (status === 'validating') {
    const share = checkedShare(dataset);
    return [size, share === null ? 'waits for its check' : `${formatShare(share)} read`].filter(Boolean).join(', ');
  }
  const counted = [
    rows_total === null ? '' : `${formatInteger(rows_total)} rows`,
    tokens === null ? '' : `${formatInteger(tokens)} tokens`,
    size,
  ];
  return counted.filter(Boolean).join(', ');
}
