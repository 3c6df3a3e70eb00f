import type { Phase } from '@/domain/ledger/charge';
import type { RecordedInterval } from '@/domain/metering/meter-intervals';

/**
 * Whether time in a phase is charged at a price that bills these phases (null: all). Time is `lost` when what was done in
 * it, and charged, has to be done again: that phase always is.
 */
export const isBilled = (phase: Phase, billedPhases: readonly Phase[] | null): boolean =>
  billedPhases === null || phase === 'lost' || billedPhases.includes(phase);

type PhasedInterval = RecordedInterval & { readonly phase?: Phase | null };

/** The time that is charged, to be metered: time without a phase is, since nothing says that it is free. */
export const billedIntervals = <I extends PhasedInterval>(
  intervals: readonly I[],
  billedPhases: readonly Phase[] | null,
): I[] => intervals.filter(({ phase }) => phase === undefined || phase === null || isBilled(phase, billedPhases));
