import { FORMAT_LABELS } from '@/domain/datasets/formats';
import type { Dataset, DatasetAnswer } from '@/domain/datasets/schema';
import { formatBytes, formatCount } from '@/lib/format';

const MOST_SHOWN = 20;
const WIDEST_BAR = 30;

const count = (n: number): string => n.toLocaleString('en-US');

/** A name from a file must not steer the terminal. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '');

/** What validation found, for people. */
export function describeDataset(dataset: DatasetAnswer, alreadyThere: boolean): string {
  return [
    `${printable(dataset.name)}  ${dataset.id}`,
    ...(alreadyThere ? ['The same file is there already; nothing was added.'] : []),
    headline(dataset),
    ...describeReport(dataset),
  ].join('\n');
}

function headline({ status, failure, format, tokenizer, tokens, rows_total, rows_training, rows_validation }: Dataset) {
  if (status === 'invalid') return `Cannot be used: ${failure}`;
  if (status !== 'ready') return `Status: ${status}`;
  const rows = `${formatCount(rows_total ?? 0, 'row')} (${count(rows_training ?? 0)} training, ${count(rows_validation ?? 0)} validation)`;
  const written = format === null ? '' : `, ${FORMAT_LABELS[format]}`;
  return `Ready: ${rows}, ${formatCount(tokens ?? 0, 'token')} (${tokenizer})${written}`;
}

function describeReport({ report }: DatasetAnswer): string[] {
  if (!report) return [];
  const shown = report.errors.slice(0, MOST_SHOWN).map(({ line, reason }) => `  line ${line}: ${printable(reason)}`);
  const more = report.rows_bad - shown.length;
  const filled = report.lengths.filter(({ rows }) => rows > 0);
  const most = Math.max(1, ...filled.map(({ rows }) => rows));
  return [
    `Rows left out: ${count(report.rows_bad)}, repeated: ${count(report.duplicates)}, longest: ${formatCount(report.longest, 'token')}`,
    ...shown,
    ...(more > 0 ? [`  … and ${count(more)} more`] : []),
    ...(filled.length > 0 ? ['Tokens of a row:'] : []),
    ...filled.map(({ from, to, rows }) => {
      const range = to === null ? `${count(from)} and more` : `${count(from)} to ${count(to - 1)}`;
      return `  ${range.padStart(20)}  ${count(rows).padStart(9)}  ${'#'.repeat(Math.ceil((rows / most) * WIDEST_BAR))}`;
    }),
  ];
}

/** A line for each dataset. */
export function listDatasetLines(datasets: readonly Dataset[]): string {
  if (datasets.length === 0) return 'There are no datasets yet: `pipeline dataset add FILE` makes one.';
  return datasets
    .map(({ id, status, rows_total, tokens, bytes, name }) => {
      const numbers = [count(rows_total ?? 0), count(tokens ?? 0), formatBytes(bytes ?? 0)];
      const [rows = '', tokenCount = '', size = ''] = numbers;
      const cells = [
        id,
        status.padEnd(10),
        `${rows} rows`.padStart(15),
        `${tokenCount} tokens`.padStart(20),
        size.padStart(10),
      ];
      return `${cells.join('  ')}  ${printable(name)}`;
    })
    .join('\n');
}
