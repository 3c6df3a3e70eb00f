import { Temporal } from 'temporal-polyfill';

/** A stretch of instants in which a zone's clocks are a constant time ahead of UTC; `[start, end)` in milliseconds. */
export interface ZoneRun {
  readonly start: number;
  readonly end: number;
  readonly offsetMs: number;
}

// Finding a transition costs about 0.2 ms and never changes: a zone's year is looked up once per process.
const years = new Map<string, readonly ZoneRun[]>();

/** Bounds the memory: more zone-years than this at once are no honest traffic. */
const MOST_YEARS = 5_000;

/** The first instant of a UTC year; `Date.UTC` would take the years below 100 for others. */
const yearStart = (year: number): number => new Date(0).setUTCFullYear(year, 0, 1);

function findRuns(zone: string, year: number): readonly ZoneRun[] {
  const end = yearStart(year + 1);
  const runs: ZoneRun[] = [];
  let at = Temporal.Instant.fromEpochMilliseconds(yearStart(year)).toZonedDateTimeISO(zone);
  for (;;) {
    const next = at.getTimeZoneTransition('next');
    const until = Math.min(next?.epochMilliseconds ?? end, end);
    runs.push({ start: at.epochMilliseconds, end: until, offsetMs: at.offsetNanoseconds / 1e6 });
    if (next === null || until === end) return runs;
    at = next;
  }
}

function runsOfYear(zone: string, year: number): readonly ZoneRun[] {
  const key = `${zone} ${year}`;
  let runs = years.get(key);
  if (runs === undefined) {
    runs = findRuns(zone, year);
    if (years.size >= MOST_YEARS) years.clear();
    years.set(key, runs);
  }
  return runs;
}

/**
 * The runs that cover `[from, to)`, ascending and without gaps; the first may begin earlier and the last end later.
 * Neighbours differ in their offset. `zone` is a name from `canonicalTimeZone`; others throw a `RangeError`.
 */
export function zoneRuns(zone: string, from: number, to: number): readonly ZoneRun[] {
  if (zone === 'UTC') return [{ start: from, end: Math.max(from, to), offsetMs: 0 }];
  const runs: ZoneRun[] = [];
  const lastYear = new Date(to).getUTCFullYear();
  for (let year = new Date(from).getUTCFullYear(); year <= lastYear; year += 1) {
    for (const run of runsOfYear(zone, year)) {
      const last = runs.at(-1);
      if (last?.offsetMs === run.offsetMs) runs[runs.length - 1] = { ...last, end: run.end };
      else runs.push(run);
    }
  }
  return runs;
}
