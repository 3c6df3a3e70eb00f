import { asMoney, divideRounded, type Money, ZERO } from '@/lib/money';

/** What an ended or running job has cost, how far it is, and what was expected of it. */
export interface CostProgress {
  readonly ended: boolean;
  /** All of it so far. */
  readonly spent: Money;
  /** The part of it that was spent on setting up, which does not grow with the steps. */
  readonly setup: Money;
  readonly step: number;
  /** Null or 0: not known. */
  readonly totalSteps: number | null;
  readonly estimate: ProjectedCost | null;
}

/** An interval of money with its middle: low ≤ middle ≤ high. */
export interface ProjectedCost {
  readonly low: Money;
  readonly middle: Money;
  readonly high: Money;
}

/** From this many times the steps done on, the pace alone counts: a fifth of them. */
const TRUST = 5n;
const BOUNDS = ['low', 'middle', 'high'] as const;
/** How far what remains by the pace may be off, in quarters. */
const QUARTERS = { low: 3n, middle: 4n, high: 5n } as const;

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/**
 * What a job will have cost at its end.
 *
 * With d of n steps done, what remains is expected in two ways: by the estimate, (estimate − setup) × (n − d) / n, for
 * each of its bounds; and by the pace, (spent − setup) × (n − d) / d, a quarter less or more. The pace counts for
 * w = min(1, 5 d / n), the estimate for the rest. Projected = spent + (1 − w) × by the estimate + w × by the pace. So
 * the interval begins as the estimate and closes on what was spent; it is never below that, and equals it at the end.
 *
 * @returns null where nothing is known: no estimate and no step done
 */
export function projectCost({ ended, spent, setup, ...job }: CostProgress): ProjectedCost | null {
  if (ended) return { low: spent, middle: spent, high: spent };
  const total = BigInt(Math.max(0, job.totalSteps ?? 0));
  const done = smaller(BigInt(Math.max(0, job.step)), total);
  if (job.estimate === null && done === 0n) return null;
  const steps = larger(total, 1n);
  const trust = job.estimate === null ? steps : smaller(steps, TRUST * done);
  const left = steps - done;
  const byPace = done === 0n ? 0n : divideRounded(larger(0n, spent - setup) * left, done);
  const [low, middle, high] = BOUNDS.map((bound) => {
    const byEstimate = divideRounded(larger(0n, (job.estimate?.[bound] ?? ZERO) - setup) * left, steps);
    const remaining = divideRounded((steps - trust) * byEstimate * 4n + trust * byPace * QUARTERS[bound], steps * 4n);
    return asMoney(spent + remaining);
  }) as [Money, Money, Money];
  return { low, middle, high };
}

/** How far a run has come, all in whole milliseconds. */
export interface TimeProgress {
  /** When its steps began, ms since 1970; null while it is being set up. */
  readonly trainingFrom: number | null;
  /** When its last step was made; null before the first. */
  readonly lastStepAt: number | null;
  readonly firstStep: number;
  readonly step: number;
  readonly totalSteps: number | null;
  /** How long it has run, and how long it was expected to. */
  readonly elapsedMs: number;
  readonly expectedMs: number | null;
}

/**
 * How long a run will still take, ms: the steps that are left at the pace of those that it has made,
 * `(last step − first step's beginning) × left / made`, and before the first one what is left of the estimate. Null
 * where neither is known.
 */
export function timeLeft(run: TimeProgress): number | null {
  const { trainingFrom, lastStepAt, firstStep, step, totalSteps } = run;
  const made = step - firstStep;
  if (trainingFrom !== null && lastStepAt !== null && totalSteps !== null && made > 0) {
    const trained = Math.max(0, lastStepAt - trainingFrom);
    return Math.round((trained * Math.max(0, totalSteps - step)) / made);
  }
  return run.expectedMs === null ? null : Math.max(0, run.expectedMs - run.elapsedMs);
}
