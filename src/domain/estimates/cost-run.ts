import { type Durations, ESTIMATED_PHASES, type EstimatedPhase, type Interval } from '@/domain/estimates/durations';
import type { Phase } from '@/domain/ledger/charge';
import { isBilled } from '@/domain/metering/billed-phases';
import { costFunction, type Price } from '@/domain/metering/price';
import type { Money } from '@/lib/money';

export interface RunCost {
  readonly low: Money;
  readonly middle: Money;
  readonly high: Money;
  /** What each phase adds to the middle; they sum to it to the last digit. */
  readonly phases: Readonly<Record<EstimatedPhase, Money>>;
}

/**
 * What durations cost, by the rule that charges are made by: increment and minimum apply once to the billed time of the
 * whole run, and a phase costs the step that it makes.
 *
 * @throws RangeError where units or price are no plain decimals
 */
export function costRun(
  durations: Durations,
  price: Price,
  { units, billedPhases }: { units: string; billedPhases: readonly Phase[] | null },
): RunCost {
  const cost = costFunction(units, price);
  const billed = ESTIMATED_PHASES.filter((phase) => isBilled(phase, billedPhases));
  const total = (bound: keyof Interval) => cost(billed.reduce((ms, phase) => ms + durations[phase][bound], 0));
  let ms = 0;
  const steps = ESTIMATED_PHASES.map((phase) => {
    const before = ms;
    if (billed.includes(phase)) ms += durations[phase].middle;
    return [phase, cost(ms) - cost(before)] as const;
  });
  return {
    low: total('low'),
    middle: total('middle'),
    high: total('high'),
    phases: Object.fromEntries(steps) as RunCost['phases'],
  };
}
