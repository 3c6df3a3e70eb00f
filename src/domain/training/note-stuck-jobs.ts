import type { SystemCtx } from '@/domain/context';
import type { Phase } from '@/domain/ledger/charge';
import { isBilled } from '@/domain/metering/billed-phases';
import { costOf } from '@/domain/metering/price';
import { notify } from '@/domain/notifications/notify';
import { readAttemptPrice } from '@/domain/training/attempt-price';
import { stuckNotice } from '@/domain/training/notices';
import { type StandstillRow, standstillStatement } from '@/domain/training/upkeep-store';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const BATCH = 500;

function standstillOf(row: StandstillRow, now: number) {
  const { price, billedPhases } = readAttemptPrice(row.price);
  if (row.phase !== null && !isBilled(row.phase as Phase, billedPhases)) return [];
  return [
    stuckNotice({
      jobId: row.job_id,
      userId: row.user_id,
      jobName: row.name,
      step: row.step,
      attempt: row.attempt,
      minutes: Math.floor((now - row.progress_at.getTime()) / MINUTE_MS),
      currency: price.currency,
      rate: costOf(HOUR_MS, row.units, price),
    }),
  ];
}

/**
 * Tells the owners of jobs that made no step for `stuckMs` while their meter runs, with what an hour of it costs; once
 * for each standstill.
 *
 * @returns how many were told
 */
export async function noteStuckJobs(ctx: SystemCtx, { stuckMs }: { stuckMs: number }): Promise<{ noted: number }> {
  const now = ctx.clock.now().getTime();
  const [rows] = await ctx.session.read(standstillStatement(new Date(now - stuckMs), BATCH));
  const posted = await notify(
    ctx,
    rows.flatMap((row) => standstillOf(row, now)),
  );
  return { noted: posted.length };
}
