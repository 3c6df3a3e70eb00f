import type { UserId } from '@/lib/ids';

/** Names an attempt as its holder: a write with another fence than the current one changes nothing. */
export interface HeldFence {
  readonly attemptId: string;
  readonly fence: number;
}

/** An attempt that a worker holds, and what its run is made of. */
export interface HeldAttempt extends HeldFence {
  readonly jobId: string;
  readonly userId: UserId;
  readonly number: number;
  readonly executor: string;
  readonly trainer: string;
  readonly baseModel: string;
  readonly hyperparameters: Readonly<Record<string, number | string | boolean | readonly string[]>>;
  readonly gpuCount: number;
  readonly dataset: { readonly fileKey: string; readonly format: string; readonly validationShare: number } | null;
  readonly totalSteps: number;
  readonly maxRuntimeMs: number | null;
  /** The earlier attempt whose checkpoint it goes on from. */
  readonly resumeFrom: string | null;
  /** Its time is in the ledger up to here, ms since 1970; events and lines until then are stored. */
  readonly meteredTo: number | null;
}

/** Attempts of a job that may have started: one more is made while a run was lost through no fault of the job. */
export const MOST_STARTED_ATTEMPTS = 3;
/** Attempts at all; those whose run never started cost nothing, but something is wrong with so many of them. */
export const MOST_ATTEMPTS = 10;

/** In the place of a worker: it was stopped in order, and any other may go on. */
export const NOBODY = 'nobody';
