import type { Examination } from '@/domain/datasets/examine-file';
import { FORMAT_LABELS } from '@/domain/datasets/formats';
import type { WaitingDataset } from '@/domain/datasets/validation-store';
import type { NewNotification } from '@/domain/notifications/schema';
import { formatCount } from '@/lib/format';

const LONGEST_NAME = 120;

const shortened = (name: string): string => {
  const characters = [...name];
  return characters.length > LONGEST_NAME ? `${characters.slice(0, LONGEST_NAME - 1).join('')}…` : name;
};

/** What the owner is told when a validation has ended; a dataset is validated once, so this is said once for ever. */
export function validationMessage(dataset: WaitingDataset, { failure, findings }: Examination): NewNotification {
  const isReady = failure === null && findings !== null;
  return {
    userId: dataset.user_id,
    type: isReady ? 'dataset_ready' : 'dataset_invalid',
    title: `${isReady ? 'Dataset ready' : 'Dataset cannot be used'}: ${shortened(dataset.name)}`,
    message: isReady ? readyText(dataset, findings) : `${failure} Mend the file and upload it again.`,
    priority: isReady ? 'medium' : 'high',
    actionUrl: `/datasets/${dataset.id}`,
    threadKey: `dataset:${dataset.id}`,
    dedupeKey: `dataset:${dataset.id}:${isReady ? 'ready' : 'invalid'}`,
    metadata: { dataset_id: dataset.id, rows: findings?.rows.total ?? null, tokens: findings?.tokens ?? null },
  };
}

function readyText({ tokenizer }: WaitingDataset, findings: NonNullable<Examination['findings']>): string {
  const { rows, tokens, report, format } = findings;
  const parts = `${formatCount(rows.training, 'row')} for training, ${formatCount(rows.validation, 'row')} for validation`;
  const written = format === null ? '' : ` Format: ${FORMAT_LABELS[format]}.`;
  const left = report.rows_bad === 0 ? '' : ` ${formatCount(report.rows_bad, 'row was', 'rows were')} left out.`;
  const twice =
    report.duplicates === 0 ? '' : ` ${formatCount(report.duplicates, 'row repeats', 'rows repeat')} an earlier one.`;
  return `${parts}; ${formatCount(tokens, 'token')} (${tokenizer}).${written}${left}${twice} Next: configure a run with it.`;
}
