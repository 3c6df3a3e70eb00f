import { dayOf, lastChange, localDate, localTime, offsetAt, TROUBLED_ZONES } from '@tests/calendar/intl-oracle';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dayBounds,
  dayNumber,
  daysBetween,
  hoursBetween,
  type LocalPeriod,
  monthsBetween,
  offsetRuns,
  weeksBetween,
  zoneOffsets,
} from '@/lib/calendar';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const utc = (text: string): number => Date.parse(`${text}Z`);
const DECADE = { start: utc('2010-01-01T00:00'), end: utc('2020-01-01T00:00') };

const zone = fc.constantFrom(...TROUBLED_ZONES);
const instant = fc.integer({ min: DECADE.start, max: DECADE.end - 1 });

/** Nothing missing and nothing twice: each period begins where the one before it ended. */
function expectGapless(periods: readonly LocalPeriod[], start: number, end: number): void {
  expect(periods[0]?.start).toBeLessThanOrEqual(start);
  expect(periods[0]?.end).toBeGreaterThan(start);
  expect(periods.at(-1)?.start).toBeLessThan(end);
  expect(periods.at(-1)?.end).toBeGreaterThanOrEqual(end);
  const torn = periods.filter((p, n) => p.end <= p.start || (n > 0 && periods[n - 1]?.end !== p.start));
  expect(torn).toEqual([]);
}

/** The one of `periods` that holds an instant. */
function holding(periods: readonly LocalPeriod[], at: number): LocalPeriod {
  const found = periods.filter((p) => p.start <= at && at < p.end);
  expect(found).toHaveLength(1);
  return found[0] as LocalPeriod;
}

describe('the length of a day', () => {
  test.each([
    ['Europe/Berlin', '2024-03-31', 23],
    ['Europe/Berlin', '2024-10-27', 25],
    ['Europe/Berlin', '2024-06-01', 24],
    ['America/New_York', '2024-03-10', 23],
    ['America/New_York', '2024-11-03', 25],
    ['Australia/Lord_Howe', '2024-04-07', 24.5],
    ['Australia/Lord_Howe', '2024-10-06', 23.5],
    ['America/St_Johns', '2024-03-10', 23],
    ['America/St_Johns', '2024-11-03', 25],
    ['Asia/Kathmandu', '2024-02-29', 24],
    ['Pacific/Apia', '2011-12-29', 24],
    ['Pacific/Apia', '2011-12-30', 0],
    ['Pacific/Apia', '2011-12-31', 24],
    // Midnight itself was skipped: the day begins at 01:00.
    ['America/Sao_Paulo', '2017-10-15', 23],
    // Clocks went back from 00:01 to 23:01: the hour that was repeated stays in the day that had begun.
    ['America/St_Johns', '2010-11-06', 24],
    ['America/St_Johns', '2010-11-07', 25],
    ['UTC', '2024-12-31', 24],
  ])('%s, %s: %d hours', (name, date, hours) => {
    const day = dayBounds(name, date);
    expect(day && (day.end - day.start) / HOUR).toBe(hours);
  });

  test('the first instant of a day is local midnight, in UTC', () => {
    expect(dayBounds('Asia/Kathmandu', '2024-02-29')?.start).toBe(utc('2024-02-28T18:15'));
    expect(dayBounds('Europe/Berlin', '2025-01-01')?.start).toBe(utc('2024-12-31T23:00'));
    expect(dayBounds('America/Sao_Paulo', '2017-10-15')?.start).toBe(utc('2017-10-15T03:00'));
    expect(dayBounds('Pacific/Apia', '2011-12-30')?.start).toBe(utc('2011-12-30T10:00'));
  });
});

describe('what is no day of the calendar', () => {
  test.each([
    ['2024-02-30'],
    ['2023-02-29'],
    ['1900-02-29'],
    ['2024-13-01'],
    ['2024-00-10'],
    ['2024-01-00'],
    ['2024-01-32'],
  ])('%s', (date) => {
    expect(dayNumber(date)).toBeNull();
    expect(dayBounds('UTC', date)).toBeNull();
  });

  test.each([
    [''],
    ['1e9'],
    ['2024-1-1'],
    ['20240101'],
    [' 2024-01-01'],
    ['2024-01-01\n'],
    ['0000-01-01'],
    ['-2024-01-01'],
    ['２０２４-01-01'],
  ])('the text %j', (date) => {
    expect(dayBounds('UTC', date)).toBeNull();
  });

  test('days count from 1970, through leap days', () => {
    expect(dayNumber('1970-01-01')).toBe(0);
    expect(dayNumber('1969-12-31')).toBe(-1);
    expect(dayNumber('2000-02-29')).toBe(11_016);
    expect(dayNumber('0001-01-01')).toBe(-719_162);
  });
});

describe('ten years in twenty zones', () => {
  test.each(TROUBLED_ZONES.map((name) => [name]))(
    'the days of %s follow each other, and begin when clocks first show them',
    (name) => {
      const days = daysBetween(name, DECADE.start, DECADE.end);
      expectGapless(days, DECADE.start, DECADE.end);
      expect(days.filter((d, n) => n > 0 && d.date <= (days[n - 1]?.date ?? ''))).toEqual([]);
      const wrong = days.filter((d) => localDate(name, d.start) !== d.date || localDate(name, d.start - 1) >= d.date);
      expect(wrong).toEqual([]);
    },
  );

  test('each instant lies in exactly one day, the one that Intl says', () => {
    const days = new Map(TROUBLED_ZONES.map((name) => [name, daysBetween(name, DECADE.start, DECADE.end)]));
    fc.assert(
      fc.property(zone, instant, (name, at) => {
        expect(holding(days.get(name) ?? [], at).date).toBe(dayOf(name, at));
      }),
      { numRuns: 5_000 },
    );
  });

  test('and so does each instant next to a change of clocks', () => {
    for (const name of TROUBLED_ZONES) {
      const days = daysBetween(name, DECADE.start, DECADE.end);
      for (const { start } of offsetRuns(name, DECADE.start, DECADE.end).slice(1)) {
        for (const at of [-HOUR, -60_000, -1, 0, 1, 60_000, HOUR - 1, HOUR, HOUR + 60_000].map((by) => start + by)) {
          expect(holding(days, at).date).toBe(dayOf(name, at));
        }
      }
    }
  });

  test('a part of the range has the same days as the whole', () => {
    fc.assert(
      fc.property(zone, instant, instant, (name, a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        const all = daysBetween(name, DECADE.start, DECADE.end);
        expect(daysBetween(name, start, end)).toEqual(
          start < end ? all.filter((d) => d.start < end && d.end > start) : [],
        );
      }),
      { numRuns: 200 },
    );
  });

  test('the bounds of a day alone are those in the list', () => {
    fc.assert(
      fc.property(zone, instant, (name, at) => {
        const [day] = daysBetween(name, at, at + 1);
        expect(dayBounds(name, day?.date ?? '')).toEqual({ start: day?.start, end: day?.end });
      }),
      { numRuns: 1_000 },
    );
  });
});

test('a range inside a repeated hour before midnight has the day that had begun, alone', () => {
  const [start, end] = [utc('2010-11-07T02:45'), utc('2010-11-07T03:15')];
  expect(localTime('America/St_Johns', start)).toBe('2010-11-06T23:15:00');
  expect(daysBetween('America/St_Johns', start, end).map((d) => d.date)).toEqual(['2010-11-07']);
});

describe('weeks and months', () => {
  test.each(TROUBLED_ZONES.map((name) => [name]))('of %s are made of whole days and lie end to end', (name) => {
    const days = new Map(
      daysBetween(name, DECADE.start - 40 * DAY, DECADE.end + 40 * DAY).map((d) => [d.date, d.start]),
    );
    const weeks = weeksBetween(name, DECADE.start, DECADE.end);
    const months = monthsBetween(name, DECADE.start, DECADE.end);
    expectGapless(weeks, DECADE.start, DECADE.end);
    expectGapless(months, DECADE.start, DECADE.end);
    expect(weeks.filter((w) => new Date(w.date).getUTCDay() !== 1 || days.get(w.date) !== w.start)).toEqual([]);
    expect(months.filter((m) => !m.date.endsWith('-01') || days.get(m.date) !== m.start)).toEqual([]);
    expect(new Set(months.map((m) => m.date)).size).toBe(months.length);
  });

  test('a week over the turn of a year is named by its Monday', () => {
    const weeks = weeksBetween('Europe/Berlin', utc('2024-12-31T12:00'), utc('2025-01-06T00:00'));
    expect(weeks.map((w) => w.date)).toEqual(['2024-12-30', '2025-01-06']);
  });

  test('February of a leap year has 29 days', () => {
    const [month] = monthsBetween('Asia/Kathmandu', utc('2024-02-29T12:00'), utc('2024-02-29T13:00'));
    expect(month).toEqual({ date: '2024-02-01', start: utc('2024-01-31T18:15'), end: utc('2024-02-29T18:15') });
  });

  test('a week before 1970 begins on its Monday too', () => {
    expect(weeksBetween('UTC', utc('1969-12-28T00:00'), utc('1969-12-29T00:00')).map((w) => w.date)).toEqual([
      '1969-12-22',
    ]);
  });
});

describe('hours', () => {
  const names = (name: string, date: string, from: number, to: number): string[] => {
    const day = dayBounds(name, date) ?? { start: 0, end: 0 };
    return hoursBetween(name, day.start, day.end)
      .map((h) => h.date)
      .slice(from, to);
  };

  test('a 25-hour day has two hours 02:00, told apart by their offset', () => {
    expect(names('Europe/Berlin', '2026-10-25', 1, 5)).toEqual([
      '2026-10-25T01:00+02:00',
      '2026-10-25T02:00+02:00',
      '2026-10-25T02:00+01:00',
      '2026-10-25T03:00+01:00',
    ]);
  });

  test('a 23-hour day has none', () => {
    expect(names('America/New_York', '2024-03-10', 1, 3)).toEqual(['2024-03-10T01:00-05:00', '2024-03-10T03:00-04:00']);
  });

  test('a change by half an hour makes half hours', () => {
    expect(names('Australia/Lord_Howe', '2024-04-07', 0, 4)).toEqual([
      '2024-04-07T00:00+11:00',
      '2024-04-07T01:00+11:00',
      '2024-04-07T01:30+10:30',
      '2024-04-07T02:00+10:30',
    ]);
    expect(names('Australia/Lord_Howe', '2024-10-06', 1, 4)).toEqual([
      '2024-10-06T01:00+10:30',
      '2024-10-06T02:30+11:00',
      '2024-10-06T03:00+11:00',
    ]);
  });

  test('a quarter-hour zone has its own full hours', () => {
    expect(hoursBetween('Asia/Kathmandu', utc('2024-01-01T00:00'), utc('2024-01-01T00:16'))).toEqual([
      { date: '2024-01-01T05:00+05:45', start: utc('2023-12-31T23:15'), end: utc('2024-01-01T00:15') },
      { date: '2024-01-01T06:00+05:45', start: utc('2024-01-01T00:15'), end: utc('2024-01-01T01:15') },
    ]);
  });

  test.each(TROUBLED_ZONES.map((name) => [name]))(
    'of %s lie end to end around every change, and clocks show their names',
    (name) => {
      const changes = offsetRuns(name, DECADE.start, DECADE.end).map((run) => run.start);
      for (const change of changes) {
        const hours = hoursBetween(name, change - 5 * HOUR, change + 5 * HOUR);
        expectGapless(hours, change - 5 * HOUR, change + 5 * HOUR);
        expect(new Set(hours.map((h) => h.date)).size).toBe(hours.length);
        for (const { date, start, end } of hours) {
          expect(date.slice(0, 16)).toBe(localTime(name, start).slice(0, 16));
          expect(Date.parse(date)).toBe(start);
          expect(localTime(name, end - 1).slice(0, 13)).toBe(date.slice(0, 13));
        }
      }
    },
  );

  test('a part of the range has the same hours as the whole', () => {
    fc.assert(
      fc.property(zone, instant, fc.nat(40 * HOUR), fc.nat(40 * HOUR), (name, at, before, length) => {
        const start = at - before;
        const end = start + length;
        const wide = hoursBetween(name, start - 3 * DAY, end + 3 * DAY);
        expect(hoursBetween(name, start, end)).toEqual(
          start < end ? wide.filter((h) => h.start < end && h.end > start) : [],
        );
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['Australia/Lord_Howe', '2024-04-06T14:40', '2024-04-06T14:50', '2024-04-07T01:00+11:00'],
    ['America/St_Johns', '2010-03-14T03:45', '2010-03-14T03:50', '2010-03-14T01:01-02:30'],
  ])('in %s, ten minutes beside a change in mid-hour have one hour', (name, from, to, hour) => {
    expect(hoursBetween(name, utc(from), utc(to)).map((h) => h.date)).toEqual([hour]);
  });

  test('offsets of old, with seconds, are written out', () => {
    const [hour] = hoursBetween('Africa/Monrovia', utc('1960-01-01T12:00'), utc('1960-01-01T12:00:01'));
    expect(hour?.date).toBe('1960-01-01T11:00-00:44:30');
  });
});

describe('runs of one offset', () => {
  test('two changes make three runs, in quarter-hours', () => {
    expect(offsetRuns('Europe/Berlin', utc('2024-01-01T00:00'), utc('2025-01-01T00:00'))).toEqual([
      { start: utc('2024-01-01T00:00'), end: utc('2024-03-31T01:00'), offset: 4 },
      { start: utc('2024-03-31T01:00'), end: utc('2024-10-27T01:00'), offset: 8 },
      { start: utc('2024-10-27T01:00'), end: utc('2025-01-01T00:00'), offset: 4 },
    ]);
  });

  test.each<[string, number[]]>([
    ['UTC', []],
    ['Europe/London', [4]],
    ['Europe/Berlin', [4, 8]],
    ['Asia/Kathmandu', [23]],
    ['America/St_Johns', [-14, -10]],
    ['Australia/Lord_Howe', [42, 44]],
    ['Pacific/Chatham', [51, 55]],
  ])('%s has the offsets %j in 2024', (name, offsets) => {
    expect(zoneOffsets(name, utc('2024-01-01T00:00'), utc('2025-01-01T00:00'))).toEqual(offsets);
  });

  test('the skipped day shows as a jump over it', () => {
    expect(zoneOffsets('Pacific/Apia', utc('2011-12-30T00:00'), utc('2011-12-31T00:00'))).toEqual([-40, 56]);
  });

  test('an offset that is no whole number of quarter-hours is null, and not among the offsets', () => {
    const [start, end] = [utc('1960-01-01T00:00'), utc('1961-01-01T00:00')];
    expect(offsetRuns('Africa/Monrovia', start, end)).toEqual([{ start, end, offset: null }]);
    expect(zoneOffsets('Africa/Monrovia', start, end)).toEqual([]);
  });

  test('nothing has no runs', () => {
    expect(offsetRuns('Europe/Berlin', 5, 5)).toEqual([]);
    expect(offsetRuns('UTC', 5, 4)).toEqual([]);
  });

  test('are maximal, lie end to end, and hold the offset that Intl says', () => {
    fc.assert(
      fc.property(zone, instant, instant, fc.double({ min: 0, max: 1, noNaN: true }), (name, a, b, share) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b) + 1];
        const runs = offsetRuns(name, start, end);
        expect([runs[0]?.start, runs.at(-1)?.end]).toEqual([start, end]);
        expect(
          runs.filter((r, n) => n > 0 && (runs[n - 1]?.end !== r.start || runs[n - 1]?.offset === r.offset)),
        ).toEqual([]);
        const at = start + Math.floor(share * (end - 1 - start));
        const run = runs.find((r) => r.start <= at && at < r.end);
        expect(run?.offset).toBe(offsetAt(name, at) / (15 * 60_000));
      }),
      { numRuns: 2_000 },
    );
  });

  test('begin at the very millisecond at which clocks change', () => {
    for (const name of TROUBLED_ZONES) {
      for (const { start } of offsetRuns(name, DECADE.start, DECADE.end).slice(1)) {
        expect(lastChange(name, start - 2 * HOUR, start + 2 * HOUR)).toBe(start);
      }
    }
  });
});

test('a year of days takes less than 5 ms once its zone is known', () => {
  const year = (): LocalPeriod[] => daysBetween('America/New_York', utc('2023-11-23T10:00'), utc('2024-11-22T10:00'));
  for (let i = 0; i < 20; i += 1) year();
  const times = Array.from({ length: 21 }, () => {
    const start = performance.now();
    year();
    return performance.now() - start;
  });
  expect(times.sort((a, b) => a - b)[10]).toBeLessThan(5);
});
