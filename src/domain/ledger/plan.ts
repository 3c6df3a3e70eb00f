/** A quarter-hour, the bucket of the ledger, ms. */
export const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

/** A stretch of time under one label of the chart; half-open, in ms since 1970. */
export interface Slot {
  readonly label: string;
  readonly start: number;
  readonly end: number;
}

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
  readonly spans: readonly Slot[];
  /** What is left of a quarter-hour at an edge: read from the records. */
  readonly ragged: readonly Slot[];
}

const floorTo = (ms: number, step: number): number => Math.floor(ms / step) * step;

/** The offset at which a slot is exactly one calendar day of its label, in quarter-hours, or null where there is none. */
function dayOffset(slot: Slot): number | null {
  if (slot.end - slot.start !== DAY_MS || slot.start % QUARTER_MS !== 0) return null;
  const off = (Date.parse(`${slot.label}T00:00:00Z`) - slot.start) / QUARTER_MS;
  return Number.isInteger(off) && off >= -48 && off <= 56 ? off : null;
}

/** Cuts what is not a whole rolled-up day into whole quarter-hours and the ragged rest. */
function addPart(slot: Slot, start: number, end: number, spans: Slot[], ragged: Slot[]): void {
  const first = -floorTo(-start, QUARTER_MS);
  const last = floorTo(end, QUARTER_MS);
  if (first > last) {
    ragged.push({ label: slot.label, start, end });
    return;
  }
  if (start < first) ragged.push({ label: slot.label, start, end: first });
  if (first < last) spans.push({ label: slot.label, start: first, end: last });
  if (last < end) ragged.push({ label: slot.label, start: last, end });
}

/**
 * Plans the reading of [start, end): whole days come from the day roll-up where it is kept at the day's offset, the
 * rest from quarter-hours, and what does not fill a quarter-hour from the records.
 *
 * @param slots the chart's slots, ascending, covering the range; those at the edges may reach beyond it
 * @param keptOffsets offsets at which the user's days are rolled up, 0 among them
 */
export function planReading(
  slots: readonly Slot[],
  start: number,
  end: number,
  keptOffsets: ReadonlySet<number>,
): Plan {
  const runs: { off: number; from: string; to: string }[] = [];
  const spans: Slot[] = [];
  const ragged: Slot[] = [];
  let lastEnd = Number.NaN;
  for (const slot of slots) {
    const from = Math.max(slot.start, start);
    const to = Math.min(slot.end, end);
    if (from >= to) continue;
    const off = from === slot.start && to === slot.end ? dayOffset(slot) : null;
    if (off === null || !keptOffsets.has(off)) {
      addPart(slot, from, to, spans, ragged);
      continue;
    }
    const run = runs.at(-1);
    if (run && run.off === off && lastEnd === slot.start) run.to = slot.label;
    else runs.push({ off, from: slot.label, to: slot.label });
    lastEnd = slot.end;
  }
  return { runs, spans, ragged };
}

/** Distinct offsets other than 0 at which whole days of the range begin. */
export function offsetsOf(slots: readonly Slot[], start: number, end: number): Set<number> {
  const offsets = new Set<number>();
  for (const slot of slots) {
    if (slot.start < start || slot.end > end) continue;
    const off = dayOffset(slot);
    if (off !== null && off !== 0) offsets.add(off);
  }
  return offsets;
}
