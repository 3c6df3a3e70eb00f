import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addMoney,
  formatMoney,
  MAX_CHARGE,
  type Money,
  moneyToNumber,
  parseMoney,
  roundToCents,
  sumMoney,
  ZERO,
} from '@/lib/money';

const amount = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }).map((value) => value as Money);

/** Text with ten decimals, made by hand: the oracle for everything that is shown. */
function plainText(value: bigint): string {
  const digits = String(value).replace('-', '').padStart(11, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -10)}.${digits.slice(-10)}`;
}

describe('money as text', () => {
  test.each([
    ['0', '0.0000000000'],
    ['-0.5', '-0.5000000000'],
    ['135.2924795084', '135.2924795084'],
    ['1848568.31355', '1848568.3135500000'],
    ['-0', '0.0000000000'],
  ])('%s is shown as %s', (text, canonical) => {
    expect(formatMoney(parseMoney(text))).toBe(canonical);
  });

  test.each([['NaN'], ['Infinity'], ['1e400'], ['1e5'], ['0.00000000001'], [''], ['1,00'], ['$1']])(
    '%j is refused',
    (text) => {
      expect(() => parseMoney(text)).toThrow(RangeError);
    },
  );

  test('every amount survives the way to text and back', () => {
    fc.assert(
      fc.property(amount, (m) => {
        expect(formatMoney(m)).toBe(plainText(m));
        expect(parseMoney(plainText(m))).toBe(m);
      }),
      { numRuns: 2_000 },
    );
  });

  test('the largest charge is what numeric(20,10) can hold', () => {
    expect(formatMoney(MAX_CHARGE)).toBe('9999999999.9999999999');
  });
});

describe('money as a number', () => {
  test('is the double nearest to the exact text', () => {
    fc.assert(
      fc.property(amount, (m) => {
        expect(moneyToNumber(m)).toBe(Number(plainText(m)));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['0', 0],
    ['0.005', 0.01],
    ['-0.005', -0.01],
    ['0.0049999999', 0],
    ['-0.0049999999', 0],
    ['1.005', 1.01],
    ['2.675', 2.68],
    ['-2.675', -2.68],
    ['1848568.31355', 1848568.31],
    ['0.015', 0.02],
    ['0.025', 0.03],
  ])('%s is %d to the cent', (text, cents) => {
    expect(roundToCents(parseMoney(text))).toBe(cents);
  });

  test('cents are half away from zero, against digits compared as text', () => {
    fc.assert(
      fc.property(amount, (m) => {
        const size = m < 0n ? -m : m;
        const digits = String(size).padStart(11, '0');
        const up = (digits.at(-8) ?? '0') >= '5' ? 1n : 0n;
        const cents = String(BigInt(digits.slice(0, -8)) + up).padStart(3, '0');
        const expected = Number(`${cents.slice(0, -2)}.${cents.slice(-2)}`);
        expect(roundToCents(m)).toBe(m < 0n && expected !== 0 ? -expected : expected);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('sums', () => {
  test('a tenth ten thousand times is a thousand, which floats miss', () => {
    const tenths = Array.from({ length: 10_000 }, () => parseMoney('0.1'));
    expect(formatMoney(sumMoney(tenths))).toBe('1000.0000000000');
  });

  test('the sum does not depend on order or grouping', () => {
    fc.assert(
      fc.property(fc.array(amount), fc.nat(), (amounts, cut) => {
        const at = amounts.length === 0 ? 0 : cut % amounts.length;
        const halves = addMoney(sumMoney(amounts.slice(at)), sumMoney(amounts.slice(0, at)));
        expect(halves).toBe(sumMoney(amounts));
        expect(sumMoney(amounts)).toBe(amounts.reduce((sum, m) => sum + m, 0n));
      }),
    );
  });

  test('the sum of nothing is zero', () => {
    expect(sumMoney([])).toBe(ZERO);
  });
});
