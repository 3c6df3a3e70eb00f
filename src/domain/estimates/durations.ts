import type { Judgement } from '@/domain/estimates/own-runs';
import type { RunPlan } from '@/domain/estimates/plan-run';
import type { Prior } from '@/domain/estimates/prior';
import type { Phase } from '@/domain/ledger/charge';

/** The phases of a run that is not interrupted, in the order in which they first appear. */
export const ESTIMATED_PHASES = ['setup', 'training', 'evaluation', 'checkpoint', 'saving'] as const satisfies Phase[];
export type EstimatedPhase = (typeof ESTIMATED_PHASES)[number];

/** Whole ms; low ≤ middle ≤ high. */
export interface Interval {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}
export type Durations = Readonly<Record<EstimatedPhase, Interval>>;

const around = (ms: number, factor: number): Interval => ({
  low: Math.floor(ms / factor),
  middle: Math.round(ms),
  high: Math.ceil(ms * factor),
});

/** How long each phase takes. */
export function durationsOf(plan: RunPlan, prior: Prior, judged: Judgement, gpuCount: number): Durations {
  const { tokensPerSecond: speed, otherFactor: other } = judged;
  const besides = (ms: number) => around(ms * other.value, other.factor);
  return {
    setup: besides(prior.setupMs),
    training: around((plan.tokens / (speed.value * gpuCount)) * 1000, speed.factor),
    evaluation: besides(prior.evaluationMs),
    checkpoint: besides(prior.checkpointMs),
    saving: besides(prior.savingMs),
  };
}

/** All phases together. */
export const totalOf = (durations: Durations): Interval => {
  const sum = (pick: (interval: Interval) => number) =>
    ESTIMATED_PHASES.reduce((total, phase) => total + pick(durations[phase]), 0);
  return { low: sum(({ low }) => low), middle: sum(({ middle }) => middle), high: sum(({ high }) => high) };
};
