import type { RunCost } from '@/domain/estimates/cost-run';
import { type Durations, totalOf } from '@/domain/estimates/durations';
import type { Estimate } from '@/domain/estimates/schema';
import type { PriceVersion } from '@/domain/prices/find-price';
import { formatMoney, type Money, moneyToNumber, sumMoney } from '@/lib/money';

export const amountOf = (amount: Money) => ({ amount: moneyToNumber(amount), amount_exact: formatMoney(amount) });

const phaseOf = (ms: number, cost: Money) => ({ ms, cost: moneyToNumber(cost), cost_exact: formatMoney(cost) });

/** The parts of an estimate that follow from how long the phases take. */
export function presentDurations(
  durations: Durations,
  { phases, ...cost }: RunCost,
): Pick<Estimate, 'cost' | 'duration_ms' | 'breakdown'> {
  const { setup, training, evaluation, checkpoint, saving } = durations;
  const saved = sumMoney([phases.checkpoint, phases.saving]);
  return {
    cost: { low: amountOf(cost.low), middle: amountOf(cost.middle), high: amountOf(cost.high) },
    duration_ms: totalOf(durations),
    breakdown: {
      setup: phaseOf(setup.middle, phases.setup),
      training: phaseOf(training.middle, phases.training),
      evaluation: phaseOf(evaluation.middle, phases.evaluation),
      saving: phaseOf(checkpoint.middle + saving.middle, saved),
    },
  };
}

export const presentPrice = ({ price, ...version }: PriceVersion, units: string): Estimate['price'] => ({
  id: version.id,
  version: price.version,
  provider: version.provider,
  sku: version.sku,
  region: version.region,
  purchase_option: version.purchaseOption,
  unit: price.unit,
  unit_price: price.unitPrice,
  units,
  currency: price.currency,
});
