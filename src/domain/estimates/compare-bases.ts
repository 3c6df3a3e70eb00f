import { type FinishedRun, judgeByRuns } from '@/domain/estimates/own-runs';

/** A finished run with the throughput that the prior gave it. */
export interface JudgedRun extends FinishedRun {
  /** Of one GPU. */
  readonly priorTokensPerSecond: number;
}

export interface BaseErrors {
  /** Runs that were estimated. */
  readonly runs: number;
  /** Median over runs of |ln(estimated ÷ actual duration)|: 0.1 is about 10 % off. */
  readonly prior: number;
  readonly ownRuns: number;
  /** Share of runs whose actual duration lay inside the interval. */
  readonly priorInside: number;
  readonly ownRunsInside: number;
}

/** The middle of some numbers. */
export function medianOf(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no values have no median');
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2;
}

/** |ln| of how far the estimate of a run from others is off, and whether the run lay inside its interval. */
function errorOf(run: JudgedRun, known: readonly FinishedRun[]): { error: number; isInside: boolean } {
  const judged = judgeByRuns(run, { tokensPerSecond: run.priorTokensPerSecond }, known);
  const { tokensPerSecond: speed, otherFactor: other } = judged;
  const trainingMs = (run.tokens / (speed.value * run.gpuCount)) * 1000;
  const besidesMs = run.priorOtherMs * other.value;
  const low = trainingMs / speed.factor + besidesMs / other.factor;
  const high = trainingMs * speed.factor + besidesMs * other.factor;
  return {
    error: Math.abs(Math.log((trainingMs + besidesMs) / run.totalMs)),
    isInside: low <= run.totalMs && run.totalMs <= high,
  };
}

/** The others, those made shortly before and after it first. */
function nearestFirst<R>(runs: readonly R[], index: number): R[] {
  const away = (at: number) => Math.abs(at - index);
  return runs
    .map((run, at) => ({ run, at }))
    .filter(({ at }) => at !== index)
    .sort((a, b) => away(a.at) - away(b.at) || b.at - a.at)
    .map(({ run }) => run);
}

/**
 * How far off the prior alone and estimates from other runs are: each run is estimated once by the prior, and once by
 * runs that are not it.
 *
 * @param newestFirst all runs of one kind of GPU
 * @param knownTo the runs that the run at an index is estimated by, as if the first were the newest; null: it is left
 *   out. Default: all others, nearest in time first
 */
export function compareBases(
  newestFirst: readonly JudgedRun[],
  knownTo: (index: number) => readonly FinishedRun[] | null = (index) => nearestFirst(newestFirst, index),
): BaseErrors | null {
  const pairs = newestFirst.flatMap((run, index) => {
    const known = knownTo(index);
    return known === null ? [] : [{ prior: errorOf(run, []), own: errorOf(run, known) }];
  });
  if (pairs.length === 0) return null;
  const share = (isInside: (pair: (typeof pairs)[number]) => boolean) => pairs.filter(isInside).length / pairs.length;
  return {
    runs: pairs.length,
    prior: medianOf(pairs.map(({ prior }) => prior.error)),
    ownRuns: medianOf(pairs.map(({ own }) => own.error)),
    priorInside: share(({ prior }) => prior.isInside),
    ownRunsInside: share(({ own }) => own.isInside),
  };
}
