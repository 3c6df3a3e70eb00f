// Also read by the supervisor, which runs without the product: only files that do so too are imported.
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Anchor } from './machine-clock.ts';
import type { ProcessIdentity, ProcessSpace } from './processes.ts';
import { RESERVE_BYTES, RUN_FOLDER } from './run-folder.ts';

/** Who watches the run, and the clock by which it gives instants. */
export interface SupervisorLine extends ProcessIdentity, ProcessSpace {
  readonly type: 'supervisor';
  readonly anchor: Anchor;
}

/** The command is about to be started: whoever finds no more than this cannot know whether it was. */
export interface StartingLine {
  readonly type: 'starting';
  readonly at: number;
}

/** The command began at `at`, ms since 1970, as this process, which leads the group of the run. */
export interface StartLine extends ProcessIdentity {
  readonly type: 'start';
  readonly at: number;
}

/** The run will never be started: whoever was to do so finds this. */
export interface NeverLine {
  readonly type: 'never';
}

export type JournalLine = SupervisorLine | StartingLine | StartLine | NeverLine;

/** How a run was over, as it is written down once. */
export interface RecordedEnd {
  readonly at: number;
  /** null where the command never began. */
  readonly startedAt: number | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason:
    | 'exited'
    | 'cancelled'
    | 'timeout'
    | 'lease'
    | 'not_started'
    | 'disk_full'
    | 'out_of_memory'
    | 'lost';
  readonly message: string;
}

const isThere = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EEXIST';

function syncFile(file: string): void {
  const handle = openSync(file, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A new name for a file that is whole and synced; false where the name is taken. */
function linkOnce(from: string, to: string): boolean {
  try {
    linkSync(from, to);
  } catch (error) {
    if (isThere(error)) return false;
    throw error;
  }
  syncFile(path.dirname(to));
  return true;
}

function writeOnce(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, text, { flag: 'wx', mode: 0o600, flush: true });
    return linkOnce(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Begins the journal, which says that this run is ours to start (or never to be started); false where it has begun. */
export const beginJournal = (folder: string, line: SupervisorLine | NeverLine): boolean =>
  writeOnce(path.join(folder, RUN_FOLDER.journal), `${JSON.stringify(line)}\n`);

/** Adds a line and waits until the disk has it. */
export function appendJournal(folder: string, line: JournalLine): void {
  const handle = openSync(path.join(folder, RUN_FOLDER.journal), 'a');
  try {
    writeSync(handle, `${JSON.stringify(line)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Writes the end; false where it has been written before, which stays. */
export const recordEnd = (folder: string, end: RecordedEnd): boolean =>
  writeOnce(path.join(folder, RUN_FOLDER.end), JSON.stringify(end));

/** The same for the supervisor alone, in the room that was reserved: the disk may be full. */
export function recordEndInReserve(folder: string, end: RecordedEnd): boolean {
  const reserve = path.join(folder, RUN_FOLDER.reserve);
  const handle = openSync(reserve, 'r+');
  try {
    writeSync(handle, Buffer.from(JSON.stringify(end).padEnd(RESERVE_BYTES)), 0, RESERVE_BYTES, 0);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return linkOnce(reserve, path.join(folder, RUN_FOLDER.end));
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** What the journal says; null where it has not begun. */
export interface Journal {
  readonly supervisor: SupervisorLine | null;
  readonly starting: StartingLine | null;
  readonly start: StartLine | null;
}

export function readJournal(folder: string): Journal | null {
  const text = textOf(path.join(folder, RUN_FOLDER.journal));
  if (text === null) return null;
  // the last piece is empty, or a line that is just being written
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as JournalLine);
  const find = <T extends JournalLine['type']>(type: T) =>
    (lines.find((line) => line.type === type) ?? null) as Extract<JournalLine, { type: T }> | null;
  return { supervisor: find('supervisor'), starting: find('starting'), start: find('start') };
}

/** How the run was over; null while nobody has said so. */
export function readEnd(folder: string): RecordedEnd | null {
  const text = textOf(path.join(folder, RUN_FOLDER.end));
  return text === null ? null : (JSON.parse(text) as RecordedEnd);
}
