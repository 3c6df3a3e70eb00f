import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeLine } from '@/domain/training/safe-line';

test.each<[string, string]>([
  ['plain text, ümlauts and 漢字 stay', 'plain text, ümlauts and 漢字 stay'],
  ['a\ttab stays', 'a\ttab stays'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b[2K\u001b[1Gstep 5', 'step 5'],
  ['\u001b]0;a title\u0007text', 'text'],
  ['\u001b]8;;https://example.org\u001b\\link\u001b]8;;\u001b\\', 'link'],
  ['\u001b(Btext', 'text'],
  ['10 %\r50 %\r100 %', '100 %'],
  ['done\r', 'done'],
  ['bell\u0007 and null\u0000', 'bell and null'],
  ['abc\u202edef', 'abcdef'],
  ['\u009b31mred', '31mred'],
  ['\u001b', ''],
  ['\u0000\t', ''],
  ['50 %\r\u001b[K', '50 %'],
  ['', ''],
])('%j is shown as %j', (line, shown) => {
  expect(safeLine(line)).toBe(shown);
});

test('no control character gets through, and once is as often as twice', () => {
  const hostile = fc.string({
    unit: fc.constantFrom('\u001b', '[', ']', '3', 'm', '\u0007', '\r', '\n', 'a', '\u202e', '\\'),
  });
  fc.assert(
    fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (line) => {
      const shown = safeLine(line);
      expect(shown).not.toMatch(/(?!\t)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      expect(safeLine(shown)).toBe(shown);
    }),
    { numRuns: 2_000 },
  );
});
