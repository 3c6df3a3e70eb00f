import type { SystemCtx } from '@/domain/context';
import { thinPointsOf, unthinnedStatement } from '@/domain/training/upkeep-store';

/** Curves stay as they were logged for this long after the end of their job. */
export const KEEP_WHOLE_MS = 24 * 3_600_000;
/** A curve with no more points than this is left as it is. */
export const LEAST_POINTS = 200;
/** Of longer ones every fourth point stays, or about this many, with the extremes. */
export const MOST_POINTS_KEPT = 2_000;
const SHARE = 4;
const BATCH = 50;

/**
 * Thins the curves of jobs that ended more than {@link KEEP_WHOLE_MS} ago, each once, in a short transaction of its own.
 *
 * @returns how many jobs, and how many points went
 */
export async function thinMetrics(ctx: SystemCtx): Promise<{ jobs: number; points: number }> {
  const before = new Date(ctx.clock.now().getTime() - KEEP_WHOLE_MS);
  let jobs = 0;
  let points = 0;
  for (;;) {
    const [found] = await ctx.session.read(unthinnedStatement(before, BATCH));
    if (found.length === 0) return { jobs, points };
    for (const { id } of found) {
      points += await ctx.session.transaction((tx) =>
        // the extremes and the evaluations come on top
        thinPointsOf(tx, id, { least: LEAST_POINTS, most: MOST_POINTS_KEPT - 500, share: SHARE }),
      );
      jobs += 1;
    }
  }
}
