import type { SystemCtx, WithQueue } from '@/domain/context';
import { stalledStatement } from '@/domain/datasets/upkeep-store';

/** A validation writes its progress every few seconds; after this long without any it is offered anew, ms. */
const SILENT_MS = 10 * 60_000;
const BATCH = 200;

/** Sends datasets to the workers again whose validation stands still. Harmless where it waits only. @returns how many */
export async function resumeValidations(ctx: WithQueue<SystemCtx>): Promise<number> {
  const before = new Date(ctx.clock.now().getTime() - SILENT_MS);
  const [stalled] = await ctx.session.read(stalledStatement(before, BATCH));
  for (const { id } of stalled) await ctx.session.transaction((tx) => ctx.queue.send(tx, 'validate-dataset', id));
  return stalled.length;
}
