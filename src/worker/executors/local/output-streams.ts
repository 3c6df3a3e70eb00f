// Also read by the supervisor, which runs without the product: only files that do so too are imported.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from './event-log.ts';
import { LineReader } from './line-reader.ts';
import { LONGEST_REPORT, MARK } from './run-folder.ts';

/** A report in UTF-8, with its mark. */
const LONGEST_LINE_BYTES = LONGEST_REPORT * 3 + MARK.length;
/** How long output is waited for once no process is left: one that hid itself may keep a pipe open. */
const DRAIN_MS = 1_000;

type Source = 'stdout' | 'stderr' | 'progress';

/** Sorts what a command prints into reports and output, and stamps each line with the instant at which it came. */
export class OutputStreams {
  readonly #log: EventLog;
  readonly #now: () => number;
  readonly #streams: readonly Readable[];
  readonly #readers: LineReader[] = [];
  readonly #closed: Promise<unknown>;

  /** @param child with pipes for stdout, stderr and file descriptor 3 */
  constructor(child: ChildProcess, log: EventLog, now: () => number) {
    this.#log = log;
    this.#now = now;
    this.#streams = [1, 2, 3].map((index) => child.stdio[index] as Readable);
    this.#closed = Promise.all(this.#streams.map((stream) => once(stream, 'close')));
    const sources = ['stdout', 'stderr', 'progress'] as const;
    for (const [index, source] of sources.entries()) this.#read(this.#streams[index] as Readable, source);
  }

  #read(stream: Readable, source: Source): void {
    const reader = new LineReader(LONGEST_LINE_BYTES, (text, isCut) => this.#take(source, text, isCut));
    this.#readers.push(reader);
    stream.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      this.#log.flush();
    });
    stream.on('error', () => stream.destroy());
  }

  #take(source: Source, text: string, isCut: boolean): void {
    if (text.trim() === '') return;
    const isMarked = source === 'progress' || (source === 'stdout' && text.startsWith(MARK));
    const report = source === 'progress' ? text : text.slice(MARK.length);
    if (isMarked && !isCut && report.length <= LONGEST_REPORT) this.#log.add(this.#now(), 'progress', report);
    else this.#log.add(this.#now(), source === 'progress' ? 'stdout' : source, text);
  }

  /** Takes what is still on its way, once no process is left that could print more. */
  async drain(): Promise<void> {
    await Promise.race([this.#closed, sleep(DRAIN_MS)]);
    for (const stream of this.#streams) stream.destroy();
    for (const reader of this.#readers) reader.end();
  }
}
