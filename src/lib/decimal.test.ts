import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { divideRounded, FIXED_ONE, formatFixed, parseFixed } from '@/lib/decimal';

const refused = [
  '',
  ' ',
  '.',
  '-',
  '.5',
  '5.',
  '+1',
  '--1',
  '1e5',
  '1E5',
  '1e400',
  '0x10',
  'NaN',
  'Infinity',
  '-Infinity',
  ' 1',
  '1 ',
  '1\n',
  '1,5',
  '1_000',
  '1.12345678901',
  '1.2.3',
  '１',
  '٣',
  '1'.repeat(31),
  '9'.repeat(100_000),
  '\u0000',
  '\ud800',
  '__proto__',
];

describe('plain decimal text', () => {
  test.each([
    ['0', 0n],
    ['-0', 0n],
    ['-0.0000000000', 0n],
    ['1', FIXED_ONE],
    ['-0.5', -5_000_000_000n],
    ['0.0000000001', 1n],
    ['-0.0000000001', -1n],
    ['007.10', 71_000_000_000n],
    ['9007199254740993', 90_071_992_547_409_930_000_000_000n],
    ['9999999999.9999999999', 10n ** 20n - 1n],
  ])('%s is read exactly', (text, value) => {
    expect(parseFixed(text)).toBe(value);
  });

  test.each(refused.map((text) => [text.slice(0, 40), text]))('%j is refused', (_, text) => {
    expect(() => parseFixed(text)).toThrow(RangeError);
  });

  test('an error shows only the head of a long text', () => {
    expect(() => parseFixed('x'.repeat(10_000))).toThrow(/^.{1,200}$/s);
  });

  test('what is written is read back, and is what BigInt text with a point would be', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (value) => {
        const text = formatFixed(value);
        expect(text).toMatch(/^-?(0|[1-9][0-9]*)\.[0-9]{10}$/);
        expect(BigInt(text.replace('.', ''))).toBe(value);
        expect(parseFixed(text)).toBe(value);
      }),
      { numRuns: 2_000 },
    );
  });

  test('zero has no sign', () => {
    expect(formatFixed(0n)).toBe('0.0000000000');
  });
});

describe('rounded division', () => {
  test.each([
    [1n, 2n, 1n],
    [-1n, 2n, -1n],
    [1n, -2n, -1n],
    [-1n, -2n, 1n],
    [3n, 2n, 2n],
    [5n, 2n, 3n],
    [-5n, 2n, -3n],
    [1n, 3n, 0n],
    [2n, 3n, 1n],
    [-1n, 3n, 0n],
    [0n, 7n, 0n],
    [49_999n, 100_000n, 0n],
    [50_000n, 100_000n, 1n],
  ])('%s / %s is %s', (n, d, quotient) => {
    expect(divideRounded(n, d)).toBe(quotient);
  });

  test('nothing is divided by zero', () => {
    expect(() => divideRounded(1n, 0n)).toThrow(RangeError);
  });

  test('the quotient is nearest, and a tie goes away from zero', () => {
    const whole = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
    fc.assert(
      fc.property(whole, fc.oneof(fc.bigInt({ min: -9n, max: 9n }), whole), (n, d) => {
        fc.pre(d !== 0n);
        const q = divideRounded(n, d);
        const abs = (x: bigint) => (x < 0n ? -x : x);
        const error = abs(2n * (q * d - n));
        expect(error <= abs(d)).toBe(true);
        if (error === abs(d)) expect(abs(q * d) > abs(n)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
