import fc from 'fast-check';
import { countTokens as countCl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base';
import llama3 from 'llama3-tokenizer-js';
import { describe, expect, test } from 'vitest';
import { openTokenizer, piecesOf } from './count-tokens';
import { TOKENIZER_NAMES, type TokenizerName } from './tokenizers';

const asText = { disallowedSpecial: new Set<string>() };
const WHOLE: Record<TokenizerName, (text: string) => number> = {
  o200k_base: (text) => countO200k(text, asText),
  cl100k_base: (text) => countCl100k(text, asText),
  llama3: (text) => llama3.encode(text, { bos: false, eos: false }).length,
  bytes: (text) => Buffer.byteLength(text),
};
const noRest = () => undefined;

const word = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'abcdeé漢'), minLength: 1, maxLength: 12 }),
  fc.constantFrom('12', '3.14', '\n', '\n\n ', '  ', "don't", '<|endoftext|>', '{"a": 1}', '🙂', '\t', "'s", 'A.B.'),
);
const prose = fc.array(word, { minLength: 300, maxLength: 3_000 }).map((words) => words.join(' '));

describe.each(TOKENIZER_NAMES)('%s', (name) => {
  test('counts a long text in pieces as it counts the whole', async () => {
    const count = await openTokenizer(name);
    await fc.assert(
      fc.asyncProperty(prose, async (text) => {
        expect(await count(text, noRest)).toBe(WHOLE[name](text));
      }),
      { numRuns: 40 },
    );
  });

  test('counts what looks like a special token as text or token, and never throws', async () => {
    const count = await openTokenizer(name);
    for (const text of [
      '',
      '<|endoftext|>',
      '<|im_start|>user',
      '<|begin_of_text|>',
      '\ufffd',
      ' '.repeat(5_000),
      '\ud83d',
    ]) {
      expect(await count(text, noRest)).toBeGreaterThanOrEqual(text === '' ? 0 : 1);
    }
  });

  test('a text without blanks is off by no more than a token for each cut', async () => {
    const count = await openTokenizer(name);
    for (const text of ['漢字'.repeat(2_000), 'ab'.repeat(2_000), '🙂'.repeat(1_500)]) {
      const cuts = Math.ceil(text.length / 1_023);
      expect(Math.abs((await count(text, noRest)) - WHOLE[name](text))).toBeLessThanOrEqual(cuts);
    }
  });
});

test('pieces are the text again, none is long, and none begins in the middle of a character', () => {
  fc.assert(
    fc.property(fc.oneof(prose, fc.string({ unit: 'binary', minLength: 3_000, maxLength: 9_000 })), (text) => {
      const pieces = [...piecesOf(text)];
      expect(pieces.join('')).toBe(text);
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(4_096);
        if (text.isWellFormed()) expect(piece.isWellFormed()).toBe(true);
      }
    }),
    { numRuns: 50 },
  );
});
