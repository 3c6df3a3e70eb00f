import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader } from './line-reader';

function read(chunks: readonly (string | Buffer)[], longest = 100): [string, boolean][] {
  const lines: [string, boolean][] = [];
  const reader = new LineReader(longest, (text, isCut) => lines.push([text, isCut]));
  for (const chunk of chunks) reader.push(Buffer.from(chunk as string));
  reader.end();
  return lines;
}

describe('a reader of lines', () => {
  it.each([
    ['whole lines, and the rest at the end', ['a\nb', 'c\nd'], ['a', 'bc', 'd']],
    ['lines that end as on Windows', ['a\r\nb\r', '\nc\r\r\n'], ['a', 'b', 'c']],
    ['the last of what a progress bar wrote', ['1 %\r2 %', '\r3 %\n4 %\r'], ['3 %', '4 %']],
    ['no empty lines', ['\n\n', '\r\n', 'a\n\n'], ['a']],
    ['characters that come in two pieces', [Buffer.from([0xc3]), Buffer.from([0xa4, 10])], ['ä']],
  ])('gives %s', (_, chunks, expected) => {
    expect(read(chunks).map(([text]) => text)).toEqual(expected);
  });

  it('cuts what is too long, and says so', () => {
    expect(read(['aaaa', 'aaaa', '\nbb\n'], 5)).toEqual([
      ['aaaaa', true],
      ['bb', false],
    ]);
    expect(read(['aaaaaaa\rbb\n'], 5)).toEqual([['bb', false]]);
  });

  it('gives the same however the bytes are cut into pieces', () => {
    const bytes = fc.array(fc.constantFrom(10, 13, 97, 98, 0, 0xc3, 0xa4), { maxLength: 60 });
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(60), { maxLength: 6 }), (all, cuts) => {
        const whole = Buffer.from(all);
        const places = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
        const pieces = places.slice(1).map((end, index) => whole.subarray(places[index], end));
        expect(read(pieces, 8)).toEqual(read([whole], 8));
      }),
    );
  });
});
