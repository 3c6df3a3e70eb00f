// Also read by the supervisor, which runs without the product: only files that do so too are imported.
import { ftruncateSync, openSync, writeSync } from 'node:fs';
import type { EventKind, RunLimits } from './run-folder.ts';

/** Longest line of output that is kept, characters. */
const LONGEST_LINE = 4_000;
/** Reports that money or a later attempt depend on are kept beyond the limit, up to this many bytes more. */
const SPARE_BYTES = 4_194_304;
const WEIGHTY = /"(?:phase|checkpoint|error)"/;
/** Of output beyond the limit these many last lines are kept: what went wrong stands at the end. */
const TAIL_LINES = 100;
const TAIL_LINE_CHARACTERS = 1_000;
/** What waits for room on a full disk, bytes. */
const MOST_WAITING_BYTES = 262_144;
const NEWLINE = 10;

type Entry = readonly [at: number, kind: EventKind, text: string];

const shorten = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, longest - 1).toWellFormed()}…` : text;

/**
 * The file with all that a run tells. It never grows beyond its limits: then reports are dropped, but for the weighty
 * ones, and of output only the last lines are kept, until `close`.
 */
export class EventLog {
  readonly #file: number;
  readonly #limits: RunLimits;
  readonly #failed: (error: NodeJS.ErrnoException) => void;
  #size = 0;
  #logBytes = 0;
  #progressBytes = 0;
  #dropped = 0;
  #tail: Entry[] = [];
  #waiting: string[] = [];
  #saidThatProgressIsDropped = false;

  /** @param failed is told where the disk took no more */
  constructor(file: string, limits: RunLimits, failed: (error: NodeJS.ErrnoException) => void) {
    this.#file = openSync(file, 'a');
    this.#limits = limits;
    this.#failed = failed;
  }

  /** Takes a line; `flush` writes it. */
  add(at: number, kind: EventKind, text: string): void {
    if (kind === 'progress') this.#addProgress(at, text);
    else if (kind === 'system') this.#queue([at, kind, shorten(text, LONGEST_LINE)]);
    else this.#addOutput([at, kind, shorten(text, LONGEST_LINE)]);
  }

  #addProgress(at: number, text: string): void {
    const isWithin = this.#progressBytes < this.#limits.progressBytes;
    const isSpared = WEIGHTY.test(text) && this.#progressBytes < this.#limits.progressBytes + SPARE_BYTES;
    if (isWithin || isSpared) this.#progressBytes += this.#queue([at, 'progress', text]);
    if (isWithin || this.#saidThatProgressIsDropped) return;
    this.#saidThatProgressIsDropped = true;
    this.add(at, 'system', 'The trainer has reported more than is kept; from here on only phases and checkpoints are.');
  }

  #addOutput(entry: Entry): void {
    if (this.#logBytes < this.#limits.logBytes) {
      this.#logBytes += this.#queue(entry);
      return;
    }
    if (this.#dropped === 0 && this.#tail.length === 0) {
      this.add(entry[0], 'system', 'The run has printed more than is kept; from here on only its last lines are.');
    }
    this.#tail.push([entry[0], entry[1], shorten(entry[2], TAIL_LINE_CHARACTERS)]);
    if (this.#tail.length <= TAIL_LINES) return;
    this.#tail.shift();
    this.#dropped += 1;
  }

  #queue(entry: Entry): number {
    const line = `${JSON.stringify(entry)}\n`;
    this.#waiting.push(line);
    return Buffer.byteLength(line);
  }

  /**
   * Writes what was taken. Of a line that the disk takes only in part nothing stays, so that none is ever torn; it waits
   * for room, with as many further lines as memory may hold.
   */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const bytes = Buffer.from(this.#waiting.join(''));
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#file, bytes, written);
      this.#size += bytes.length;
      this.#waiting = [];
    } catch (error) {
      const whole = written === 0 ? 0 : bytes.lastIndexOf(NEWLINE, written - 1) + 1;
      this.#size += whole;
      ftruncateSync(this.#file, this.#size);
      const end = Math.min(bytes.length, whole + MOST_WAITING_BYTES);
      this.#waiting = [bytes.toString('utf8', whole, bytes.lastIndexOf(NEWLINE, end - 1) + 1)];
      this.#failed(error as NodeJS.ErrnoException);
    }
  }

  /** Writes the last lines of what was too much. */
  close(): void {
    const first = this.#tail[0];
    if (first && this.#dropped > 0) this.add(first[0], 'system', `${this.#dropped} lines were left out here.`);
    for (const entry of this.#tail) this.#queue(entry);
    this.#tail = [];
    this.flush();
  }
}
