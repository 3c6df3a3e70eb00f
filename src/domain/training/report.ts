import type { HeldFence } from '@/domain/training/attempt';
import type { Timeline } from '@/domain/training/segments';

/** A point of a job's curves. */
export interface MetricPoint {
  readonly step: number;
  /** ms since 1970. */
  readonly at: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** How many logged points it stands for. */
  readonly grain: number;
}

/** A line that a run printed, by its place in all that it printed. */
export interface LogLine {
  /** From 1; lines that were left out have their numbers too. */
  readonly number: number;
  readonly at: number;
  readonly stream: 'stdout' | 'stderr' | 'system';
  readonly text: string;
}

/** What a worker knows of a run that it holds. */
export interface RunProgress extends HeldFence {
  /** Everything since the run began. */
  readonly timeline: Timeline;
  /** All of its events until here are in the timeline, ms since 1970. */
  readonly asOf: number;
  /** What is new since the last tick that was taken. */
  readonly points: readonly MetricPoint[];
  readonly lines: readonly LogLine[];
}

/** Most points and lines of a run that one tick takes; of more, some are left out. */
export const MOST_POINTS = 200;
export const MOST_LINES = 1_000;

const LONGEST_LINE = 4_000;

/** A line as the database can keep it: no NUL, no half character, not too long. */
export const storableLine = (text: string): string =>
  text.replaceAll('\u0000', '\uFFFD').toWellFormed().slice(0, LONGEST_LINE).toWellFormed();

/**
 * Thins points evenly to at most `most`, the first and the last kept, and of each stretch in between the one with the
 * highest loss, so that a jump stays to be seen.
 */
export function thinPoints(points: readonly MetricPoint[], most: number): MetricPoint[] {
  if (points.length <= most) return [...points];
  const kept: MetricPoint[] = [];
  for (let i = 0; i < most; i += 1) {
    const stretch = points.slice(Math.floor((i * points.length) / most), Math.floor(((i + 1) * points.length) / most));
    const lossOf = (point: MetricPoint) => point.metrics.loss ?? Number.NEGATIVE_INFINITY;
    const chosen =
      i === most - 1
        ? stretch.at(-1)
        : i === 0
          ? stretch[0]
          : stretch.reduce((a, b) => (lossOf(b) > lossOf(a) ? b : a));
    if (chosen) kept.push({ ...chosen, grain: stretch.reduce((sum, point) => sum + point.grain, 0) });
  }
  return kept;
}

/** Points of one step become one, with all that was reported for it. */
export function joinPoints(points: readonly MetricPoint[]): MetricPoint[] {
  const byStep = new Map<number, MetricPoint>();
  for (const point of points) {
    const known = byStep.get(point.step);
    byStep.set(point.step, known ? { ...point, metrics: { ...known.metrics, ...point.metrics } } : point);
  }
  return [...byStep.values()];
}
