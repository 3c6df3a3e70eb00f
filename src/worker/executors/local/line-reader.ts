// Also read by the supervisor, which runs without the product: this file imports nothing of ours.

const NEWLINE = 10;
const RETURN = 13;

/**
 * Cuts a stream of bytes into lines in constant memory: of a line longer than the limit the beginning is kept. A carriage
 * return within a line begins it anew, as on a screen, so that a progress bar is one line and not thousands.
 */
export class LineReader {
  readonly #line: Buffer;
  readonly #take: (text: string, isCut: boolean) => void;
  #length = 0;
  #isCut = false;
  #returned = false;

  /** @param longest of a line, bytes */
  constructor(longest: number, take: (text: string, isCut: boolean) => void) {
    this.#line = Buffer.alloc(longest);
    this.#take = take;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      this.#append(chunk.subarray(from, at));
      this.#emit();
      from = at + 1;
    }
    this.#append(chunk.subarray(from));
  }

  /** The stream is over: what has no newline at its end is a line as well. */
  end(): void {
    this.#emit();
  }

  #append(part: Buffer): void {
    let end = part.length;
    while (end > 0 && part[end - 1] === RETURN) end -= 1;
    if (end > 0) {
      const lastReturn = part.lastIndexOf(RETURN, end - 1);
      if (this.#returned || lastReturn >= 0) this.#restart();
      this.#keep(part.subarray(lastReturn + 1, end));
    }
    this.#returned = end < part.length || (end === 0 && this.#returned);
  }

  #keep(bytes: Buffer): void {
    const room = this.#line.length - this.#length;
    this.#length += bytes.copy(this.#line, this.#length, 0, room);
    if (bytes.length > room) this.#isCut = true;
  }

  #restart(): void {
    this.#length = 0;
    this.#isCut = false;
    this.#returned = false;
  }

  #emit(): void {
    if (this.#length > 0) this.#take(this.#line.toString('utf8', 0, this.#length), this.#isCut);
    this.#restart();
  }
}
