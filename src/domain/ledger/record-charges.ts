import type { Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { NewCharge } from '@/domain/ledger/charge';
import { findConflicts, upsertCharges } from '@/domain/ledger/store';
import { conflict } from '@/lib/errors';

/** The most charges of one call: a transaction that holds users' locks stays short. */
export const MOST_CHARGES = 1_000;

export interface Recorded {
  /** Charges that are new. */
  readonly inserted: number;
  /** Open charges whose amount, details or state changed. */
  readonly grown: number;
  /** Charges that were there with this very content. */
  readonly unchanged: number;
}

const keyOf = (c: NewCharge): string => JSON.stringify([c.source, c.costType, c.phase, c.recordedAt.getTime()]);

/**
 * Writes charges, within the caller's transaction. A charge is unique by source, cost type, phase and bucket, so
 * writing the same again changes nothing, whoever does it and however often. An open charge grows to the content
 * given, and becomes final when that says so.
 *
 * @throws PipelineError `conflict` when the ledger holds a final charge, or another user's, under the same key with
 *   other content, or the batch itself names one key twice; the caller's transaction must then end in a rollback
 * @throws RangeError for more than {@link MOST_CHARGES} charges
 */
export async function recordCharges(tx: Transaction<DB>, charges: readonly NewCharge[]): Promise<Recorded> {
  if (charges.length > MOST_CHARGES) throw new RangeError(`at most ${MOST_CHARGES} charges in one call`);
  if (charges.length === 0) return { inserted: 0, grown: 0, unchanged: 0 };
  if (new Set(charges.map(keyOf)).size < charges.length) {
    throw conflict('The batch names the same charge (source, cost type, phase, time) twice. Send each charge once.');
  }
  const { inserted, grown } = await upsertCharges(tx, charges, { locksFirst: true });
  const untouched = charges.length - inserted - grown;
  if (untouched > 0) {
    const [first, ...others] = await findConflicts(tx, charges);
    if (first !== undefined) {
      const charge = charges[first];
      throw conflict(
        `The ledger holds ${charge?.source} (${charge?.costType}, ${charge?.recordedAt.toISOString()}) with other content` +
          `${others.length > 0 ? `, and ${others.length} more` : ''}. Final charges never change: post a correction.`,
      );
    }
  }
  return { inserted, grown, unchanged: untouched };
}
