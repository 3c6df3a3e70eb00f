import type { RecordedInterval } from '@/domain/metering/meter-intervals';
import { costFunction, type Price } from '@/domain/metering/price';
import { addMoney, asMoney, type Money, ZERO } from '@/lib/money';

/**
 * Divides the cost of an attempt's time by phase, in order of first appearance. Each stretch costs what the cumulative
 * cost grows by over it, as in the ledger: the shares sum to the cost of the whole, to the last digit, and each is the
 * sum of its phase's charges, however those were cut.
 *
 * @param intervals in order of time, without overlaps, each with its phase; whole milliseconds
 */
export function costByPhase(intervals: readonly RecordedInterval[], units: string, price: Price): Map<string, Money> {
  const cost = costFunction(units, price);
  const shares = new Map<string, Money>();
  let totalMs = 0;
  for (const { start, end, phase } of intervals) {
    const after = totalMs + Math.max(0, end - start);
    const name = phase ?? '';
    shares.set(name, addMoney(shares.get(name) ?? ZERO, asMoney(cost(after) - cost(totalMs))));
    totalMs = after;
  }
  return shares;
}
