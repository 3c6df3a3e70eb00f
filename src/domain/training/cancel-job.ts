import type { Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { UserCtx } from '@/domain/context';
import { notify } from '@/domain/notifications/notify';
import type { NewNotification } from '@/domain/notifications/schema';
import { endWaitingJob, findSpent, lockJob, requestCancel, type SpentRow } from '@/domain/training/cancel-store';
import { jobCan } from '@/domain/training/job-can';
import type { JobParams } from '@/domain/training/job-requests';
import { cancelledNotice, type NoticedJob, withdrawnNotice } from '@/domain/training/notices';
import { findJobDetail } from '@/domain/training/read-job';
import type { JobDetail } from '@/domain/training/schema';
import { conflict, notFound } from '@/lib/errors';
import { parseMoney } from '@/lib/money';

/**
 * Cancels a job. One that waits has ended with this call; one that a worker has in hand is stopped by
 * it within seconds, and costs what it used. Asking again changes nothing.
 *
 * @throws PipelineError `not_found`, or `conflict` for a job that has ended in another way
 */
export async function cancelJob(ctx: UserCtx, { id }: JobParams): Promise<JobDetail> {
  // the caller's own session comes first: it refuses who has been signed out
  const { status } = await findJobDetail(ctx, id);
  if (status !== 'cancelled') await ctx.service.transaction((tx) => cancel(tx, ctx, id));
  return findJobDetail(ctx, id);
}

async function cancel(tx: Transaction<DB>, { userId, clock }: UserCtx, id: string): Promise<void> {
  const job = await lockJob(tx, userId, id);
  if (job === undefined) throw notFound('job');
  if (job.status === 'cancelled') return;
  if (!jobCan.cancel(job)) {
    throw conflict(`This job has ended already, it is ${job.status}: there is nothing left to cancel.`);
  }
  if (job.status !== 'queued') return requestCancel(tx, userId, job.id, clock.now());
  await endWaitingJob(tx, userId, job.id, clock.now());
  const spent = await findSpent(tx, userId, job.id);
  await notify(tx, [noticeOf({ jobId: job.id, userId, jobName: job.name }, spent)]);
}

function noticeOf(job: NoticedJob, { cost, currency, ms, loss, estimate }: SpentRow): NewNotification {
  if (ms === null) return withdrawnNotice(job);
  const expected = estimate === null ? null : parseMoney(estimate);
  return cancelledNotice(job, { cost: parseMoney(cost), currency, ms, finalLoss: loss, estimate: expected });
}
