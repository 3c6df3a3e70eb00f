import { isDeepStrictEqual } from 'node:util';
import type { SystemCtx } from '@/domain/context';
import { lockCostState } from '@/domain/ledger/lock-cost-state';
import { findCharge, findCorrection, insertCorrection } from '@/domain/ledger/store';
import { badInput, conflict, notFound } from '@/lib/errors';
import { formatMoney, type Money } from '@/lib/money';

export interface Correction {
  readonly chargeId: string;
  /** The caller's own key, 1 to 200 characters: the same key posts once. */
  readonly key: string;
  /** What to add to the charge, negative to give money back. */
  readonly amount: Money;
  /** Shown beside the correction. */
  readonly reason: string;
}

/**
 * Posts a correction of a final charge, dated now: past days never change. A retry with the same key posts nothing.
 *
 * @throws PipelineError `not_found` for an unknown charge; `bad_input` when it is open, an estimate or itself a
 *   correction; `conflict` when the key was used with another amount or reason
 */
export async function correctCharge(ctx: SystemCtx, input: Correction): Promise<{ id: string; posted: boolean }> {
  return ctx.session.transaction(async (tx) => {
    const charge = await findCharge(tx, input.chargeId);
    if (!charge) throw notFound('charge');
    if (charge.corrects !== null) throw badInput('A correction cannot be corrected: correct the charge that it names.');
    if (charge.is_estimate) throw badInput('An estimate is not a charge and needs no correction.');
    await lockCostState(tx, [charge.user_id]);
    // read again under the lock: the charge may have been open a moment ago
    const current = await findCharge(tx, input.chargeId);
    if (current?.state !== 'final') throw badInput('The charge is still open: correct it once it is final.');
    const details = { reason: input.reason };
    const id = await insertCorrection(tx, charge, {
      key: input.key,
      amount: input.amount,
      postedAt: ctx.clock.now(),
      details,
    });
    if (id !== null) return { id, posted: true };
    const known = await findCorrection(tx, input.chargeId, input.key);
    if (known && known.amount === formatMoney(input.amount) && isDeepStrictEqual(known.details, details)) {
      return { id: known.id, posted: false };
    }
    throw conflict('This key was used for another correction of the same charge. Use a new key.');
  });
}
