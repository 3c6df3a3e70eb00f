import type { NewCharge } from '@/domain/ledger/charge';
import { attemptSource, COMPUTE, type MeteredAttempt } from '@/domain/training/attempt-charges';
import type { OpenCharge, StoredAttempt } from '@/domain/training/end-store';
import { type BucketSteps, beginTimeline, type Timeline } from '@/domain/training/segments';
import { ZERO } from '@/lib/money';

const stepsOf = ({ phase, recorded_at, details }: OpenCharge): BucketSteps[] => {
  const { first_step: first, last_step: last } = details ?? {};
  if (phase === null || typeof first !== 'number' || typeof last !== 'number') return [];
  return [{ bucket: recorded_at.getTime(), phase, first, last }];
};

/** What is stored of an attempt's time, for one whose run nobody can ask any more; null where none has started. */
export function storedTimeline(stored: StoredAttempt): Timeline | null {
  const { started_at, checkpoint_step, checkpoint_at, segments, open_charges } = stored;
  if (started_at === null) return null;
  const begun = beginTimeline(started_at);
  return {
    ...begun,
    segments: segments.length > 0 ? segments : begun.segments,
    steps: open_charges.flatMap(stepsOf).sort((a, b) => a.bucket - b.bucket),
    checkpoint:
      checkpoint_step === null || checkpoint_at === null ? null : { step: checkpoint_step, at: checkpoint_at },
    progress: begun.progress,
  };
}

const keyOf = (phase: string | null, at: Date): string => `${phase} ${at.getTime()}`;

/** Open charges whose time is now another phase's (lost, or over before): they stay in the ledger with nothing. */
export function remainingCharges(
  attempt: MeteredAttempt,
  open: readonly OpenCharge[],
  charges: readonly NewCharge[],
): NewCharge[] {
  const written = new Set(charges.map(({ phase, recordedAt }) => keyOf(phase, recordedAt)));
  return open
    .filter(({ phase, recorded_at }) => !written.has(keyOf(phase, recorded_at)))
    .map(({ phase, recorded_at, currency, details }) => ({
      userId: attempt.userId,
      jobId: attempt.jobId,
      source: attemptSource(attempt.id),
      costType: COMPUTE,
      phase,
      recordedAt: recorded_at,
      amount: ZERO,
      currency,
      state: 'final',
      details: { ...details, quantity_ms: 0, billed_ms: 0, first_step: null, last_step: null },
      tags: attempt.tags,
    }));
}
