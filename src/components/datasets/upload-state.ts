import type { DatasetAdded } from '@/domain/datasets/schema';
import { formatBytes, formatShare } from '@/lib/format';

/** Where an upload is. */
export type UploadState =
  | { kind: 'idle' }
  | { kind: 'sending'; sent: number; total: number }
  | { kind: 'failed'; sentence: string }
  | { kind: 'done'; dataset: DatasetAdded };

/** How far the bytes are, from 0 to 1. */
export const sentShare = ({ sent, total }: { sent: number; total: number }): number =>
  total > 0 ? Math.min(1, sent / total) : 0;

/** How far an upload is, in words: once all bytes have left, the server still has to keep them. */
export function sendingText({ sent, total }: { sent: number; total: number }): string {
  if (total > 0 && sent >= total) return 'All sent; the server is keeping it';
  return `${formatBytes(sent)} of ${formatBytes(total)} sent, ${formatShare(sentShare({ sent, total }))}`;
}

/** What to say about a dataset that has just been taken. */
export function doneText({ name, already_there, status }: DatasetAdded): string {
  if (!already_there) return `“${name}” was uploaded and is being checked.`;
  const state = status === 'ready' ? 'and it is ready' : status === 'invalid' ? 'and it cannot be used' : '';
  return `You have this content already, as “${name}”${state && `, ${state}`}. Nothing was added, and it takes no more room.`;
}

/** `train.v2.jsonl.gz` → `train.v2`: what a dataset is called unless somebody says otherwise. */
export const nameOfFile = (fileName: string): string =>
  fileName.replace(/\.gz$/i, '').replace(/\.(jsonl|ndjson|json)$/i, '') || fileName;
