import type { MetricsAnswer } from '@/domain/training/schema';

type Points = readonly (readonly [step: number, value: number])[];

/** The curves that are drawn: what is finite of them, ascending by step. */
export interface Curves {
  training: Points;
  validation: Points;
}

const pointsOf = ({ series }: MetricsAnswer, metric: string): Points =>
  (series.find((each) => each.metric === metric)?.points ?? []).filter(([, value]) => Number.isFinite(value));

export const lossCurves = (answer: MetricsAnswer): Curves => ({
  training: pointsOf(answer, 'loss'),
  validation: pointsOf(answer, 'validation_loss'),
});

/** Round marks that hold every value between them, about `count` of them; unlike amounts, a loss need not begin at zero. */
export function lossMarks(values: readonly number[], count = 4): number[] {
  if (values.length === 0) return [0, 1];
  const low = values.reduce((least, each) => Math.min(least, each), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, each) => Math.max(most, each), Number.NEGATIVE_INFINITY);
  const spread = high - low || Math.abs(high) || 1;
  const power = 10 ** Math.floor(Math.log10(spread / count));
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * power >= (spread / count) * 0.999) ?? 10) * power;
  const from = Math.floor(low / step);
  const to = Math.max(from + 1, Math.ceil(high / step));
  return Array.from({ length: to - from + 1 }, (_, index) => Number(((from + index) * step).toPrecision(12)));
}

export interface Box {
  width: number;
  height: number;
  top: number;
  right: number;
  bottom: number;
  left: number;
}

/** Where a step and a value lie in the drawing, in px. */
export function scaleOf(box: Box, lastStep: number, marks: readonly number[]) {
  const [low = 0, high = 1] = [marks[0], marks.at(-1)];
  const inner = Math.max(1, box.width - box.left - box.right);
  const base = box.height - box.bottom;
  return {
    x: (step: number): number => box.left + (inner * step) / Math.max(1, lastStep),
    y: (value: number): number => base - ((value - low) / (high - low || 1)) * (base - box.top),
  };
}

/** A curve as the `d` of an SVG path, to tenths of a px. */
export const pathOf = (points: Points, { x, y }: ReturnType<typeof scaleOf>): string =>
  points.map(([step, value], at) => `${at === 0 ? 'M' : 'L'}${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join('');

/** A row of the table behind the drawing. */
export interface CurveRow {
  step: number;
  training: number | null;
  validation: number | null;
}

/** Every step that has a value, newest first, at most so many; those with a validation loss are kept first. */
export function curveRows({ training, validation }: Curves, most = 200): CurveRow[] {
  const rows = new Map<number, CurveRow>();
  const rowOf = (step: number): CurveRow => {
    const row = rows.get(step) ?? { step, training: null, validation: null };
    rows.set(step, row);
    return row;
  };
  for (const [step, value] of training) rowOf(step).training = value;
  for (const [step, value] of validation) rowOf(step).validation = value;
  const every = Math.max(1, Math.ceil(rows.size / most));
  return [...rows.values()]
    .sort((a, b) => b.step - a.step)
    .filter((row, index) => index % every === 0 || row.validation !== null);
}

/** What the curves show, in a sentence or two. */
export function curvesText({ training, validation }: Curves, format: (value: number) => string): string {
  const say = (name: string, points: Points): string => {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return '';
    if (points.length === 1) return `${name} ${format(last[1])} at step ${last[0]}.`;
    return `${name} from ${format(first[1])} at step ${first[0]} to ${format(last[1])} at step ${last[0]}.`;
  };
  return [say('Training loss', training), say('Validation loss', validation)].filter(Boolean).join(' ');
}
