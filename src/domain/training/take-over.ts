import type { SystemCtx } from '@/domain/context';
import type { HeldAttempt } from '@/domain/training/attempt';
import { heldOf, heldStatement } from '@/domain/training/claim-store';
import { type TakeOver, takeOverStatement } from '@/domain/training/lease-store';

/** An attempt that is the caller's from now on. */
export interface TakenOver extends HeldAttempt {
  /** After this long a run that this machine knows nothing of is surely over, ms. */
  readonly waitMs: number;
}

/**
 * Takes attempts over from workers that are dead, have let go, or did not renew their lease in time; whoever held them
 * can write nothing for them any more. Two workers that do this at once get different attempts.
 */
export async function takeOver(ctx: SystemCtx, input: TakeOver): Promise<TakenOver[]> {
  const [taken] = await ctx.session.run(takeOverStatement(input));
  if (taken.length === 0) return [];
  const waits = new Map(taken.map((row) => [row.id, row.wait_ms]));
  const [rows] = await ctx.session.read(heldStatement([...waits.keys()]));
  return rows.map((row) => ({ ...heldOf(row), waitMs: waits.get(row.id) ?? 0 }));
}
