import type { SystemCtx } from '@/domain/context';
import { medianOf } from '@/domain/estimates/compare-bases';
import { type ComparedRow, comparedStatement } from '@/domain/estimates/compare-store';
import { badInput } from '@/lib/errors';
import type { UserId } from '@/lib/ids';

const MOST_LISTED = 1_000;

/** An estimate and what its job came to; amounts are exact text. */
export interface ComparedEstimate extends ComparedRow {
  /** Actual ÷ estimated cost; null while it is not known, or where nothing was expected to be paid. */
  readonly ratio: number | null;
}

export interface EstimateSummary {
  readonly basis: 'own_runs' | 'prior';
  /** Completed jobs. */
  readonly jobs: number;
  /** The middle of by how much costs were off, as a share: 0.1 is 10 %. */
  readonly medianError: number;
  /** Share of jobs whose cost lay in the interval. */
  readonly inside: number;
}

export interface EstimateList {
  readonly estimates: readonly ComparedEstimate[];
  /** Of the completed ones among them. */
  readonly summary: readonly EstimateSummary[];
}

const ratioOf = ({ actualCost, costMiddle }: ComparedRow): number | null =>
  actualCost === null || Number(costMiddle) === 0 ? null : Number(actualCost) / Number(costMiddle);

function summarise(basis: EstimateSummary['basis'], all: readonly ComparedEstimate[]): EstimateSummary[] {
  const done = all.filter((row) => row.basis === basis && row.status === 'completed' && row.ratio !== null);
  if (done.length === 0) return [];
  const inside = done.filter(
    ({ actualCost, costLow, costHigh }) =>
      Number(costLow) <= Number(actualCost) && Number(actualCost) <= Number(costHigh),
  );
  const errors = done.map(({ ratio }) => Math.abs((ratio ?? 1) - 1));
  return [{ basis, jobs: done.length, medianError: medianOf(errors), inside: inside.length / done.length }];
}

/** Estimates of jobs that have ended, the latest first, and how far off they were; of one user or of all. */
export async function listEstimates(
  { session }: SystemCtx,
  { userId, limit }: { userId: UserId | null; limit: number },
): Promise<EstimateList> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LISTED) {
    throw badInput(`limit: send a whole number from 1 to ${MOST_LISTED}.`);
  }
  const [rows] = await session.read(comparedStatement(userId, limit));
  const estimates = rows.map((row) => ({ ...row, ratio: ratioOf(row) }));
  return { estimates, summary: [...summarise('own_runs', estimates), ...summarise('prior', estimates)] };
}
