import type { SystemCtx } from '@/domain/context';
import type { HeldFence } from '@/domain/training/attempt';
import { renewStatement } from '@/domain/training/lease-store';

export interface Renewed {
  /** Ids of attempts that the caller goes on to hold. */
  readonly held: readonly string[];
  /** Ended, or taken over by another worker: the caller must let go of their runs. */
  readonly lost: readonly string[];
  /** Of those held: whose cancellation was asked for. */
  readonly cancelRequested: readonly string[];
}

/** Renews leases by the clock of the database, all of them in one statement. */
export async function renewLeases(ctx: SystemCtx, held: readonly HeldFence[], leaseMs: number): Promise<Renewed> {
  if (held.length === 0) return { held: [], lost: [], cancelRequested: [] };
  const [rows] = await ctx.session.run(renewStatement(held, leaseMs));
  const kept = new Set(rows.map((row) => row.id));
  return {
    held: [...kept],
    lost: held.map((h) => h.attemptId).filter((id) => !kept.has(id)),
    cancelRequested: rows.filter((row) => row.cancel_requested).map((row) => row.id),
  };
}
