import type { LocalPeriod } from '@/lib/calendar';

/** A quarter-hour, the bucket of the ledger, ms. */
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

/** Whole local days in a row at one fixed offset: read from the day roll-up. */
export interface DayRun {
  /** UTC offset in quarter-hours. */
  readonly off: number;
  readonly from: string;
  readonly to: string;
}

/** Which roll-up answers for which stretch; together they cover the range once, nothing twice. */
export interface Plan {
  readonly runs: readonly DayRun[];
  /** Whole quarter-hours: read from the quarter roll-up. */
  readonly spans: readonly LocalPeriod[];
  /** What is left of a quarter-hour at an edge: read from the records. */
  readonly ragged: readonly LocalPeriod[];
}

const floorTo = (ms: number, step: number): number => Math.floor(ms / step) * step;

/** The offset at which a period is exactly one calendar day of its label, in quarter-hours, or null where there is none. */
function dayOffset(period: LocalPeriod): number | null {
  if (period.end - period.start !== DAY_MS || period.start % QUARTER_MS !== 0) return null;
  const off = (Date.parse(`${period.date}T00:00:00Z`) - period.start) / QUARTER_MS;
  return Number.isInteger(off) && off >= -48 && off <= 56 ? off : null;
}

/** Cuts what is not a whole rolled-up day into whole quarter-hours and the ragged rest. */
function addPart(period: LocalPeriod, start: number, end: number, spans: LocalPeriod[], ragged: LocalPeriod[]): void {
  const first = -floorTo(-start, QUARTER_MS);
  const last = floorTo(end, QUARTER_MS);
  if (first > last) {
    ragged.push({ date: period.date, start, end });
    return;
  }
  if (start < first) ragged.push({ date: period.date, start, end: first });
  if (first < last) spans.push({ date: period.date, start: first, end: last });
  if (last < end) ragged.push({ date: period.date, start: last, end });
}

/**
 * Plans the reading of [start, end): whole days come from the day roll-up where it is kept at the day's offset, the
 * rest from quarter-hours, and what does not fill a quarter-hour from the records.
 *
 * @param periods the chart's periods, ascending, covering the range; those at the edges may reach beyond it
 * @param keptOffsets offsets at which the user's days are rolled up, 0 among them
 */
export function planReading(
  periods: readonly LocalPeriod[],
  start: number,
  end: number,
  keptOffsets: ReadonlySet<number>,
): Plan {
  const runs: { off: number; from: string; to: string }[] = [];
  const spans: LocalPeriod[] = [];
  const ragged: LocalPeriod[] = [];
  let lastEnd = Number.NaN;
  for (const period of periods) {
    const from = Math.max(period.start, start);
    const to = Math.min(period.end, end);
    if (from >= to) continue;
    const off = from === period.start && to === period.end ? dayOffset(period) : null;
    if (off === null || !keptOffsets.has(off)) {
      addPart(period, from, to, spans, ragged);
      continue;
    }
    const run = runs.at(-1);
    if (run && run.off === off && lastEnd === period.start) run.to = period.date;
    else runs.push({ off, from: period.date, to: period.date });
    lastEnd = period.end;
  }
  return { runs, spans, ragged };
}

/** Distinct offsets other than 0 at which whole days of the range begin. */
export function offsetsOf(periods: readonly LocalPeriod[], start: number, end: number): Set<number> {
  const offsets = new Set<number>();
  for (const period of periods) {
    if (period.start < start || period.end > end) continue;
    const off = dayOffset(period);
    if (off !== null && off !== 0) offsets.add(off);
  }
  return offsets;
}
