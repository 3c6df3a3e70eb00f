import type { JobAttempt } from '@/domain/training/schema';
import type { JobStatus, RunPhase } from '@/lib/types/lora-training';
import type { Mood } from '../ui/status-mark';

export const JOB_STATUS: Record<JobStatus, { word: string; mood: Mood }> = {
  queued: { word: 'Queued', mood: 'quiet' },
  initializing: { word: 'Starting', mood: 'busy' },
  running: { word: 'Running', mood: 'busy' },
  completed: { word: 'Completed', mood: 'good' },
  failed: { word: 'Failed', mood: 'bad' },
  cancelled: { word: 'Cancelled', mood: 'quiet' },
};

const PHASES: Record<RunPhase, string> = {
  setup: 'Setup',
  training: 'Training',
  evaluation: 'Evaluation',
  checkpoint: 'Checkpoint',
  saving: 'Saving',
  idle: 'Idle',
  lost: 'Lost work',
};

/** A phase in a word; a record may have none, or bring one of its own. */
export const phaseName = (phase: string | null): string => {
  if (phase === null) return 'No phase';
  return Object.hasOwn(PHASES, phase) ? PHASES[phase as RunPhase] : phase;
};

const OUTCOMES: Record<NonNullable<JobAttempt['outcome']>, string> = {
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
  lost: 'Lost, made again',
};

/** How an attempt ended, with its exit where that says more. */
export function outcomeText({ outcome, cause, exit_code, exit_signal, started_at }: JobAttempt): string {
  if (outcome === null) return started_at === null ? 'Waits' : 'Goes on';
  const details = [
    cause === null ? '' : cause.replaceAll('_', ' '),
    exit_signal === null ? '' : `signal ${exit_signal}`,
    exit_code === null || exit_code === 0 ? '' : `exit code ${exit_code}`,
  ].filter(Boolean);
  return details.length === 0 ? OUTCOMES[outcome] : `${OUTCOMES[outcome]} (${details.join(', ')})`;
}

const METRIC_NAMES: Record<string, string> = {
  epoch: 'Epoch',
  loss: 'Training loss',
  validation_loss: 'Validation loss',
  learning_rate: 'Learning rate',
  gradient_norm: 'Gradient norm',
  tokens_per_second: 'Tokens per second',
  gpu_utilisation: 'GPU utilisation, %',
};

export const metricName = (metric: string): string =>
  METRIC_NAMES[metric] ?? metric.charAt(0).toUpperCase() + metric.slice(1).replaceAll('_', ' ');
