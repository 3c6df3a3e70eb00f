import type { LogLine, LogsAnswer } from '@/domain/training/schema';

/** The lines of a log that the page holds, oldest first. */
export interface HeldLog {
  lines: readonly LogLine[];
  /** Where the log goes on; null: from its beginning. */
  upTo: string | null;
  /** Whether there are lines before the first one held. */
  isCut: boolean;
}

/** More lines than these make a page slow and nobody reads them; the API has all of them. */
export const MOST_LINES = 2_000;

export const EMPTY_LOG: HeldLog = { lines: [], upTo: null, isCut: false };

/** The newest lines, as the API gives them: newest first. */
export const startLog = ({ lines, up_to, next_cursor }: LogsAnswer): HeldLog => ({
  lines: lines.toReversed(),
  upTo: up_to,
  isCut: next_cursor !== null,
});

/** The same log with what came after it; the same object where nothing came. */
export function appendLog(held: HeldLog, { lines, up_to }: LogsAnswer): HeldLog {
  if (lines.length === 0) return held;
  const all = [...held.lines, ...lines];
  return {
    lines: all.slice(-MOST_LINES),
    upTo: up_to ?? held.upTo,
    isCut: held.isCut || all.length > MOST_LINES,
  };
}

/** What tells the lines of a job apart. */
export const lineKey = ({ attempt, line_no }: LogLine): string => `${attempt}/${line_no}`;
