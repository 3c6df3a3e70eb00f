import { PRIOR_FACTOR } from '@/domain/estimates/prior';

/** What tells how alike two runs are on the same kind of GPU. */
export interface RunTraits {
  readonly parameters: number;
  readonly rank: number;
  /** Maximum length, tokens. */
  readonly maxLength: number;
}

/** A run that has completed, and what was known before it started. */
export interface FinishedRun extends RunTraits {
  readonly gpuCount: number;
  /** Planned, and therefore trained on: the run completed. */
  readonly tokens: number;
  readonly trainingMs: number;
  /** From start to end. */
  readonly totalMs: number;
  /** What the phases around training were expected to take before any correction. */
  readonly priorOtherMs: number;
}

/** A value and by which factor it may be off, nine times out of ten. */
export interface Judged {
  readonly value: number;
  readonly factor: number;
}

export interface Judgement {
  /** Training tokens per second of one GPU. */
  readonly tokensPerSecond: Judged;
  /** By what the time around training is multiplied. */
  readonly otherFactor: Judged;
  /** Runs that had a say. */
  readonly runs: number;
}

/** Distances at which a run counts exp(−½) ≈ 0.6 of one just alike: the natural logarithm of a factor. */
const SCALE = { parameters: Math.LN2, rank: 2 * Math.LN2, maxLength: Math.LN2 } as const;
/** Software and machines change: with each this many runs that are newer, a run counts half. */
const HALF_LIFE = 10;
/** Runs that count less are left out. */
const LEAST_WEIGHT = 0.01;
/** What the prior's middle and its spread count beside runs of one's own. */
const PRIOR_MIDDLE_WEIGHT = 0.1;
const PRIOR_SPREAD_WEIGHT = 1;
/** No estimate is surer than this factor: machines differ from day to day. */
const LEAST_FACTOR = 1.1;
/** From the mean distance of a normal distribution to the bounds that nine of ten lie in: 1.645 × √(π ⁄ 2). */
const BOUNDS = 2.062;
/** The time around training is compared with this added, so that milliseconds do not make factors of a thousand. */
const SMALL_MS = 1_000;

interface Sample {
  readonly weight: number;
  /** Natural logarithm of what was seen. */
  readonly x: number;
}

/** `age`: how many runs are newer than this one. */
function weightOf(run: RunTraits, target: RunTraits, age: number): number {
  const away = (trait: keyof RunTraits) => Math.log(run[trait] / target[trait]) / SCALE[trait];
  const distance = away('parameters') ** 2 + away('rank') ** 2 + away('maxLength') ** 2;
  return Math.exp(-distance / 2) * 2 ** (-age / HALF_LIFE);
}

/** The value that half of the weight lies below. */
function weightedMedian(samples: readonly Sample[]): number {
  const sorted = [...samples].sort((a, b) => a.x - b.x);
  const half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let below = 0;
  for (const { weight, x } of sorted) {
    below += weight;
    if (below >= half) return x;
  }
  throw new RangeError('no samples have no median');
}

/**
 * Joins what was seen with the prior's idea. The middle is the median of what was seen, moved a little towards the prior
 * while little was seen; the factor follows from how far the samples lie from it on average.
 */
function judge(samples: readonly Sample[], prior: number): Judged {
  const total = samples.reduce((sum, { weight }) => sum + weight, 0);
  const median = total > 0 ? weightedMedian(samples) : prior;
  const x = (PRIOR_MIDDLE_WEIGHT * prior + total * median) / (PRIOR_MIDDLE_WEIGHT + total);
  const away = samples.reduce((sum, sample) => sum + sample.weight * Math.abs(sample.x - x), 0);
  const spread = (PRIOR_SPREAD_WEIGHT * (Math.log(PRIOR_FACTOR) / BOUNDS) + away) / (PRIOR_SPREAD_WEIGHT + total);
  return { value: Math.exp(x), factor: Math.max(LEAST_FACTOR, Math.exp(BOUNDS * spread)) };
}

/**
 * What runs of one's own on this kind of GPU, the newest first, say about another one.
 *
 * Throughput is compared as tokens × parameters per second and GPU, which differs least between sizes of models.
 */
export function judgeByRuns(
  target: RunTraits,
  prior: { readonly tokensPerSecond: number },
  newestFirst: readonly FinishedRun[],
): Judgement {
  const weighed = newestFirst
    .map((run, age) => ({ run, weight: weightOf(run, target, age) }))
    .filter(({ weight }) => weight >= LEAST_WEIGHT);
  const speeds = weighed.map(({ run, weight }) => ({
    weight,
    x: Math.log((run.tokens * run.parameters * 1000) / (run.trainingMs * run.gpuCount)),
  }));
  const others = weighed.map(({ run, weight }) => ({
    weight,
    x: Math.log((Math.max(0, run.totalMs - run.trainingMs) + SMALL_MS) / (run.priorOtherMs + SMALL_MS)),
  }));
  const speed = judge(speeds, Math.log(prior.tokensPerSecond * target.parameters));
  return {
    tokensPerSecond: { value: speed.value / target.parameters, factor: speed.factor },
    otherFactor: judge(others, 0),
    runs: weighed.length,
  };
}
