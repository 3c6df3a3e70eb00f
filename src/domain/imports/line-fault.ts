/** What is wrong with a value of a line, as a sentence for the person who owns the file. */
export class LineFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'LineFault';
  }
}

/** A line that cannot be imported. Lines are counted from 1; the header is one of them. */
export interface Problem {
  readonly line: number;
  readonly reason: string;
}

/** Text from a file as it may stand in a sentence: short, quoted, without control characters. */
export function shown(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 59)}…` : text;
  return JSON.stringify(short.toWellFormed()).replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '');
}
