import type { SystemCtx } from '@/domain/context';
import { type RunState, runStateStatement } from '@/domain/training/clear-store';
import { UUID_PATTERN } from '@/lib/ids';

/** What may be done with the files of these runs; those that go on, or that another attempt goes on from, are kept. */
export async function listRunStates(ctx: SystemCtx, attemptIds: readonly string[]): Promise<RunState[]> {
  const ids = attemptIds.filter((id) => UUID_PATTERN.test(id));
  if (ids.length === 0) return [];
  const [rows] = await ctx.session.read(runStateStatement(ids));
  return rows;
}
