import { storageCharges } from '@/domain/artifacts/storage-charges';
import { lockDueArtifacts, moveMeteredTo } from '@/domain/artifacts/store';
import type { SystemCtx } from '@/domain/context';
import { MOST_CHARGES, recordCharges } from '@/domain/ledger/record-charges';

/** How far metering of storage may be behind, ms. */
export const STORAGE_LAG_MS = 3_600_000;
const BATCH = 200;

/**
 * Brings the storage of every artifact into the ledger up to now, in short transactions. Runs that were lost change
 * nothing: the next one makes up for them.
 *
 * @returns how many artifacts were metered
 */
export async function meterStorage(ctx: SystemCtx): Promise<{ metered: number }> {
  const now = ctx.clock.now();
  let metered = 0;
  for (;;) {
    const done = await ctx.session.transaction(async (tx) => {
      const due = await lockDueArtifacts(tx, new Date(now.getTime() - STORAGE_LAG_MS), BATCH);
      const charges = due.flatMap((artifact) => storageCharges(artifact, now, null));
      for (let at = 0; at < charges.length; at += MOST_CHARGES) {
        await recordCharges(tx, charges.slice(at, at + MOST_CHARGES));
      }
      if (due.length > 0)
        await moveMeteredTo(
          tx,
          due.map((artifact) => artifact.id),
          now,
        );
      return due.length;
    });
    metered += done;
    if (done < BATCH) return { metered };
  }
}
