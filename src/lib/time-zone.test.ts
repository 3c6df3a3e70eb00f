import { describe, expect, test } from 'vitest';
import { canonicalTimeZone, isTimeZone } from '@/lib/time-zone';

describe('the name of a time zone', () => {
  test.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['AMERICA/ST_JOHNS', 'America/St_Johns'],
    ['america/port-au-prince', 'America/Port-au-Prince'],
    ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['Asia/Calcutta', 'Asia/Calcutta'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['etc/gmt+5', 'Etc/GMT+5'],
    ['EST5EDT', 'EST5EDT'],
    ['utc', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['Zulu', 'UTC'],
    ['GMT', 'UTC'],
  ])('%s is written %s', (name, canonical) => {
    expect(canonicalTimeZone(name)).toBe(canonical);
    expect(isTimeZone(name)).toBe(true);
  });

  test.each([
    [''],
    ['+02:00'],
    ['-00:00'],
    ['+02'],
    ['Z'],
    ['Europe/Atlantis'],
    ['Europe/Berlin '],
    [' UTC'],
    ['Europe/Berlin\u0000'],
    ['2024-01-01T00:00Z'],
    ['2024-01-01T00:00[Europe/Berlin]'],
    ['SystemV/PST8'],
    ['systemv/pst8'],
    ['PST'],
    ['Etc/GMT 5'],
    ['Etc/Unknown'],
    ['Factory'],
    ['localtime'],
    ['../etc/passwd'],
    ['__proto__'],
    ['\ud800'],
  ])('%j is none', (name) => {
    expect(canonicalTimeZone(name)).toBeNull();
    expect(isTimeZone(name)).toBe(false);
  });

  test('10,000 characters are none', () => {
    expect(canonicalTimeZone('U'.repeat(10_000))).toBeNull();
  });

  test('every zone that Intl lists is one', () => {
    const unknown = Intl.supportedValuesOf('timeZone').filter((name) => !isTimeZone(name));
    expect(unknown).toEqual([]);
  });
});
