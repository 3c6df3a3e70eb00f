import { open } from 'node:fs/promises';
import path from 'node:path';
import { type ProgressEvent, readProgress } from '@/domain/training/progress';
import type { RunLine } from '@/worker/executors/executor';
import { type EventKind, RUN_FOLDER } from './run-folder.ts';

const MOST_LINES = 2_000;
const MOST_BYTES = 1_048_576;
const LONGEST_LINE = 4_000;

/** What a stretch of the events of a run holds, and where the next stretch begins. */
export interface EventStretch {
  readonly events: readonly { readonly at: number; readonly event: ProgressEvent }[];
  readonly lines: readonly RunLine[];
  readonly next: number;
  /** Whether more of it is there already. */
  readonly isMore: boolean;
  /** When the last of it came, ms since 1970. */
  readonly lastAt: number | null;
}

/** A cursor is the number of bytes that were read; anything else is the beginning. */
export const cursorOf = (cursor: string): number => (/^\d{1,15}$/.test(cursor) ? Number(cursor) : 0);

/** Colours and movements of a screen go, and so does every character that is none, but for the tab. */
const SEQUENCES = /(?!\t)\p{Cc}\[[0-9;?]*[A-Za-z]/gu;
const CONTROLS = /(?!\t)\p{Cc}/gu;

const cleanText = (text: string): string =>
  text.replaceAll(SEQUENCES, '').replaceAll(CONTROLS, '').slice(0, LONGEST_LINE).toWellFormed();

function parseEntry(line: string): [number, EventKind, string] | null {
  try {
    return JSON.parse(line) as [number, EventKind, string];
  } catch {
    return null; // torn by a crash of the machine
  }
}

/** Reads whole lines from byte `from`. A report that is none is a line of output, in its place among the others. */
export async function readEvents(folder: string, from: number): Promise<EventStretch> {
  const file = await open(path.join(folder, RUN_FOLDER.events), 'r');
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.max(0, Math.min(size - from, MOST_BYTES)));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    const events: { at: number; event: ProgressEvent }[] = [];
    const lines: RunLine[] = [];
    let read = 0;
    let lastAt: number | null = null;
    for (let count = 0; count < MOST_LINES; count += 1) {
      const end = buffer.subarray(0, bytesRead).indexOf(10, read);
      if (end < 0) break;
      const entry = parseEntry(buffer.toString('utf8', read, end));
      read = end + 1;
      if (entry === null) continue;
      const [at, kind, text] = entry;
      const event = kind === 'progress' ? readProgress(text) : null;
      if (event) events.push({ at, event });
      else lines.push({ at, stream: kind === 'progress' ? 'stdout' : kind, text: cleanText(text) });
      lastAt = at;
    }
    return { events, lines, next: from + read, isMore: read > 0 && from + read < size, lastAt };
  } finally {
    await file.close();
  }
}
