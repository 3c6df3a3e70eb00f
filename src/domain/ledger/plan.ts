import type { LocalPeriod } from '@/lib/calendar';

/** A quarter-hour, the bucket of the ledger, ms. */
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

/** Whole local days in a row at one fixed offset: read from the day roll-up. */
export interface DayRun {
  /** Place of the first day's period among the chart's. */
  readonly period: number;
  /** UTC offset in quarter-hours. */
  readonly off: number;
  readonly from: string;
  readonly to: string;
  /** A day by itself, of which a part is taken away again: what is left may be no record at all. */
  readonly isCut: boolean;
}

/** A stretch whose sum is added to its period's, or taken away from it. */
export interface Part {
  /** Place of its period among the chart's. */
  readonly period: number;
  readonly start: number;
  readonly end: number;
  readonly sign: 1 | -1;
}

/** Which roll-up answers for which stretch; together they make up the range, each instant counted once. */
export interface Plan {
  readonly runs: readonly DayRun[];
  /** Whole quarter-hours: read from the quarter roll-up. */
  readonly spans: readonly Part[];
  /** What is left of a quarter-hour at an edge: read from the records. */
  readonly ragged: readonly Part[];
}

const floorTo = (ms: number, step: number): number => Math.floor(ms / step) * step;

// Answers name the same few thousand days, and reading a date takes longer than all else that a plan needs.
const midnights = new Map<string, number>();
const MOST_MIDNIGHTS = 20_000;

/** The instant at which a calendar day begins in UTC. */
function midnightOf(date: string): number {
  let at = midnights.get(date);
  if (at === undefined) {
    at = Date.parse(`${date}T00:00:00Z`);
    if (midnights.size >= MOST_MIDNIGHTS) midnights.clear();
    midnights.set(date, at);
  }
  return at;
}

/** The offset at which a period is exactly one calendar day of its label, in quarter-hours, or null where there is none. */
function dayOffset(period: LocalPeriod): number | null {
  if (period.end - period.start !== DAY_MS || period.start % QUARTER_MS !== 0) return null;
  const off = (midnightOf(period.date) - period.start) / QUARTER_MS;
  return Number.isInteger(off) && off >= -48 && off <= 56 ? off : null;
}

/** Cuts a stretch into whole quarter-hours and the ragged rest. */
function addPart({ period, start, end, sign }: Part, spans: Part[], ragged: Part[]): void {
  const first = -floorTo(-start, QUARTER_MS);
  const last = floorTo(end, QUARTER_MS);
  if (first > last) {
    ragged.push({ period, start, end, sign });
    return;
  }
  if (start < first) ragged.push({ period, start, end: first, sign });
  if (first < last) spans.push({ period, start: first, end: last, sign });
  if (last < end) ragged.push({ period, start: last, end, sign });
}

/** The time of `[start, end)` that can hold more than the odd record: what is still to come costs next to nothing to read. */
const pastOf = (start: number, end: number, now: number): number => Math.max(Math.min(end, now) - start, 0);

/** Whether a cut day is read faster as the whole day without what lies outside the range. */
function isMostlyInside({ start, end }: LocalPeriod, from: number, to: number, now: number): boolean {
  return pastOf(start, from, now) + pastOf(to, end, now) < pastOf(from, to, now);
}

/**
 * Plans the reading of [start, end): whole days come from the day roll-up where it is kept at the day's offset, the
 * rest from quarter-hours, and what does not fill a quarter-hour from the records. A day that the range cuts may be
 * read whole, and what lies outside taken away.
 *
 * @param periods the chart's periods, ascending, covering the range; those at the edges may reach beyond it
 * @param range what is asked for, and the present moment
 * @param keptOffsets offsets at which the user's days are rolled up, 0 among them
 */
export function planReading(
  periods: readonly LocalPeriod[],
  { start, end, now }: { start: number; end: number; now: number },
  keptOffsets: ReadonlySet<number>,
): Plan {
  const runs: { period: number; off: number; from: string; to: string; isCut: boolean }[] = [];
  const spans: Part[] = [];
  const ragged: Part[] = [];
  let lastEnd = Number.NaN;
  for (const [place, period] of periods.entries()) {
    const from = Math.max(period.start, start);
    const to = Math.min(period.end, end);
    if (from >= to) continue;
    const isCut = from > period.start || to < period.end;
    const off = dayOffset(period);
    if (off === null || !keptOffsets.has(off) || (isCut && !isMostlyInside(period, from, to, now))) {
      addPart({ period: place, start: from, end: to, sign: 1 }, spans, ragged);
      continue;
    }
    if (period.start < from) addPart({ period: place, start: period.start, end: from, sign: -1 }, spans, ragged);
    if (to < period.end) addPart({ period: place, start: to, end: period.end, sign: -1 }, spans, ragged);
    const run = runs.at(-1);
    if (run && run.off === off && lastEnd === period.start && !run.isCut && !isCut) run.to = period.date;
    else runs.push({ period: place, off, from: period.date, to: period.date, isCut });
    lastEnd = period.end;
  }
  return { runs, spans, ragged };
}

/** Distinct offsets other than 0 at which days of the range begin. */
export function offsetsOf(periods: readonly LocalPeriod[]): Set<number> {
  const offsets = new Set<number>();
  for (const period of periods) {
    const off = dayOffset(period);
    if (off !== null && off !== 0) offsets.add(off);
  }
  return offsets;
}
