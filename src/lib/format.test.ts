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
  formatDuration,
  formatExact,
  formatFineAmount,
  formatInstant,
  formatInteger,
  formatMeasure,
  formatMonthMark,
  formatParts,
  formatScale,
  formatShare,
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

describe('what is watched while it grows', () => {
  it.each([
    ['0.0000000000', '$0.00'],
    ['0.0000000001', '$0.0000000001'],
    ['0.0001388889', '$0.000139'],
    ['0.0555555556', '$0.0556'],
    ['0.1234567891', '$0.123'],
    ['0.9996000000', '$1.000'],
    ['12.3450000000', '$12.35'],
    ['1234.5000000000', '$1,234.50'],
    ['-0.0001388889', '-$0.000139'],
  ])('%s reads %s', (exact, shown) => {
    expect(formatFineAmount(exact, 'USD')).toBe(shown);
  });

  it('is never further from the amount than half of its last digit, and never nothing', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 10n - 1n }), (amount) => {
        const text = formatFineAmount(exactText(amount), 'USD').slice(1);
        const decimals = text.split('.')[1] ?? '';
        const shown = BigInt(text.replace('.', '')) * 10n ** BigInt(10 - decimals.length);
        const distance = shown > amount ? shown - amount : amount - shown;
        expect(2n * distance <= 10n ** BigInt(10 - decimals.length)).toBe(true);
        expect(shown).not.toBe(0n);
      }),
    );
  });
});

describe('measures', () => {
  it.each([
    [0, '0'],
    [0.81239, '0.8124'],
    [0.0002, '0.0002'],
    [1830.4, '1,830'],
    [1e-7, '1.000e-7'],
    [Number.NaN, 'not a number'],
    [Number.POSITIVE_INFINITY, 'infinite'],
  ])('%d reads %s', (value, shown) => {
    expect(formatMeasure(value)).toBe(shown);
  });

  it.each([
    [0, '0 %'],
    [0.0571, '5.7 %'],
    [0.5, '50 %'],
    [0.9999, '99 %'],
    [1, '100 %'],
  ])('the share %d reads %s', (share, shown) => {
    expect(formatShare(share)).toBe(shown);
  });

  it('groups thousands', () => {
    expect([0, 999, 12_480, 1_234_567].map(formatInteger)).toEqual(['0', '999', '12,480', '1,234,567']);
  });

  it.each([
    [0, '0 s'],
    [1, '<0.1 s'],
    [50, '0.1 s'],
    [450, '0.5 s'],
    [9_949, '9.9 s'],
    [45_400, '45 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [12 * 60_000, '12 min'],
    [2 * 3_600_000, '2 h'],
    [185 * 60_000, '3 h 5 min'],
    [47 * 3_600_000 + 60_000, '47 h 1 min'],
    [52 * 3_600_000, '2 d 4 h'],
  ])('%d ms read %s', (ms, shown) => {
    expect(formatDuration(ms)).toBe(shown);
  });
});
