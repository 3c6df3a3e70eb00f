import type { CostsAnswer } from '@/domain/ledger/schema';
import { decimalsOf, formatAmount, formatExact, formatParts, formatWeekday } from '@/lib/format';

/** A day as it is written, in the drawing and in the table alike. */
export interface DayValue {
  date: string;
  label: string;
  /** Rounded so that all days add up to the total shown. */
  shown: string;
  exact: string;
  /** For the height of a bar only. */
  height: number;
}

/** The days with their words; `shown` adds up over the days to the total shown. */
export function dayValues(days: readonly CostsAnswer['chart_data'][number][], currency: string): DayValue[] {
  const exacts = days.map((day) => day.amount_exact);
  const shown = formatParts(exacts, currency);
  const decimals = decimalsOf(exacts);
  return days.map((day, index) => ({
    date: day.date,
    label: formatWeekday(day.date),
    shown: shown[index] ?? formatAmount(day.amount_exact, currency),
    exact: `${formatExact(day.amount_exact, decimals)} ${currency}`,
    height: day.amount,
  }));
}
