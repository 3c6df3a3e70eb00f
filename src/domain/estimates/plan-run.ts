import type { Hyperparameters } from '@/domain/estimates/job-config';
import type { BaseModel } from '@/domain/estimates/models';

/** What a dataset brings, as its validation has counted it. */
export interface Workload {
  readonly rowsTraining: number;
  readonly rowsValidation: number;
  /** Of all rows together. */
  readonly tokens: number;
  /** Tokens of the longest row; null where nobody has counted. */
  readonly longest: number | null;
}

/** What a run has to do. */
export interface RunPlan {
  readonly steps: number;
  /** Trained on in all epochs together, padding included. */
  readonly tokens: number;
  /** Length of the sequences, tokens. */
  readonly length: number;
  /** Tokens that one GPU works on at once. */
  readonly tokensAtOnce: number;
  readonly evaluations: number;
  /** Of all evaluations together. */
  readonly evaluationTokens: number;
  /** Checkpoints on the way; the adapter itself is saved once more at the end. */
  readonly checkpoints: number;
}

/**
 * Steps and tokens of a run.
 *
 * Steps are ⌈sequences ÷ (batch × accumulation × GPUs)⌉ × epochs. A sequence is a row, padded to the maximum length; with
 * packing the rows are strung together and cut, so there are ⌈tokens ÷ maximum length⌉ sequences and no padding. The
 * maximum length is the one asked for, but never more than the model's context, nor (padded) than the longest row.
 */
export function planRun(work: Workload, chosen: Hyperparameters, gpuCount: number, model: BaseModel): RunPlan {
  const allowed = Math.min(chosen.max_length, model.context ?? chosen.max_length);
  const rows = work.rowsTraining + work.rowsValidation;
  const share = (part: number): number => (rows === 0 ? 0 : Math.ceil((work.tokens / rows) * part));
  const length = chosen.packing ? allowed : Math.max(1, Math.min(allowed, work.longest ?? allowed));
  const sequences = chosen.packing ? Math.ceil(share(work.rowsTraining) / allowed) : work.rowsTraining;
  const sequencesValidation = chosen.packing ? share(work.rowsValidation) / allowed : work.rowsValidation;
  const perStep = chosen.per_device_train_batch_size * chosen.gradient_accumulation_steps * gpuCount;
  const steps = Math.ceil(sequences / perStep) * chosen.num_train_epochs;
  const evaluations = work.rowsValidation === 0 ? 0 : Math.ceil(steps / chosen.eval_steps);
  return {
    steps,
    tokens: (chosen.packing ? share(work.rowsTraining) : sequences * length) * chosen.num_train_epochs,
    length,
    tokensAtOnce: chosen.per_device_train_batch_size * length,
    evaluations,
    evaluationTokens: Math.ceil(evaluations * sequencesValidation * length),
    checkpoints: Math.floor(steps / chosen.save_steps),
  };
}
