/** Longest line that is read, bytes. */
export const LONGEST_LINE = 1_048_576;

/** A line without its end; `bytes` is null where it was too long and was not kept. */
export interface ByteLine {
  readonly number: number;
  readonly bytes: Uint8Array | null;
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts bytes that arrive in chunks into lines, ended by LF or CR LF, the last perhaps by nothing. Gives the lines of a
 * chunk together. Memory stays bounded: of a line that is too long nothing is kept.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ByteLine[]> {
  let number = 0;
  let parts: Uint8Array[] = [];
  let length = 0;
  const add = (part: Uint8Array) => {
    length += part.byteLength;
    if (length > LONGEST_LINE) parts = [];
    else if (part.byteLength > 0) parts.push(part);
  };
  const take = (): ByteLine => {
    const bytes = length > LONGEST_LINE ? null : withoutReturn(joined(parts));
    parts = [];
    length = 0;
    number += 1;
    return { number, bytes };
  };
  for await (const chunk of chunks) {
    const lines: ByteLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      add(chunk.subarray(start, end));
      lines.push(take());
      start = end + 1;
    }
    add(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  if (length > 0) yield [take()];
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return parts.length === 1 && only ? only : Buffer.concat(parts);
}

const withoutReturn = (line: Uint8Array): Uint8Array => (line.at(-1) === CR ? line.subarray(0, -1) : line);
