import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitLines, type TextLine } from '@/domain/imports/split-lines';

async function split(pieces: string[], longest?: number): Promise<TextLine[]> {
  const lines: TextLine[] = [];
  async function* source() {
    yield* pieces;
  }
  for await (const some of splitLines(source(), longest)) lines.push(...some);
  return lines;
}

const texts = (lines: TextLine[]) => lines.map((line) => line.text);

describe('splitting a text into lines', () => {
  it('ends lines at LF and at CR LF, also where CR and LF come in two pieces', async () => {
    expect(texts(await split(['a\r', '\nb\nc\r\n', 'd']))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('counts lines from one, blank ones included', async () => {
    expect((await split(['a\n\nb\n'])).map((line) => [line.number, line.text])).toEqual([
      [1, 'a'],
      [2, ''],
      [3, 'b'],
    ]);
  });

  it('gives nothing for an empty text', async () => {
    expect(await split([])).toEqual([]);
    expect(await split([''])).toEqual([]);
  });

  it('does not keep a line that is too long, and reads on behind it', async () => {
    expect(texts(await split(['aa\n', 'x'.repeat(8), 'y'.repeat(8), 'zz\nbb\n'], 10))).toEqual(['aa', null, 'bb']);
    expect(texts(await split(['x'.repeat(30)], 10))).toEqual([null]);
    expect(texts(await split([`${'x'.repeat(11)}\nok`], 10))).toEqual([null, 'ok']);
  });

  it('keeps a line of exactly the greatest length', async () => {
    expect(texts(await split(['x'.repeat(10), '\n'], 10))).toEqual(['x'.repeat(10)]);
  });

  it('gives the same lines however the text is cut into pieces', async () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r\n'), maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 10 }), async (pieces) => {
        const whole = pieces.join('');
        const expected = whole.split('\n').map((line) => line.replace(/\r$/, ''));
        if (whole === '' || whole.endsWith('\n')) expected.pop();
        expect(texts(await split(pieces))).toEqual(expected);
        expect(texts(await split([...whole]))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});
