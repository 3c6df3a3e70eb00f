import type { SystemCtx } from '@/domain/context';
import type { HeldAttempt } from '@/domain/training/attempt';
import { heldOf, heldStatement } from '@/domain/training/claim-store';
import { type TakeOver, takeOverStatement } from '@/domain/training/lease-store';

/** An attempt that is the caller's from now on. */
export interface TakenOver extends HeldAttempt {
  /** After this long a run that this machine knows nothing of is surely over, ms. */
  readonly waitMs: number;
  /** The worker that held it. */
  readonly previous: string;
}

/**
 * Takes attempts over from workers that are dead, have let go, or did not renew their lease in time; whoever held them
 * can write nothing for them any more. Two workers that do this at once get different attempts.
 */
export async function takeOver(ctx: SystemCtx, input: TakeOver): Promise<TakenOver[]> {
  const [taken] = await ctx.session.run(takeOverStatement(input));
  if (taken.length === 0) return [];
  const found = new Map(taken.map((row) => [row.id, { waitMs: row.wait_ms, previous: row.previous }]));
  const [rows] = await ctx.session.read(heldStatement([...found.keys()]));
  return rows.flatMap((row) => {
    const how = found.get(row.id);
    return how ? [{ ...heldOf(row), ...how }] : [];
  });
}
