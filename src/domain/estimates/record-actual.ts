import type { Transaction } from 'kysely';
import type { DB } from '@/db/types';
import { updateActual } from '@/domain/estimates/store';
import { formatMoney, type Money } from '@/lib/money';

/** What a job came to. */
export interface ActualRun {
  readonly jobId: string;
  readonly cost: Money;
  /** All its attempts ran, ms. */
  readonly ms: number;
  /** Of that in the phase training, ms. */
  readonly trainingMs: number;
  /** Trained on. */
  readonly tokens: number;
}

/**
 * Keeps beside a job's estimate what it came to, in the transaction that ends the job. The first word counts; a job
 * without an estimate is left alone.
 */
export const recordActual = (tx: Transaction<DB>, { jobId, cost, ...actual }: ActualRun): Promise<void> =>
  updateActual(tx, jobId, { cost: formatMoney(cost), ...actual });
