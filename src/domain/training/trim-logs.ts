import type { SystemCtx } from '@/domain/context';
import { talkingStatement, trimLinesStatement } from '@/domain/training/upkeep-store';

/** Lines that are kept of a job; older ones go. */
export const MOST_LINES_KEPT = 20_000;
/** Jobs that ended within this time are looked at once more. */
const LATELY_MS = 3_600_000;

/**
 * Keeps the newest {@link MOST_LINES_KEPT} lines of each job that logs, or did lately.
 *
 * @returns how many lines went
 */
export async function trimLogs(ctx: SystemCtx): Promise<{ lines: number }> {
  const [jobs] = await ctx.session.read(talkingStatement(new Date(ctx.clock.now().getTime() - LATELY_MS)));
  let lines = 0;
  for (const { id } of jobs) {
    const [[trimmed]] = await ctx.session.run(trimLinesStatement(id, MOST_LINES_KEPT));
    lines += trimmed?.gone ?? 0;
  }
  return { lines };
}
