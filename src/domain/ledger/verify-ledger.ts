import type { SystemCtx } from '@/domain/context';
import { compareRollUps, countLedger, type DifferenceRow, type RollUp } from '@/domain/ledger/audit-store';

/** A key of a roll-up whose content is not what the records say. */
export interface Difference {
  readonly rollUp: RollUp;
  readonly userId: string;
  /** The rest of the key: offset, day or bucket, job, currency and cost type. */
  readonly key: string;
  /** Exact sum in the roll-up, null where the row is missing. */
  readonly stored: string | null;
  /** Exact sum of the records, null where there are none. */
  readonly expected: string | null;
}

export interface LedgerReport {
  readonly users: number;
  readonly records: number;
  readonly differences: Difference[];
}

/** How long the comparison of all records with all roll-ups may take, ms. */
export const VERIFY_TIMEOUT_MS = 30 * 60_000;

/**
 * Compares every roll-up with the records on the live database. An empty list of differences is the proof that each
 * total shown equals the ledger.
 */
export async function verifyLedger(ctx: SystemCtx): Promise<LedgerReport> {
  const compare = compareRollUps();
  const rollUps = Object.keys(compare) as RollUp[];
  const [[counts], ...found] = await ctx.session.read(countLedger(), ...rollUps.map((rollUp) => compare[rollUp]));
  const named = (rollUp: RollUp, rows: readonly DifferenceRow[]): Difference[] =>
    rows.map((row) => ({ rollUp, userId: row.user_id, key: row.key, stored: row.stored, expected: row.expected }));
  return {
    users: Number(counts?.users ?? 0),
    records: Number(counts?.records ?? 0),
    differences: rollUps.flatMap((rollUp, i) => named(rollUp, found[i] ?? [])),
  };
}
