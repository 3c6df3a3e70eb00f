/** What was logged at a step of an attempt. */
export interface LoggedPoint {
  readonly attempt: number;
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A pair of step and value. */
export type CurvePoint = [step: number, value: number];

/** A curve as it is shown, and of how many points it was chosen. */
export interface Curve {
  readonly metric: string;
  readonly points: CurvePoint[];
  readonly of: number;
}

/**
 * What of several attempts belongs to the run as it is now, ascending by step: an attempt that goes on from an earlier
 * step does anew what came after it, so that earlier attempts count up to its first point only.
 */
export function withoutRepeated(points: readonly LoggedPoint[]): LoggedPoint[] {
  const byAttempt = Map.groupBy(points, (point) => point.attempt);
  const kept: LoggedPoint[] = [];
  let before = Number.POSITIVE_INFINITY;
  for (const attempt of [...byAttempt.keys()].sort((a, b) => b - a)) {
    const own = (byAttempt.get(attempt) ?? []).filter((point) => point.step < before);
    for (const point of own) kept.push(point);
    before = own.reduce((least, point) => Math.min(least, point.step), before);
  }
  return kept.sort((a, b) => a.step - b.step);
}

const lowest = (a: CurvePoint, b: CurvePoint): CurvePoint => (b[1] < a[1] ? b : a);
const highest = (a: CurvePoint, b: CurvePoint): CurvePoint => (b[1] > a[1] ? b : a);

/**
 * Chooses at most `most` (4 or more) points of a curve: the first, the last, and of each of equal parts between them the
 * lowest and the highest, so that no spike is smoothed away. The choice is in the order given; a short curve stays whole.
 */
export function chooseExtremes(points: readonly CurvePoint[], most: number): CurvePoint[] {
  const [first, last] = [points[0], points.at(-1)];
  if (points.length <= most || first === undefined || last === undefined) return [...points];
  const inner = points.length - 2;
  const parts = Math.floor((most - 2) / 2);
  const chosen = [first];
  for (let part = 0; part < parts; part += 1) {
    const from = 1 + Math.floor((part * inner) / parts);
    const bucket = points.slice(from, 1 + Math.floor(((part + 1) * inner) / parts));
    const [low, high] = [bucket.reduce(lowest), bucket.reduce(highest)];
    if (low === high) chosen.push(low);
    else chosen.push(...(bucket.indexOf(low) < bucket.indexOf(high) ? [low, high] : [high, low]));
  }
  chosen.push(last);
  return chosen;
}

/** The curve of each metric, by name, with at most `most` points each. */
export function curvesOf(points: readonly LoggedPoint[], most: number): Curve[] {
  const curves = new Map<string, CurvePoint[]>();
  for (const { step, metrics } of withoutRepeated(points)) {
    for (const [metric, value] of Object.entries(metrics)) {
      const curve = curves.get(metric);
      if (curve) curve.push([step, value]);
      else curves.set(metric, [[step, value]]);
    }
  }
  return [...curves]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([metric, curve]) => ({ metric, points: chooseExtremes(curve, most), of: curve.length }));
}
