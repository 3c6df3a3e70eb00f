import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LONGEST_LINE, splitLines } from './split-lines';

async function lines(content: Buffer, size: number): Promise<(string | null)[]> {
  async function* pieces() {
    for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
  }
  const found: (string | null)[] = [];
  for await (const some of splitLines(pieces())) {
    for (const { number, bytes } of some) {
      expect(number).toBe(found.length + 1);
      found.push(bytes === null ? null : Buffer.from(bytes).toString('latin1'));
    }
  }
  return found;
}

test('lines are those of the whole, however it is cut', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'ä', '\n', '\r', ' '), maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 50 }), async (content, size) => {
      const whole = content.split('\n');
      if (whole.at(-1) === '') whole.pop();
      const expected = whole.map((line) => Buffer.from(line.replace(/\r$/, '')).toString('latin1'));
      expect(await lines(Buffer.from(content), size)).toEqual(expected);
    }),
  );
});

test('a line that is too long is null, and the next ones are right', async () => {
  const long = 'x'.repeat(LONGEST_LINE);
  const content = Buffer.from(`a\n${long}x\nb\n${long}\nc\n${long}x`);
  expect(await lines(content, 65_536)).toEqual(['a', null, 'b', long, 'c', null]);
});
