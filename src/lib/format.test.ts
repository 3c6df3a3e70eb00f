import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dayOf,
  decimalsOf,
  formatAgo,
  formatAmount,
  formatBytes,
  formatCount,
  formatDay,
  formatDayMark,
  formatExact,
  formatInstant,
  formatMonthMark,
  formatParts,
  formatScale,
  formatTime,
  formatUtc,
  formatWeekday,
  splitAmount,
} from '@/lib/format';

/** Reads `-$1,234.50` back as cents, with nothing of the code under test. */
const centsShown = (text: string): bigint => (/^[<>]/.test(text) ? 0n : BigInt(text.replace(/[^0-9-]/g, '')));

const exactText = (tenBillionths: bigint): string => {
  const digits = (tenBillionths < 0n ? -tenBillionths : tenBillionths).toString().padStart(11, '0');
  return `${tenBillionths < 0n ? '-' : ''}${digits.slice(0, -10)}.${digits.slice(-10)}`;
};

describe('money', () => {
  it.each([
    ['0.0000000000', '$0.00'],
    ['1234.5000000000', '$1,234.50'],
    ['0.0049999999', '<$0.01'],
    ['0.0000000001', '<$0.01'],
    ['0.0050000000', '$0.01'],
    ['-0.0049999999', '>-$0.01'],
    ['-0.0050000000', '-$0.01'],
    ['-12.3450000000', '-$12.35'],
    ['2.6750000000', '$2.68'],
    ['90071992547409931.0050000000', '$90,071,992,547,409,931.01'],
  ])('reads %s as %s', (exact, shown) => {
    expect(formatAmount(exact, 'USD')).toBe(shown);
  });

  it('shows two decimals in every currency', () => {
    expect(formatAmount('1234.5', 'JPY')).toBe('¥1,234.50');
    expect(formatAmount('1234.5', 'EUR')).toBe('€1,234.50');
    expect(formatAmount('1234.5', 'X1').trim()).toBe('1,234.50');
  });

  it('splits an amount at its point', () => {
    expect(splitAmount('1234.5', 'USD')).toEqual(['$1,234', '.50']);
    expect(splitAmount('0.001', 'USD')).toEqual(['<$0.01', '']);
  });

  it.each([
    ['135.2924795084', '135.2924795084'],
    ['1234567.5000000000', '1,234,567.50'],
    ['-1234.0000000001', '-1,234.0000000001'],
    ['0.0000000000', '0.00'],
  ])('keeps every digit of %s', (exact, shown) => {
    expect(formatExact(exact)).toBe(shown);
  });

  it('gives amounts below each other the same decimals', () => {
    expect(decimalsOf(['1.0000000000', '2.5000000000'])).toBe(2);
    expect(decimalsOf(['1.0000000000', '2.1234500000'])).toBe(5);
    expect(formatExact('1.0000000000', 5)).toBe('1.00000');
  });

  it('shows parts that add up to the total shown', () => {
    expect(formatParts(['0.3333333333', '0.3333333333', '0.3333333334'], 'USD')).toEqual(['$0.33', '$0.33', '$0.34']);
    expect(formatParts(['10.0000000000', '0.0010000000'], 'USD')).toEqual(['$10.00', '<$0.01']);
    const amount = fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n });
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 40 }), (amounts) => {
        const sum = amounts.reduce((total, each) => total + each, 0n);
        const shown = formatParts(amounts.map(exactText), 'USD').reduce((total, text) => total + centsShown(text), 0n);
        expect(shown).toBe(centsShown(formatAmount(exactText(sum), 'USD')));
      }),
      { numRuns: 500 },
    );
  });

  it('moves no part by a cent or more', () => {
    const amount = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n });
    fc.assert(
      fc.property(fc.array(amount, { minLength: 1, maxLength: 20 }), (amounts) => {
        const shown = formatParts(amounts.map(exactText), 'USD').map(centsShown);
        for (const [index, each] of amounts.entries()) {
          const off = (shown[index] ?? 0n) * 10n ** 8n - each;
          expect(off < 10n ** 8n && off > -(10n ** 8n)).toBe(true);
        }
      }),
    );
  });

  it('shortens the marks of a scale', () => {
    expect(formatScale(20_000, 'USD')).toBe('$20K');
    expect(formatScale(0.02, 'USD')).toBe('$0.02');
    expect(formatScale(0, 'USD')).toBe('$0');
    expect(formatScale(2_500_000, 'EUR')).toBe('€2.5M');
  });
});

describe('dates', () => {
  it('writes calendar days in day, month, year', () => {
    expect(formatDay('2017-09-09')).toBe('9 Sep 2017');
    expect(formatWeekday('2017-09-09')).toBe('Sat 9 Sep 2017');
    expect(formatDayMark('2017-09-09')).toBe('9 Sep');
    expect(formatMonthMark('2017-09-09')).toBe('Sep 2017');
  });

  it('puts an instant on the day of its zone', () => {
    expect(dayOf('2024-03-10T23:59:59.999Z', 'UTC')).toBe('2024-03-10');
    expect(dayOf('2024-03-10T23:59:59.999Z', 'Europe/Berlin')).toBe('2024-03-11');
    expect(dayOf('2024-03-10T18:14:59Z', 'Asia/Kathmandu')).toBe('2024-03-10');
    expect(dayOf('2024-03-10T18:15:00Z', 'Asia/Kathmandu')).toBe('2024-03-11');
    expect(formatInstant('2024-03-10T00:05:00Z', 'UTC')).toBe('10 Mar 2024, 00:05');
    expect(formatInstant('2024-03-10T23:05:00Z', 'Europe/Berlin')).toBe('11 Mar 2024, 00:05');
    expect(formatTime(new Date('2024-03-10T23:05:09Z'), 'Europe/Berlin')).toBe('00:05:09');
    expect(formatUtc('2024-03-10T23:05:09.123+01:00')).toBe('2024-03-10 22:05:09 UTC');
  });

  it.each([
    ['2024-03-10T11:59:30Z', 'just now'],
    ['2024-03-10T12:00:30Z', 'just now'],
    ['2024-03-10T11:59:00Z', '1 minute ago'],
    ['2024-03-10T09:30:00Z', '2 hours ago'],
    ['2024-03-08T12:00:00Z', '2 days ago'],
    ['2024-03-03T11:00:00Z', '3 Mar 2024'],
  ])('says how long ago %s was', (instant, words) => {
    expect(formatAgo(instant, new Date('2024-03-10T12:00:00Z'), 'UTC')).toBe(words);
  });

  it('counts in singular and plural', () => {
    expect(formatCount(1, 'day')).toBe('1 day');
    expect(formatCount(1234, 'day')).toBe('1,234 days');
    expect(formatCount(2, 'currency', 'currencies')).toBe('2 currencies');
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1 kB'],
    [1_234_567, '1.23 MB'],
    [999_499, '999 kB'],
    [999_999, '1 MB'],
    [20_000_000_000, '20 GB'],
    [5e18, '5,000 PB'],
  ])('shows %d bytes', (bytes, shown) => {
    expect(formatBytes(bytes)).toBe(shown);
  });
});
