import type { DatasetReport } from '@/domain/datasets/schema';
import { formatInteger } from '@/lib/format';

/** A class of lengths as it is drawn and written. */
export interface LengthBar {
  label: string;
  rows: number;
  tokens: number;
  /** Of the highest bar, from 0 to 1; what is there is always seen. */
  height: number;
}

const LEAST_SEEN = 0.012;

const labelOf = ({ from, to }: { from: number; to: number | null }): string => {
  if (to === null) return `${formatInteger(from)} or more`;
  return to - from <= 1 ? formatInteger(from) : `${formatInteger(from)} to ${formatInteger(to - 1)}`;
};

/** The classes of a report from the first to the last that holds a row. */
export function lengthBars(lengths: DatasetReport['lengths']): LengthBar[] {
  const first = lengths.findIndex(({ rows }) => rows > 0);
  const last = lengths.findLastIndex(({ rows }) => rows > 0);
  if (first < 0) return [];
  const held = lengths.slice(first, last + 1);
  const most = held.reduce((highest, { rows }) => Math.max(highest, rows), 0);
  return held.map(({ from, to, rows, tokens }) => ({
    label: labelOf({ from, to }),
    rows,
    tokens,
    height: rows === 0 ? 0 : Math.max(LEAST_SEEN, rows / most),
  }));
}
