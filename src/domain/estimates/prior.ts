import { loadOf, peakOf } from '@/domain/estimates/gpus';
import { adapterBytes, adapterParameters, type BaseModel } from '@/domain/estimates/models';
import type { RunPlan } from '@/domain/estimates/plan-run';

/** What is expected of a run before anybody has run one like it. */
export interface Prior {
  /** Training tokens that one GPU gets through in a second. */
  readonly tokensPerSecond: number;
  /** Of the phases around training, ms. */
  readonly setupMs: number;
  readonly evaluationMs: number;
  readonly checkpointMs: number;
  readonly savingMs: number;
}

/** Actual values lie this factor above or below, nine times out of ten. */
export const PRIOR_FACTOR = 2.5;

/** Share of a GPU's peak that training reaches with plenty to do at once. */
const BEST_UTILISATION = 0.35;
/** Starting a process and its libraries, ms, and reading the weights, bytes a second. */
const START_MS = 2_000;
const WEIGHTS_PER_SECOND = 5e8;
const BYTES_OF_WEIGHT = 2;
/** Writing a file that survives a crash, ms, and bytes a second. */
const WRITE_MS = 100;
const WRITTEN_PER_SECOND = 2e8;
/** A checkpoint holds the adapter and the two moments of AdamW. */
const CHECKPOINT_SIZE = 3;

/**
 * Operations of a forward pass over one token of a sequence: 2N + 2 × layers × length × hidden (Kaplan et al. 2020,
 * "Scaling Laws for Neural Language Models", section 2.1).
 */
export const forwardFlops = ({ parameters, layers, hidden }: BaseModel, length: number): number =>
  2 * parameters + 2 * layers * length * hidden;

/**
 * Operations of training an adapter on one token. The backward pass takes twice the forward one, half of it for the
 * gradients of weights; of frozen weights none are needed, so it takes 1 × the forward pass, and 4 more for each
 * parameter of the adapter (Kaplan et al. 2020, section 2.1; Hu et al. 2021, "LoRA", section 4.2).
 */
export const trainingFlops = (model: BaseModel, r: number, length: number): number =>
  2 * forwardFlops(model, length) + 6 * adapterParameters(model, r);

/**
 * What arithmetic and data sheets say: peak of the GPU × the share of it that is reached. The shares are assumed, so an
 * estimate from here is uncertain by {@link PRIOR_FACTOR}.
 */
export function priorOf(plan: RunPlan, { model, r, gpuType }: { model: BaseModel; r: number; gpuType: string }): Prior {
  const utilisation = BEST_UTILISATION * loadOf(gpuType, plan.tokensAtOnce);
  const flops = peakOf(gpuType).flops * utilisation;
  const bytes = adapterBytes(model, r);
  const writeMs = (size: number) => WRITE_MS + (size / WRITTEN_PER_SECOND) * 1000;
  return {
    tokensPerSecond: flops / trainingFlops(model, r, plan.length),
    setupMs: START_MS + ((model.parameters * BYTES_OF_WEIGHT) / WEIGHTS_PER_SECOND) * 1000,
    evaluationMs: ((plan.evaluationTokens * forwardFlops(model, plan.length)) / flops) * 1000,
    checkpointMs: plan.checkpoints * writeMs(CHECKPOINT_SIZE * bytes),
    savingMs: writeMs(bytes),
  };
}

/** Time around training, ms. */
export const otherMs = (prior: Prior): number =>
  prior.setupMs + prior.evaluationMs + prior.checkpointMs + prior.savingMs;
