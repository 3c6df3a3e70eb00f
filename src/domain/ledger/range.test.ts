import { localDate, localTime, TROUBLED_ZONES } from '@tests/calendar/intl-oracle';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CostRange, parseRange, type RangeQuery } from '@/domain/ledger/range';
import { PipelineError } from '@/lib/errors';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse('2026-11-23T10:20:30.456Z');

const text = ({ start, end }: CostRange): string[] => [start, end].map((at) => new Date(at).toISOString());
const read = (query: RangeQuery): string[] => text(parseRange(query, NOW));

function refusal(query: RangeQuery): string {
  try {
    parseRange(query, NOW);
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'bad_input') return error.details;
    throw error;
  }
  throw new Error(`${JSON.stringify(query)} was taken`);
}

describe('periods', () => {
  test.each([
    [undefined, 30],
    ['week', 7],
    ['month', 30],
    ['year', 365],
  ])('%s is the last %d times 24 hours, and both edges move', (period, days) => {
    expect(parseRange({ period }, NOW)).toEqual({
      start: NOW - days * DAY,
      end: NOW,
      zone: 'UTC',
      rolling: { startMoves: true, endMoves: true },
    });
  });

  test('clocks that change inside do not stretch it', () => {
    const { start, end } = parseRange({ period: 'year', timezone: 'Europe/Berlin' }, NOW);
    expect(end - start).toBe(365 * DAY);
  });

  test('dates override it', () => {
    expect(read({ period: 'week', start_date: '2024-01-01', end_date: '2024-12-31' })).toEqual([
      '2024-01-01T00:00:00.000Z',
      '2025-01-01T00:00:00.000Z',
    ]);
  });

  test.each(
    [['fortnight'], [''], ['Week'], [' week'], ['toString'], ['__proto__'], ['constructor'], ['x'.repeat(10_000)]].map(
      ([period = '']) => [period.slice(0, 20), period],
    ),
  )('%j is unknown, also beside dates', (_, period) => {
    expect(refusal({ period })).toMatch(/^period must be week, month or year/);
    expect(refusal({ period, start_date: '2024-01-01', end_date: '2024-01-02' })).toMatch(/^period must be/);
  });
});

describe('one edge alone', () => {
  test('a start runs up to now', () => {
    expect(parseRange({ start_date: '2026-11-01', period: 'week' }, NOW)).toEqual({
      start: Date.parse('2026-11-01T00:00:00Z'),
      end: NOW,
      zone: 'UTC',
      rolling: { startMoves: false, endMoves: true },
    });
  });

  test.each([
    [undefined, '2024-02-01T00:00:00.000Z'],
    ['week', '2024-02-24T00:00:00.000Z'],
    ['month', '2024-02-01T00:00:00.000Z'],
    ['year', '2023-03-03T00:00:00.000Z'],
  ])('an end has the period before it: %s', (period, start) => {
    const range = parseRange({ period, end_date: '2024-03-01' }, NOW);
    expect(text(range)).toEqual([start, '2024-03-02T00:00:00.000Z']);
    expect(range.rolling).toEqual({ startMoves: false, endMoves: false });
  });

  test('a start in the future is refused, now itself is an empty range', () => {
    expect(refusal({ start_date: '2026-11-24' })).toMatch(/in the future/);
    expect(read({ start_date: '2026-11-23T10:20:30.456Z' })).toEqual([
      '2026-11-23T10:20:30.456Z',
      '2026-11-23T10:20:30.456Z',
    ]);
  });

  test('an end in the future is taken as it is', () => {
    expect(read({ end_date: '2027-01-01T00:00:00Z', period: 'week' })).toEqual([
      '2026-12-25T00:00:00.000Z',
      '2027-01-01T00:00:00.000Z',
    ]);
  });
});

describe('dates alone', () => {
  test.each<[string, string, string, string, string]>([
    ['UTC', '2024-02-29', '2024-02-29', '2024-02-29T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['Europe/Berlin', '2024-03-31', '2024-03-31', '2024-03-30T23:00:00.000Z', '2024-03-31T22:00:00.000Z'],
    ['Europe/Berlin', '2024-10-27', '2024-10-27', '2024-10-26T22:00:00.000Z', '2024-10-27T23:00:00.000Z'],
    ['America/New_York', '2024-12-31', '2025-01-01', '2024-12-31T05:00:00.000Z', '2025-01-02T05:00:00.000Z'],
    ['Australia/Lord_Howe', '2024-04-07', '2024-04-07', '2024-04-06T13:00:00.000Z', '2024-04-07T13:30:00.000Z'],
    ['America/St_Johns', '2024-11-03', '2024-11-03', '2024-11-03T02:30:00.000Z', '2024-11-04T03:30:00.000Z'],
    ['Asia/Kathmandu', '2024-01-01', '2024-01-01', '2023-12-31T18:15:00.000Z', '2024-01-01T18:15:00.000Z'],
    ['Pacific/Apia', '2011-12-30', '2011-12-30', '2011-12-30T10:00:00.000Z', '2011-12-30T10:00:00.000Z'],
    ['Pacific/Apia', '2011-12-29', '2011-12-31', '2011-12-29T10:00:00.000Z', '2011-12-31T10:00:00.000Z'],
    ['America/Sao_Paulo', '2017-10-15', '2017-10-15', '2017-10-15T03:00:00.000Z', '2017-10-16T02:00:00.000Z'],
    ['europe/berlin', '2024-01-01', '2024-01-01', '2023-12-31T23:00:00.000Z', '2024-01-01T23:00:00.000Z'],
  ])('in %s from %s to %s', (timezone, start_date, end_date, start, end) => {
    expect(read({ timezone, start_date, end_date })).toEqual([start, end]);
  });

  test('neither edge moves, and the zone is told by its canonical name', () => {
    const range = parseRange({ timezone: 'asia/KATHMANDU', start_date: '2024-01-01', end_date: '2024-01-31' }, NOW);
    expect(range.zone).toBe('Asia/Kathmandu');
    expect(range.rolling).toEqual({ startMoves: false, endMoves: false });
  });

  test('a day, in any zone, begins when Intl first shows it and ends when it shows the next', () => {
    const day = fc.integer({ min: 14_600, max: 18_260 }).map((n) => new Date(n * DAY).toISOString().slice(0, 10));
    fc.assert(
      fc.property(fc.constantFrom(...TROUBLED_ZONES), day, (timezone, date) => {
        fc.pre(date !== '2011-12-30');
        const { start, end } = parseRange({ timezone, start_date: date, end_date: date }, NOW);
        expect(localDate(timezone, start)).toBe(date);
        expect(localDate(timezone, start - 1) < date).toBe(true);
        expect(localDate(timezone, end) > date).toBe(true);
        expect(localDate(timezone, end - 1) <= date).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('date-times', () => {
  test.each<[string, string, string]>([
    ['UTC', '2024-01-31T09:30', '2024-01-31T09:30:00.000Z'],
    ['UTC', '2024-01-31T09:30:15', '2024-01-31T09:30:15.000Z'],
    ['UTC', '2024-01-31t09:30:15.5z', '2024-01-31T09:30:15.500Z'],
    ['UTC', '2024-01-31T09:30:15,25Z', '2024-01-31T09:30:15.250Z'],
    // More than milliseconds are cut off, never rounded up.
    ['UTC', '2024-01-31T09:30:15.123999999Z', '2024-01-31T09:30:15.123Z'],
    ['UTC', '2024-01-31T23:59:59.999999', '2024-01-31T23:59:59.999Z'],
    ['Asia/Kathmandu', '2024-01-31T09:30:00Z', '2024-01-31T09:30:00.000Z'],
    ['Asia/Kathmandu', '2024-01-31T09:30:00+02:00', '2024-01-31T07:30:00.000Z'],
    ['Asia/Kathmandu', '2024-01-31T09:30:00-0330', '2024-01-31T13:00:00.000Z'],
    ['Asia/Kathmandu', '2024-01-31T09:30:00+14', '2024-01-30T19:30:00.000Z'],
    ['Asia/Kathmandu', '2024-01-31T09:30:00', '2024-01-31T03:45:00.000Z'],
    // Shown twice: the earlier.
    ['Europe/Berlin', '2024-10-27T02:30', '2024-10-27T00:30:00.000Z'],
    ['Australia/Lord_Howe', '2024-04-07T01:45', '2024-04-06T14:45:00.000Z'],
    // Never shown: moved on by what was skipped.
    ['Europe/Berlin', '2024-03-31T02:30', '2024-03-31T01:30:00.000Z'],
    ['Australia/Lord_Howe', '2024-10-06T02:15', '2024-10-05T15:45:00.000Z'],
    ['Pacific/Apia', '2011-12-30T12:00', '2011-12-30T22:00:00.000Z'],
  ])('in %s, %s is %s', (timezone, at, instant) => {
    expect(read({ timezone, start_date: at, end_date: at })).toEqual([instant, instant]);
  });

  test('a local time is the first instant at which clocks show it, where they show it at all', () => {
    const minute = fc
      .integer({ min: 21_000_000, max: 26_000_000 })
      .map((n) => new Date(n * 60_000).toISOString().slice(0, 19));
    fc.assert(
      fc.property(fc.constantFrom(...TROUBLED_ZONES), minute, (timezone, local) => {
        const { start } = parseRange({ timezone, start_date: local, end_date: local }, NOW);
        const shown = localTime(timezone, start);
        if (shown === local)
          for (const ago of [0.5, 1, 2]) expect(localTime(timezone, start - ago * HOUR) < local).toBe(true);
        else
          expect(localTime(timezone, start - (Date.parse(`${shown}Z`) - Date.parse(`${local}Z`)) - 1) < local).toBe(
            true,
          );
      }),
      { numRuns: 1_000 },
    );
  });

  test('one edge may be a date and the other a date-time', () => {
    expect(read({ start_date: '2024-01-01', end_date: '2024-01-01T12:00:00Z' })).toEqual([
      '2024-01-01T00:00:00.000Z',
      '2024-01-01T12:00:00.000Z',
    ]);
  });
});

describe('what is refused, with a sentence that says what to send', () => {
  const unreadable = [
    '',
    ' ',
    '1e9',
    '0',
    '1704067200',
    '20240101',
    '2024-1-1',
    '2024-01',
    '2024',
    '24-01-01',
    '+002024-01-01',
    '-2024-01-01',
    '2024-01-01 ',
    ' 2024-01-01',
    '2024-01-01\n',
    '2024-01-01Z',
    '2024-01-01+02:00',
    '2024-01-01T',
    '2024-01-01T12',
    '2024-01-01T24:00',
    '2024-01-01T12:60',
    '2024-01-01T12:00:60',
    '2024-01-01T12:00:00.',
    '2024-01-01T12:00:00.1234567890',
    '2024-01-01 12:00:00',
    '2024-01-01T12:00Z+02:00',
    '2024-01-01T12:00+24:00',
    '2024-01-01T12:00[Europe/Berlin]',
    '2024-W01-1',
    '2024-001',
    'today',
    'now',
    'null',
    'NaN',
    'Infinity',
    '01/02/2024',
    '２０２４-０１-０１',
    '2024-01-01\u0000',
    '\ud800',
    '__proto__',
    "2024-01-01'; drop table x",
    'x'.repeat(10_000),
    '2'.repeat(10_000),
    `2024-01-01T12:00:00.${'1'.repeat(10_000)}Z`,
  ];

  test.each(unreadable.map((value) => [value.slice(0, 40), value]))('%j as a date', (_, value) => {
    for (const name of ['start_date', 'end_date'] as const) {
      const sentence = refusal({ [name]: value });
      expect(sentence).toMatch(new RegExp(`^${name} must be a date like 2024-01-31 or a date-time like`));
      expect(sentence.length).toBeLessThan(250);
    }
  });

  test.each([
    ['2024-02-30'],
    ['2023-02-29'],
    ['2024-13-01'],
    ['2024-00-01'],
    ['2024-04-31'],
    ['2024-13-01T00:00'],
    ['2024-02-30T10:00Z'],
    ['0000-01-01'],
  ])('%s, which no calendar has', (value) => {
    expect(refusal({ start_date: value })).toBe(
      `start_date is "${value}", which is no day of the calendar. Send one that exists.`,
    );
  });

  test.each([
    ['2024-01-31T09:30:00 02:00'],
    ['2024-01-31T09:30:00 0200'],
    ['2024-01-31T09:30 02'],
    ['2024-01-31T09:30:00.123 05:45'],
  ])('%s, where a plus became a space', (value) => {
    expect(refusal({ end_date: value })).toMatch(/a \+ in a URL means a space.*%2B/);
    expect(parseRange({ end_date: value.replace(' ', '+') }, NOW).zone).toBe('UTC');
  });

  test.each([
    ['Etc/GMT 5', /%2B/],
    ['+02:00', /name of a zone/],
    ['', /name of a zone/],
    ['Mars/Base', /"Mars\/Base" is none/],
  ])('%j as a zone', (timezone, sentence) => {
    expect(refusal({ timezone })).toMatch(sentence);
    expect(refusal({ timezone }).length).toBeLessThan(250);
  });

  test('a zone of 10,000 characters, in a short sentence', () => {
    expect(refusal({ timezone: 'x'.repeat(10_000) })).toMatch(/^.{1,200}$/);
  });

  test.each([
    ['UTC', '2024-01-02', '2024-01-01'],
    ['UTC', '2024-01-03', '2024-01-01'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30'],
    ['UTC', '2024-01-02T00:00', '2024-01-01T23:59'],
  ])('in %s, a start %s after the end %s', (timezone, start_date, end_date) => {
    expect(refusal({ timezone, start_date, end_date })).toMatch(/lies after end_date/);
    expect(parseRange({ timezone, start_date: end_date, end_date: start_date }, NOW).zone).toBe(timezone);
  });

  test('a start one millisecond after its end, while one on it is an empty range', () => {
    expect(refusal({ start_date: '2024-01-01T00:00:00.001Z', end_date: '2024-01-01T00:00:00Z' })).toMatch(
      /after end_date/,
    );
    expect(read({ start_date: '2024-01-02', end_date: '2024-01-02T00:00:00Z' })).toEqual([
      '2024-01-02T00:00:00.000Z',
      '2024-01-02T00:00:00.000Z',
    ]);
  });

  test.each<[RangeQuery, string]>([
    [{ start_date: '2014-01-01', end_date: '2023-12-31' }, '2024-01-02'],
    [{ start_date: '2016-02-29', end_date: '2026-02-27' }, '2026-03-01'],
    [
      { start_date: '2014-07-01T12:00', end_date: '2024-07-01T12:00', timezone: 'Europe/Berlin' },
      '2024-07-01T12:00:00.001',
    ],
  ])('more than ten years: %j is taken, an end at %s is not', (query, end_date) => {
    expect(parseRange(query, NOW).end).toBeGreaterThan(0);
    expect(refusal({ ...query, end_date })).toMatch(/longer than 10 years/);
  });

  test('years that nobody means', () => {
    expect(refusal({ start_date: '0001-01-01' })).toMatch(/years 1900 to 9999/);
    expect(refusal({ start_date: '1899-12-31', end_date: '1900-06-01' })).toMatch(/years 1900 to 9999/);
    expect(refusal({ end_date: '1900-01-05' })).toMatch(/before the year 1900/);
    expect(refusal({ start_date: '9999-12-31', end_date: '9999-12-31' })).toMatch(/years 1900 to 9999/);
    expect(refusal({ start_date: '1900-01-01' })).toMatch(/longer than 10 years/);
  });

  test('any text at all gives a range or a bad input, and nothing else', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789-T:.Z+ '), maxLength: 30 });
    const anything = fc.option(fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), digits), { nil: undefined });
    fc.assert(
      fc.property(anything, anything, anything, anything, (period, start_date, end_date, timezone) => {
        const query = { period, start_date, end_date, timezone };
        try {
          const { start, end } = parseRange(query, NOW);
          expect(start <= end).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(PipelineError);
          expect((error as PipelineError).code).toBe('bad_input');
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
