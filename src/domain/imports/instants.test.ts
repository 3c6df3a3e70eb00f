import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDay, parseDuration, parseInstant } from '@/domain/imports/instants';

describe('instants', () => {
  it.each([
    ['2017-10-09T07:01:55Z', '2017-10-09T07:01:55.000Z'],
    ['2025-06-17T09:57:30+00:00', '2025-06-17T09:57:30.000Z'],
    ['2026-11-23T10:30:00+01:00', '2026-11-23T09:30:00.000Z'],
    ['2026-11-23T10:30:00-0330', '2026-11-23T14:00:00.000Z'],
    ['2026-11-23T10:30+05:45', '2026-11-23T04:45:00.000Z'],
    ['2026-11-23 10:30:00Z', '2026-11-23T10:30:00.000Z'],
    ['2026-11-23t10:30:00z', '2026-11-23T10:30:00.000Z'],
    ['2026-11-23', '2026-11-23T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-11-23T10:30:00.1234Z', '2026-11-23T10:30:00.123Z'],
    ['2026-11-23T10:30:00.1235Z', '2026-11-23T10:30:00.124Z'],
    ['2026-12-31T23:59:59.9995Z', '2027-01-01T00:00:00.000Z'],
  ])('reads %s', (text, instant) => {
    expect(new Date(parseInstant(text)).toISOString()).toBe(instant);
  });

  it.each([
    ['', 'not an ISO 8601'],
    ['yesterday', 'not an ISO 8601'],
    ['1e9', 'not an ISO 8601'],
    ['1511395200', 'not an ISO 8601'],
    ['23/11/2026', 'not an ISO 8601'],
    ['2026-11-23T10:30:00', 'no offset'],
    ['2026-11-23 10:30', 'no offset'],
    ['2024-02-30', 'does not exist'],
    ['2023-02-29T00:00:00Z', 'does not exist'],
    ['2024-13-01', 'does not exist'],
    ['2024-00-01', 'does not exist'],
    ['2024-01-01T24:00:00Z', 'does not exist'],
    ['2024-01-01T12:60:00Z', 'does not exist'],
    ['2024-01-01T12:00:60Z', 'does not exist'],
    ['2024-01-01T12:00:00+25:00', 'no place has'],
    ['2024-01-01T12:00:00+01:75', 'no place has'],
    ['1969-12-31', 'outside the years'],
    ['9999-12-31', 'outside the years'],
  ])('refuses %s', (text, reason) => {
    expect(() => parseInstant(text)).toThrow(reason);
  });

  it('reads back every instant that a Date writes', () => {
    const date = fc.date({
      min: new Date('1970-01-01'),
      max: new Date('2199-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (instant) => {
        expect(parseInstant(instant.toISOString())).toBe(instant.getTime());
      }),
    );
  });

  it('refuses a date-time where a date is asked for', () => {
    expect(() => parseDay('2026-11-23T00:00:00Z')).toThrow('not a date');
  });
});

describe('durations', () => {
  it.each([
    ['0', 0],
    ['66', 66_000],
    ['3050.9580703620004', 3_050_958],
    ['0.0004', 0],
    ['0.0005', 1],
    ['0.00049999999999999999', 0],
    ['1.9995', 2_000],
    ['12.25', 12_250],
    ['999999999999.999', 999_999_999_999_999],
  ])('reads %s seconds, half up to the millisecond', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '-1', '+1', '1e3', 'NaN', 'Infinity', '.5', '1.', '1,5', '0x10', '1 000', '12:30', '1'.repeat(13)])(
    'refuses %j',
    (text) => {
      expect(() => parseDuration(text)).toThrow('plain decimal number of seconds');
    },
  );

  it('rounds as whole-number arithmetic does', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999_999 }), digits, (whole, fraction) => {
        const scale = 10n ** BigInt(fraction.length);
        const scaled = (BigInt(whole) * scale + BigInt(fraction)) * 1_000n;
        const rounded = (2n * scaled + scale) / (2n * scale);
        expect(BigInt(parseDuration(`${whole}.${fraction}`))).toBe(rounded);
      }),
    );
  });
});
