/** A column of the drawing: one day, or several where the screen has fewer pixels than the range has days. */
export interface Column {
  /** Indices of its first and last day. */
  first: number;
  last: number;
  /** The amount furthest from zero among its days: a single expensive day stays visible. */
  amount: number;
}

const MIN_COLUMN_PX = 1;

/** How many days share a column so that no column is narrower than a pixel. */
export const daysPerColumn = (days: number, width: number): number =>
  Math.max(1, Math.ceil((days * MIN_COLUMN_PX) / Math.max(1, width)));

/** The columns that are drawn for these amounts at this width. */
export function columnsOf(amounts: readonly number[], width: number): Column[] {
  const size = daysPerColumn(amounts.length, width);
  const columns: Column[] = [];
  for (let first = 0; first < amounts.length; first += size) {
    const part = amounts.slice(first, first + size);
    const amount = part.reduce((furthest, each) => (Math.abs(each) > Math.abs(furthest) ? each : furthest), 0);
    columns.push({ first, last: first + part.length - 1, amount });
  }
  return columns;
}

/** Round marks from the smallest to the largest of `values`, zero always among them; about `count` of them. */
export function roundMarks(values: readonly number[], count = 3): number[] {
  // No spread: a range may have thousands of days.
  const low = values.reduce((least, each) => Math.min(least, each), 0);
  const high = values.reduce((most, each) => Math.max(most, each), 0);
  if (low === high) return [0];
  const step = roundStep((high - low) / count);
  const from = Math.floor(low / step);
  const to = Math.ceil(high / step);
  return Array.from({ length: to - from + 1 }, (_, index) => (from + index) * step + 0);
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((each) => each * power >= rough * 0.999) ?? 10;
  return factor * power;
}

export interface DateMark {
  index: number;
  kind: 'day' | 'month';
}

const DAYS_BY_DAY = 62;

/** Which days get their date written below, with at least `gap` px between two; months where there are many days. */
export function dateMarks(days: readonly string[], width: number, gap: number): DateMark[] {
  const room = Math.max(1, Math.floor(width / gap));
  if (days.length <= DAYS_BY_DAY) {
    const step = [1, 2, 7, 14, 28].find((each) => days.length / each <= room) ?? 28;
    return days.map((_, index) => ({ index, kind: 'day' as const })).filter(({ index }) => index % step === 0);
  }
  const firsts = days.flatMap((day, index) => (day.endsWith('-01') ? [{ index, kind: 'month' as const }] : []));
  const step = [1, 2, 3, 6, 12, 24, 60].find((each) => firsts.length / each <= room) ?? 60;
  return firsts.filter(({ index }) => (Number(days[index]?.slice(5, 7)) - 1 + 12 * yearOf(days[index])) % step === 0);
}

const yearOf = (day: string | undefined): number => Number(day?.slice(0, 4));

/** Where a key moves to among `count` days; null for keys that do not move. */
export function moveByKey(key: string, index: number, count: number): number | null {
  const moves: Record<string, number> = {
    ArrowRight: index + 1,
    ArrowUp: index + 1,
    ArrowLeft: index - 1,
    ArrowDown: index - 1,
    PageUp: index + 7,
    PageDown: index - 7,
    Home: 0,
    End: count - 1,
  };
  const to = moves[key];
  return to === undefined ? null : Math.min(count - 1, Math.max(0, to));
}
