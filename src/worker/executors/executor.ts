import type { Readable } from 'node:stream';
import type { Phase } from '@/domain/ledger/charge';
import type { ProgressEvent } from '@/domain/training/progress';

/** What an executor is asked to run. The attempt's id names the run: starting it twice starts it once. */
export interface RunOrder {
  readonly attemptId: string;
  readonly jobId: string;
  readonly number: number;
  readonly trainer: string;
  readonly baseModel: string;
  readonly hyperparameters: Readonly<Record<string, number | string | boolean | readonly string[]>>;
  readonly gpuCount: number;
  /** Where the training data lies in the store of files, and how it is written; null for runs without any. */
  readonly dataset: { readonly fileKey: string; readonly format: string; readonly validationShare: number } | null;
  readonly totalSteps: number;
  /** The run is stopped after this long, ms; null: no limit. */
  readonly maxRuntimeMs: number | null;
  /** The attempt whose last checkpoint this one goes on from; null: from the beginning. */
  readonly resumeFrom: string | null;
  /** Without a renewal for this long the run stops itself, ms. */
  readonly leaseMs: number;
  /** Between asking a run to stop and ending it by force, ms. */
  readonly graceMs: number;
}

/** Why and how a run was over. */
export interface RunEnd {
  /** True end, ms since 1970, by the clock that also gave the start. */
  readonly at: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /**
   * `exited`: by itself. `cancelled`: as we asked. `timeout`: longer than allowed. `lease`: nobody renewed it.
   * `not_started`: the command could not be started. `disk_full`, `out_of_memory`: as the system said. `lost`: what
   * watched the run is gone, and the run with it.
   */
  readonly reason:
    | 'exited'
    | 'cancelled'
    | 'timeout'
    | 'lease'
    | 'not_started'
    | 'disk_full'
    | 'out_of_memory'
    | 'lost';
  /** What happened in plain words, for the log of the job. */
  readonly message: string | null;
}

/** A line that the run printed and that was no progress, cut to 4,000 characters. */
export interface RunLine {
  readonly at: number;
  readonly stream: 'stdout' | 'stderr' | 'system';
  readonly text: string;
}

/** What is new since the last time; `cursor` goes into the next `poll`. */
export interface RunReport {
  /** `unknown`: this executor (on this machine) knows nothing of the run. */
  readonly status: 'starting' | 'running' | 'ended' | 'unknown';
  /** True start, ms since 1970; null while it has not started. */
  readonly startedAt: number | null;
  /** In order, with the instant (ms since 1970) at which each was seen. */
  readonly events: readonly { readonly at: number; readonly event: ProgressEvent }[];
  readonly lines: readonly RunLine[];
  /** The run is known to have lasted until here, ms since 1970. */
  readonly aliveUntil: number | null;
  readonly end: RunEnd | null;
  readonly cursor: string;
}

/** A file that a run left behind, relative to its output folder: `adapter_model.safetensors`. */
export interface RunFile {
  readonly name: string;
  readonly bytes: number;
}

/**
 * Where attempts run. All of it is safe to repeat: every call names the attempt, and a worker that takes over calls
 * `poll` with an empty cursor to learn everything again.
 *
 * To add one: implement these calls in a folder of its own, add it to `createExecutors`, and run the tests of
 * `tests/worker/executor-contract.ts` on it.
 */
export interface Executor {
  readonly name: string;
  /** The phases in which what it runs on costs money; null: all. */
  readonly billedPhases: readonly Phase[] | null;
  /** Starts the run, or finds it started. Throws only where nothing was started. */
  start(order: RunOrder): Promise<void>;
  /** What happened since `cursor` (empty: since the beginning). At most a few thousand events at a time. */
  poll(attemptId: string, cursor: string): Promise<RunReport>;
  /** Lets the run go on for another `leaseMs`; false where it has ended or is unknown. */
  renew(attemptId: string): Promise<boolean>;
  /** Asks the run to stop, by force after the grace period; returns at once. */
  cancel(attemptId: string, reason: 'cancelled' | 'timeout' | 'lease'): Promise<void>;
  /** The files of a run that has ended, without checkpoints; refused (`conflict`) while it lasts. */
  listFiles(attemptId: string): Promise<readonly RunFile[]>;
  readFile(attemptId: string, name: string): Promise<Readable>;
  /**
   * Forgets the run and its files, checkpoints as well: after its artifacts were collected, and after the attempt that
   * goes on from it was started. Refused (`conflict`) while the run lasts.
   */
  discard(attemptId: string): Promise<void>;
  /** The attempts whose runs or files are still here, in no order; for finding what no row names any more. */
  listRuns(): Promise<readonly string[]>;
}
