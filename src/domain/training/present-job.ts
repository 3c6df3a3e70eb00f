import type { Amount } from '@/domain/training/schema';
import type { JobRow } from '@/domain/training/store';
import { formatMoney, type Money, moneyToNumber, parseMoney } from '@/lib/money';
import type { TrainingJob } from '@/lib/types/lora-training';

const numberOf = (exact: string | null): number | null => (exact === null ? null : moneyToNumber(parseMoney(exact)));

/** An amount as the API shows it: a number, and beside it the exact text. */
export const amountOf = (amount: Money): Amount => ({
  amount: moneyToNumber(amount),
  amount_exact: formatMoney(amount),
});

/** A job as the API shows it. */
export const presentJob = (row: JobRow): TrainingJob => ({
  ...row,
  cost: numberOf(row.cost_exact),
  estimated_cost: numberOf(row.estimated_cost_exact),
});
