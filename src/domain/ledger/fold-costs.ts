import type { SumRow } from '@/domain/ledger/cost-statements';
import type { Plan } from '@/domain/ledger/plan';
import type { CostsAnswer } from '@/domain/ledger/schema';
import type { LocalPeriod } from '@/lib/calendar';
import { asMoney, formatMoney, type Money, moneyToNumber, parseMoney, roundToCents, sumMoney, ZERO } from '@/lib/money';

/** An amount as the API shows it: the nearest double for charts, the exact text for everything else. */
export function shown(amount: Money): { amount: number; amount_exact: string } {
  const amount_exact = formatMoney(amount);
  return { amount: Number(amount_exact), amount_exact };
}

export interface Folded {
  readonly total: Money;
  readonly byType: ReadonlyMap<string, Money>;
  readonly byPeriod: ReadonlyMap<string, Money>;
  readonly otherCurrencies: string[];
  readonly hasOpen: boolean;
}

/** A sum and the number of records in it: what is taken away from a sum may leave none. */
interface Counted {
  amount: bigint;
  n: number;
}

function count(sums: Map<string, Counted>, key: string, amount: bigint, n: number): void {
  const sum = sums.get(key);
  if (sum === undefined) {
    sums.set(key, { amount, n });
    return;
  }
  sum.amount += amount;
  sum.n += n;
}

const present = (sums: ReadonlyMap<string, Counted>): Map<string, Money> =>
  new Map([...sums].filter(([, { n }]) => n > 0).map(([key, { amount }]) => [key, asMoney(amount)]));

/** Adds up the sums of one currency, exactly; of the others only the names are kept. */
export function foldSums(rows: readonly SumRow[], { spans, ragged }: Plan, currency: string): Folded {
  const byType = new Map<string, Counted>();
  const byPeriod = new Map<string, Counted>();
  const others = new Map<string, Counted>();
  let open = 0;
  for (const { day, part, currency: of, cost_type, amount, n, open_n } of rows) {
    if (of !== currency) {
      count(others, of, 0n, n);
      continue;
    }
    const period = day ?? (spans[part ?? 0] ?? ragged[(part ?? 0) - spans.length])?.date ?? '';
    const exact = parseMoney(amount);
    count(byType, cost_type, exact, n);
    count(byPeriod, period, exact, n);
    open += open_n;
  }
  const types = present(byType);
  return {
    total: sumMoney(types.values()),
    byType: types,
    byPeriod: present(byPeriod),
    otherCurrencies: [...present(others).keys()].sort(),
    hasOpen: open > 0,
  };
}

// Neighbours share an edge, and answers share their days: writing an instant takes longer than adding up a day.
const instants = new Map<number, string>();
const MOST_INSTANTS = 20_000;

function instantText(at: number): string {
  let text = instants.get(at);
  if (text === undefined) {
    text = new Date(at).toISOString();
    if (instants.size >= MOST_INSTANTS) instants.clear();
    instants.set(at, text);
  }
  return text;
}

/** The chart: ascending, only periods with cost unless all are asked for. */
export function chartOf(periods: readonly LocalPeriod[], folded: Folded, fill: boolean): CostsAnswer['chart_data'] {
  const entries: CostsAnswer['chart_data'] = [];
  for (const { date, start, end } of periods) {
    const sum = folded.byPeriod.get(date) ?? (fill ? ZERO : null);
    if (sum === null) continue;
    const { amount, amount_exact } = shown(sum);
    entries.push({ date, amount, amount_exact, start: instantText(start), end: instantText(end) });
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
