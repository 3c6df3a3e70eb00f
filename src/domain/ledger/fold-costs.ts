import type { SumRow } from '@/domain/ledger/cost-statements';
import type { CostsAnswer } from '@/domain/ledger/schema';
import type { LocalPeriod } from '@/lib/calendar';
import {
  addMoney,
  formatMoney,
  type Money,
  moneyToNumber,
  parseMoney,
  roundToCents,
  sumMoney,
  ZERO,
} from '@/lib/money';

/** An amount as the API shows it: the nearest double for charts, the exact text for everything else. */
export const shown = (amount: Money): { amount: number; amount_exact: string } => ({
  amount: moneyToNumber(amount),
  amount_exact: formatMoney(amount),
});

export interface Folded {
  readonly total: Money;
  readonly byType: Map<string, Money>;
  readonly byPeriod: Map<string, Money>;
  readonly otherCurrencies: string[];
  readonly hasOpen: boolean;
}

/** Adds up the sums of one currency, exactly; of the others only their names are kept. */
export function foldSums(rows: readonly SumRow[], currency: string): Folded {
  const byType = new Map<string, Money>();
  const byPeriod = new Map<string, Money>();
  const others = new Set<string>();
  let hasOpen = false;
  for (const row of rows) {
    if (row.currency !== currency) {
      others.add(row.currency);
      continue;
    }
    const amount = parseMoney(row.amount);
    byType.set(row.cost_type, addMoney(byType.get(row.cost_type) ?? ZERO, amount));
    byPeriod.set(row.label, addMoney(byPeriod.get(row.label) ?? ZERO, amount));
    if (row.open_n > 0) hasOpen = true;
  }
  return { total: sumMoney(byType.values()), byType, byPeriod, otherCurrencies: [...others].sort(), hasOpen };
}

/** The chart: ascending, only periods with cost unless all are asked for. */
export function chartOf(periods: readonly LocalPeriod[], folded: Folded, fill: boolean): CostsAnswer['chart_data'] {
  const entries: CostsAnswer['chart_data'] = [];
  for (const { date, start, end } of periods) {
    const amount = folded.byPeriod.get(date) ?? (fill ? ZERO : null);
    if (amount === null) continue;
    entries.push({ date, ...shown(amount), start: new Date(start).toISOString(), end: new Date(end).toISOString() });
  }
  return entries;
}

/** The keys of an answer that come from the sums. */
export function totalsOf(folded: Folded) {
  const types = [...folded.byType].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    total_cost: roundToCents(folded.total),
    total_cost_exact: formatMoney(folded.total),
    cost_by_type: Object.fromEntries(types.map(([type, amount]) => [type, moneyToNumber(amount)])),
    cost_by_type_exact: Object.fromEntries(types.map(([type, amount]) => [type, formatMoney(amount)])),
    other_currencies: folded.otherCurrencies,
  };
}
