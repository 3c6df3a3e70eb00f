import { BETWEEN_TYPES, type SumRow } from '@/domain/ledger/cost-statements';
import type { Plan } from '@/domain/ledger/plan';
import type { CostsAnswer } from '@/domain/ledger/schema';
import type { LocalPeriod } from '@/lib/calendar';
import { asMoney, formatMoney, type Money, moneyToNumber, roundToCents, sumMoney, ZERO } from '@/lib/money';

/** An amount as the API shows it: the nearest double for charts, the exact text for everything else. */
export function shown(amount: Money): { amount: number; amount_exact: string } {
  const amount_exact = formatMoney(amount);
  return { amount: Number(amount_exact), amount_exact };
}

export interface Folded {
  readonly total: Money;
  readonly byType: ReadonlyMap<string, Money>;
  /** By the place of a period in the chart. */
  readonly byPeriod: ReadonlyMap<number, Money>;
  readonly otherCurrencies: string[];
  readonly hasOpen: boolean;
}

/** A sum and the number of records in it: what is taken away from a sum may leave none. */
interface Counted {
  amount: bigint;
  n: number;
}

function count<K>(sums: Map<K, Counted>, key: K, amount: bigint, n: number): void {
  const sum = sums.get(key);
  if (sum === undefined) {
    sums.set(key, { amount, n });
    return;
  }
  sum.amount += amount;
  sum.n += n;
}

function present<K>(sums: ReadonlyMap<K, Counted>): Map<K, Money> {
  const left = new Map<K, Money>();
  for (const [key, { amount, n }] of sums) if (n > 0) left.set(key, asMoney(amount));
  return left;
}

/** The lists of a row. Ten decimals without their point are a count of 10^-10 currency units. */
function listsOf({ days, currencies, types, amounts, counts, open }: SumRow) {
  const units = amounts === null ? [] : amounts.replaceAll('.', '').split(' ');
  const kinds = types === null ? [] : types.split(BETWEEN_TYPES);
  if (kinds.length !== units.length) throw new Error('the lists of a sum are of equal length');
  return {
    units,
    kinds,
    currencies: currencies ?? '',
    days: days?.split(' '),
    counts: counts?.split(' '),
    open: open?.split(' ') ?? [],
  };
}

const LETTERS = 3;

/** Adds up the sums of one currency, exactly; of the others only the names are kept. */
export function foldSums(rows: readonly SumRow[], { runs, spans, ragged }: Plan, currency: string): Folded {
  const parts = [...runs.map(({ period }) => ({ period, sign: 1 })), ...spans, ...ragged];
  const byType = new Map<string, Counted>();
  const byPeriod = new Map<number, Counted>();
  const others = new Map<string, Counted>();
  let open = 0;
  for (const row of rows) {
    const { period = 0, sign = 1 } = parts[row.part] ?? {};
    const { units, kinds, currencies, days, counts, open: opened } = listsOf(row);
    for (const [i, unit] of units.entries()) {
      const of = currencies.slice(LETTERS * i, LETTERS * (i + 1));
      const n = sign * Number(counts?.[i] ?? 1);
      if (of !== currency) {
        count(others, of, 0n, n);
        continue;
      }
      const amount = sign < 0 ? -BigInt(unit) : BigInt(unit);
      count(byType, kinds[i] ?? '', amount, n);
      count(byPeriod, period + Number(days?.[i] ?? 0), amount, n);
    }
    for (const text of opened) {
      if (text.startsWith(currency)) open += sign * Number(text.slice(LETTERS));
    }
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
  for (const [place, { date, start, end }] of periods.entries()) {
    const sum = folded.byPeriod.get(place) ?? (fill ? ZERO : null);
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
