import { LineFault, shown } from '@/domain/imports/line-fault';

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,12}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;
const DURATION = /^(\d{1,12})(?:\.(\d{1,40}))?$/;
const EXAMPLE = 'like 2026-11-23T09:30:00Z, 2026-11-23T10:30:00+01:00 or 2026-11-23';
const FIRST_YEAR = 1970;
const LAST_YEAR = 2199;

/**
 * Milliseconds since 1970 of an ISO 8601 date-time with an offset, or of a date, which is its midnight in UTC.
 * Fractions finer than a millisecond are rounded half up.
 */
export function parseInstant(text: string): number {
  const match = INSTANT.exec(text);
  if (match === null) throw new LineFault(`${shown(text)} is not an ISO 8601 date-time; write one ${EXAMPLE}`);
  const [, year = '', month = '', day = '', hour, minute = '00', second = '00', fraction = '', zone] = match;
  if (hour !== undefined && zone === undefined) {
    throw new LineFault(`${shown(text)} has no offset, so it could be any of 26 hours; write it ${EXAMPLE}`);
  }
  const midnight = parseDay(`${year}-${month}-${day}`);
  const clock = [Number(hour ?? '0'), Number(minute), Number(second)] as const;
  if (clock[0] > 23 || clock[1] > 59 || clock[2] > 59) {
    throw new LineFault(`${shown(text)} has a time of day that does not exist (00:00:00 to 23:59:59)`);
  }
  const wall = midnight + ((clock[0] * 60 + clock[1]) * 60 + clock[2]) * 1000 + roundedMilliseconds(fraction);
  return wall - offsetMinutes(zone ?? 'Z', text) * 60_000;
}

/** The midnight in UTC of `YYYY-MM-DD`, as milliseconds since 1970. */
export function parseDay(text: string): number {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (parts === null) throw new LineFault(`${shown(text)} is not a date like 2026-11-23`);
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (year < FIRST_YEAR || year > LAST_YEAR) {
    throw new LineFault(`${shown(text)} lies outside the years ${FIRST_YEAR} to ${LAST_YEAR}`);
  }
  const midnight = new Date(Date.UTC(year, month - 1, day));
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) {
    throw new LineFault(`${shown(text)} is a day that does not exist`);
  }
  return midnight.getTime();
}

/** Milliseconds of a plain decimal number of seconds, rounded half up. */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text);
  if (match === null) {
    throw new LineFault(`${shown(text)} is not a plain decimal number of seconds, like 3600 or 12.25, and not below 0`);
  }
  return Number(match[1]) * 1000 + roundedMilliseconds(match[2] ?? '');
}

/** The digits after the point of a second, as milliseconds: the fourth digit alone decides, half goes up. */
function roundedMilliseconds(fraction: string): number {
  const digits = fraction.padEnd(4, '0');
  return Number(digits.slice(0, 3)) + (digits.charAt(3) >= '5' ? 1 : 0);
}

function offsetMinutes(zone: string, text: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  if (minutes > 15 * 60 || Number(digits.slice(2)) > 59) {
    throw new LineFault(`${shown(text)} has an offset that no place has`);
  }
  return zone.startsWith('-') ? -minutes : minutes;
}
