// Also read by the supervisor, which runs without the product: only files that do so too are imported.
import type { RecordedEnd } from './journal.ts';
import type { StopReason, SupervisionOrder } from './run-folder.ts';

/** How a command that had begun was over. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why we asked it to stop; null: it ended by itself. */
  readonly stop: StopReason | null;
  /** The system has ended a process for want of memory meanwhile. */
  readonly memoryKilled: boolean;
  readonly diskFull: boolean;
}

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;

/** Why a run is asked to stop, in plain words. */
export function stopMessage(reason: StopReason, { leaseMs, maxRuntimeMs }: SupervisionOrder): string {
  switch (reason) {
    case 'cancelled':
      return 'The run was asked to stop.';
    case 'timeout':
      return maxRuntimeMs === null
        ? 'The run took longer than it may.'
        : `The run took longer than it may (${seconds(maxRuntimeMs)}).`;
    case 'lease':
      return `No worker has renewed the run for ${seconds(leaseMs)}.`;
    case 'disk_full':
      return 'The disk on which the run is kept has no room left.';
    case 'lost':
      return 'What watched the run was told to end, or its folder was taken away.';
  }
}

const exitText = ({ exitCode, signal }: Outcome): string =>
  signal === null ? `The command ended with exit code ${exitCode}.` : `The command was ended by ${signal}.`;

/** The reason of an end and what people are told of it. What was asked for comes before what was found. */
export function describeEnd(outcome: Outcome, order: SupervisionOrder): Pick<RecordedEnd, 'reason' | 'message'> {
  const text = exitText(outcome);
  if (outcome.stop !== null) return { reason: outcome.stop, message: `${stopMessage(outcome.stop, order)} ${text}` };
  const wasKilled = outcome.signal === 'SIGKILL' || outcome.exitCode === 137;
  if (wasKilled && outcome.memoryKilled) {
    return { reason: 'out_of_memory', message: `The system ran out of memory and ended a process of the run. ${text}` };
  }
  const isFailure = outcome.exitCode !== 0;
  if (isFailure && outcome.diskFull) {
    return { reason: 'disk_full', message: `The disk on which the run is kept has no room left. ${text}` };
  }
  return { reason: 'exited', message: text };
}
