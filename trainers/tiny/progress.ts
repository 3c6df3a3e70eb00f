import { writeSync } from 'node:fs';

/** What is told of a run, one line of JSON each; what a line does not name has not changed. */
export interface Report {
  readonly phase?: 'setup' | 'training' | 'evaluation' | 'checkpoint' | 'saving';
  readonly step?: number;
  readonly total?: number;
  readonly epoch?: number;
  readonly loss?: number;
  readonly validation_loss?: number;
  readonly learning_rate?: number;
  readonly gradient_norm?: number;
  readonly tokens_per_second?: number;
  readonly tokens?: number;
  /** A checkpoint of this step is complete. */
  readonly checkpoint?: number;
  readonly error?: 'bad_data' | 'diverged';
  readonly message?: string;
}

export interface Progress {
  report(report: Report): void;
  /** A line for people, beside the protocol. */
  log(line: string): void;
}

/** Marks a report on standard output, where no descriptor was given for them. */
const MARK = '@pipeline ';
const STANDARD_OUTPUT = 1;

/** JSON has no word for numbers that are none: they are written as texts. */
const named = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Writes all of a line, also to a pipe that is full for a moment. */
function writeAll(descriptor: number, line: string): void {
  let rest: Uint8Array = Buffer.from(line);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 5);
    }
  }
}

/** Reports go to the descriptor that `PIPELINE_PROGRESS_FD` names, else to standard output with a mark. */
export function openProgress(descriptor: string | undefined): Progress {
  const own = descriptor !== undefined && /^\d{1,9}$/.test(descriptor) ? Number(descriptor) : null;
  return {
    report(report) {
      const json = JSON.stringify(report, named);
      writeAll(own ?? STANDARD_OUTPUT, own === null ? `${MARK}${json}\n` : `${json}\n`);
    },
    log: (line) => writeAll(STANDARD_OUTPUT, `${line}\n`),
  };
}
