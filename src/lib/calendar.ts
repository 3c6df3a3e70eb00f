import { type ZoneRun, zoneRuns } from '@/lib/zone-runs';

/** A stretch of one UTC offset; `offset` in quarter-hours, null where it is not a whole number of them. */
export interface OffsetRun {
  readonly start: number;
  readonly end: number;
  readonly offset: number | null;
}

/** A local day, week, month or hour: `[start, end)` in milliseconds since 1970, and the name it is shown by. */
export interface LocalPeriod {
  readonly date: string;
  readonly start: number;
  readonly end: number;
}

const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

/** More than any offset from UTC (the largest ever were under 16 hours), so that the runs around a day hold its edges. */
const MARGIN_MS = 2 * DAY_MS;

/** A date as the number of days since 1970-01-01. */
type DayNumber = number;

const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;

// Writing a date takes longer than all else that a list of days needs, and answers name the same few thousand days.
const texts = new Map<DayNumber, string>();
const MOST_TEXTS = 20_000;

function dateText(day: DayNumber): string {
  let text = texts.get(day);
  if (text === undefined) {
    text = new Date(day * DAY_MS).toISOString().slice(0, 10);
    if (texts.size >= MOST_TEXTS) texts.clear();
    texts.set(day, text);
  }
  return text;
}

/** Days from 1970-01-01 to a `YYYY-MM-DD`; null where that is no day of the calendar. */
export function dayNumber(date: string): DayNumber | null {
  const match = DATE.exec(date);
  if (match === null || match[1] === '0000') return null;
  const at = Date.parse(`${date}T00:00:00Z`);
  // Date.parse lets 31 February pass as 2 March in some engines: the way back must give the same text.
  if (Number.isNaN(at) || dateText(at / DAY_MS) !== date) return null;
  return at / DAY_MS;
}

/**
 * A day begins at the first instant whose local date is that day or a later one, and lasts until the next day begins.
 * So each instant lies in exactly one day, also where clocks go back over midnight, and a skipped day is empty.
 */
function startOfDay(runs: readonly ZoneRun[], day: DayNumber): number {
  for (const run of runs) {
    const at = Math.max(run.start, day * DAY_MS - run.offsetMs);
    if (at < run.end) return at;
  }
  throw new RangeError(`the offsets looked up do not reach ${dateText(day)}`);
}

/** First instant of a local day and of the next one; null where `date` is no day of the calendar. */
export function dayBounds(zone: string, date: string): { start: number; end: number } | null {
  const day = dayNumber(date);
  if (day === null) return null;
  const runs = zoneRuns(zone, day * DAY_MS - MARGIN_MS, (day + 1) * DAY_MS + MARGIN_MS);
  return { start: startOfDay(runs, day), end: startOfDay(runs, day + 1) };
}

/** The number of the local date that clocks show at an instant. */
function localDate(runs: readonly ZoneRun[], at: number): DayNumber {
  const run = runs.find((r) => r.start <= at && at < r.end);
  if (run === undefined) throw new RangeError(`the offsets looked up do not reach ${at}`);
  return Math.floor((at + run.offsetMs) / DAY_MS);
}

/** The periods that overlap `[start, end)`, whole and ascending; `first` and `next` say at which days they begin. */
function periodsBetween(
  zone: string,
  start: number,
  end: number,
  first: (day: DayNumber) => DayNumber,
  next: (day: DayNumber) => DayNumber,
): LocalPeriod[] {
  if (start >= end) return [];
  // Two months more on both sides: the longest period may begin or end so far outside.
  const runs = zoneRuns(zone, start - MARGIN_MS - 31 * DAY_MS, end + MARGIN_MS + 31 * DAY_MS);
  const periods: LocalPeriod[] = [];
  let day = first(localDate(runs, start));
  let from = startOfDay(runs, day);
  while (from < end) {
    const following = next(day);
    const to = startOfDay(runs, following);
    if (to > start && to > from) periods.push({ date: dateText(day), start: from, end: to });
    day = following;
    from = to;
  }
  return periods;
}

/** The local days that overlap `[start, end)`, whole and ascending. Days that the zone skipped are not among them. */
export const daysBetween = (zone: string, start: number, end: number): LocalPeriod[] =>
  periodsBetween(
    zone,
    start,
    end,
    (day) => day,
    (day) => day + 1,
  );

/** The ISO weeks that overlap `[start, end)`, whole and ascending, each named by its Monday. */
export const weeksBetween = (zone: string, start: number, end: number): LocalPeriod[] =>
  periodsBetween(
    zone,
    start,
    end,
    // 1970-01-01 was a Thursday.
    (day) => day - ((((day + 3) % 7) + 7) % 7),
    (monday) => monday + 7,
  );

const monthStart = (day: DayNumber, months: number): DayNumber => {
  const date = new Date(day * DAY_MS);
  return date.setUTCMonth(date.getUTCMonth() + months, 1) / DAY_MS;
};

/** The months that overlap `[start, end)`, whole and ascending, each named by its first day. */
export const monthsBetween = (zone: string, start: number, end: number): LocalPeriod[] =>
  periodsBetween(
    zone,
    start,
    end,
    (day) => monthStart(day, 0),
    (day) => monthStart(day, 1),
  );

function offsetText(offsetMs: number): string {
  const seconds = Math.abs(offsetMs) / 1_000;
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  const rest = seconds % 60 === 0 ? '' : `:${two(seconds % 60)}`;
  return `${offsetMs < 0 ? '-' : '+'}${two(seconds / 3_600)}:${two((seconds / 60) % 60)}${rest}`;
}

/** Local date and time to the minute, with offset: `2026-10-25T02:00+01:00`; seconds only where there are some. */
function localText(at: number, run: ZoneRun, offset: string): string {
  const local = at + run.offsetMs;
  const time = new Date(local).toISOString().slice(10, 19);
  return `${dateText(Math.floor(local / DAY_MS))}${time.endsWith(':00') ? time.slice(0, 6) : time}${offset}`;
}

/**
 * The local clock hours that overlap `[start, end)`, whole and ascending, each named by the local time at which it
 * begins, with its offset: a 25-hour day has two hours 02:00, told apart by it. A change of offset ends an hour; where
 * clocks move by half an hour, it and the next are half hours (`01:00+11:00`, `01:30+10:30`).
 */
export function hoursBetween(zone: string, start: number, end: number): LocalPeriod[] {
  if (start >= end) return [];
  const hours: LocalPeriod[] = [];
  for (const run of zoneRuns(zone, start - MARGIN_MS, end + MARGIN_MS)) {
    if (run.end <= start || run.start >= end) continue;
    const until = Math.min(run.end, end);
    const offset = offsetText(run.offsetMs);
    const first = Math.floor((Math.max(run.start, start) + run.offsetMs) / HOUR_MS);
    for (let hour = first; hour * HOUR_MS - run.offsetMs < until; hour += 1) {
      const from = Math.max(run.start, hour * HOUR_MS - run.offsetMs);
      const to = Math.min(run.end, (hour + 1) * HOUR_MS - run.offsetMs);
      hours.push({ date: localText(from, run, offset), start: from, end: to });
    }
  }
  return hours;
}

/** Maximal stretches of constant offset that make up `[start, end)`, ascending and without gaps. */
export function offsetRuns(zone: string, start: number, end: number): OffsetRun[] {
  if (start >= end) return [];
  return zoneRuns(zone, start, end)
    .map((run) => ({
      start: Math.max(run.start, start),
      end: Math.min(run.end, end),
      offset: run.offsetMs % QUARTER_MS === 0 ? run.offsetMs / QUARTER_MS : null,
    }))
    .filter((run) => run.start < run.end);
}

/** The offsets of a zone in `[from, to)` in quarter-hours, ascending, without 0 and those that are no whole number. */
export function zoneOffsets(zone: string, from: number, to: number): number[] {
  const offsets = new Set(offsetRuns(zone, from, to).map((run) => run.offset));
  return [...offsets].filter((offset): offset is number => offset !== null && offset !== 0).sort((a, b) => a - b);
}
