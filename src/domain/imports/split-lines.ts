/** Longest line that is read, in characters. */
export const LONGEST_LINE = 1_048_576;

/** A line of a text without its end; `text` is null where the line was too long and was not kept. */
export interface TextLine {
  readonly number: number;
  readonly text: string | null;
}

/**
 * Cuts a text that arrives in pieces into lines, ended by LF or CR LF, the last perhaps by nothing. Gives the lines of
 * a piece together. Memory stays bounded: of a line that is too long only the length is kept.
 */
export async function* splitLines(pieces: AsyncIterable<string>, longest = LONGEST_LINE): AsyncGenerator<TextLine[]> {
  let number = 0;
  let rest = '';
  let tooLong = false;
  for await (const piece of pieces) {
    const lines: TextLine[] = [];
    let start = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', start)) {
      const text = rest + piece.slice(start, end);
      lines.push({ number: ++number, text: tooLong || text.length > longest ? null : withoutReturn(text) });
      rest = '';
      tooLong = false;
      start = end + 1;
    }
    rest += piece.slice(start);
    if (rest.length > longest) {
      tooLong = true;
      rest = '';
    }
    if (lines.length > 0) yield lines;
  }
  if (tooLong || rest !== '') yield [{ number: number + 1, text: tooLong ? null : withoutReturn(rest) }];
}

const withoutReturn = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text);
