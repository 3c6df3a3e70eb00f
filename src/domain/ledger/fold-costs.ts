import { BETWEEN_TYPES, type SumRow } from '@/domain/ledger/cost-statements';
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
  /** By the place of a period in the chart. */
  readonly byPeriod: ReadonlyMap<number, Money>;
  readonly otherCurrencies: string[];
  readonly hasOpen: boolean;
  /** What of the total belongs to jobs; zero unless it was asked for. */
  readonly ofJobs: Money;
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

const LETTERS = 3;

/** Adds up the sums of one currency, exactly; of the others only the names are kept. */
export function foldSums(rows: readonly SumRow[], currency: string): Folded {
  const byType = new Map<string, Counted>();
  const byPeriod = new Map<number, Counted>();
  const others = new Map<string, Counted>();
  let open = 0;
  let ofJobs = 0n;
  for (const { places, currencies, types, amounts, counts, open: opened, of_jobs } of rows) {
    if (places === null || currencies === null || types === null || amounts === null) continue;
    const sign = places.startsWith('-') ? -1 : 1;
    if (of_jobs !== null) ofJobs += BigInt(sign) * parseMoney(of_jobs);
    const placeOf = places.split(' ');
    const typeOf = types.split(BETWEEN_TYPES);
    const countOf = counts?.split(' ');
    // ten decimals without their point count 10^-10 currency units
    const units = amounts.replaceAll('.', '').split(' ');
    if (typeOf.length !== units.length) throw new Error('the lists of sums are of equal length');
    for (let i = 0; i < units.length; i += 1) {
      const n = sign * Number(countOf?.[i] ?? 1);
      if (!currencies.startsWith(currency, LETTERS * i)) {
        count(others, currencies.slice(LETTERS * i, LETTERS * (i + 1)), 0n, n);
        continue;
      }
      const size = BigInt(units[i] ?? '');
      const amount = sign < 0 ? -size : size;
      const place = Number(placeOf[i]);
      count(byType, typeOf[i] ?? '', amount, n);
      count(byPeriod, place < 0 ? -1 - place : place, amount, n);
    }
    for (const text of opened?.split(' ') ?? []) {
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
    ofJobs: asMoney(ofJobs),
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
