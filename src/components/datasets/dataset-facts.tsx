import type { DatasetAnswer } from '@/domain/datasets/schema';
import { formatBytes, formatInstant, formatInteger, formatMeasure, formatShare, formatUtc } from '@/lib/format';
import { CopyButton } from '../ui/copy-button';
import { type Fact, Facts } from '../ui/facts';
import { Panel } from '../ui/panel';
import { formatName } from './dataset-words';

const counted = (count: number | null): string => (count === null ? 'not counted yet' : formatInteger(count));

function factsOf(dataset: DatasetAnswer, zone: string): Fact[] {
  const { report } = dataset;
  const isCounted = dataset.rows_total !== null;
  return [
    { name: 'Rows', value: counted(dataset.rows_total), more: isCounted ? 'that can be used' : undefined },
    { name: 'For training', value: counted(dataset.rows_training) },
    {
      name: 'For validation',
      value: counted(dataset.rows_validation),
      more: `${formatShare(dataset.validation_share)} are kept from training`,
    },
    { name: 'Tokens', value: counted(dataset.tokens), more: `counted by ${dataset.tokenizer ?? 'nobody yet'}` },
    { name: 'Format', value: formatName(dataset.format) },
    {
      name: 'File',
      value: dataset.file_name ?? 'without a name',
      more: dataset.bytes === null ? null : formatBytes(dataset.bytes),
    },
    {
      name: 'Uploaded',
      value: <time dateTime={dataset.created_at}>{formatInstant(dataset.created_at, zone)}</time>,
      more: formatUtc(dataset.created_at),
    },
    ...(report === null
      ? []
      : [
          { name: 'Left out', value: formatInteger(report.rows_bad), more: 'bad rows' },
          { name: 'Duplicates', value: formatInteger(report.duplicates), more: 'repeat an earlier row; they stay in' },
          { name: 'Empty answers', value: formatInteger(report.empty_answers), more: 'left out' },
          { name: 'Text faults', value: formatInteger(report.unicode_faults), more: 'no clean Unicode; left out' },
          {
            name: 'Longest row',
            value: `${formatInteger(report.longest)} tokens`,
            more: `${formatMeasure(report.mean)} on average`,
          },
        ]),
  ];
}

/** The numbers of a dataset. */
export function DatasetFacts({ dataset, zone }: { dataset: DatasetAnswer; zone: string }) {
  return (
    <Panel id="numbers" title="In numbers">
      <div className="px-4 pb-5 sm:px-6">
        <Facts facts={factsOf(dataset, zone)} />
        {dataset.sha256 ? (
          <div className="mt-4 flex flex-wrap items-center gap-3 border-t border-line pt-4">
            <p className="min-w-0 flex-[1_1_16rem] text-xs text-soft">
              SHA-256 of the file
              <code className="block font-mono [overflow-wrap:anywhere]">{dataset.sha256}</code>
            </p>
            <CopyButton text={dataset.sha256} what="the SHA-256 of the file" />
          </div>
        ) : null}
      </div>
    </Panel>
  );
}
