import type { Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { SystemCtx, WithQueue } from '@/domain/context';
import { type ActualRun, recordActual } from '@/domain/estimates/record-actual';
import { isBilled } from '@/domain/metering/billed-phases';
import { bucketStart } from '@/domain/metering/buckets';
import { notify } from '@/domain/notifications/notify';
import { type HeldFence, MOST_ATTEMPTS, MOST_STARTED_ATTEMPTS } from '@/domain/training/attempt';
import { attemptCharges, attemptCost, attemptSource } from '@/domain/training/attempt-charges';
import {
  addSystemLine,
  type Finish,
  findStored,
  finishAttempt,
  type StoredAttempt,
  type Totals,
} from '@/domain/training/end-store';
import { type AttemptEnd, CAUSE_TEXTS, classifyEnd, type EndOfRun } from '@/domain/training/failure-causes';
import { endNotices } from '@/domain/training/notices';
import {
  type LockedAttempt,
  lockHeld,
  lockJobs,
  touchCostState,
  writeProgress,
} from '@/domain/training/progress-store';
import { meteredAttempt, recordAll } from '@/domain/training/record-progress';
import {
  joinPoints,
  type LogLine,
  type MetricPoint,
  MOST_LINES,
  MOST_POINTS,
  storableLine,
  thinPoints,
} from '@/domain/training/report';
import { closeTimeline, markLost, type Timeline } from '@/domain/training/segments';
import { remainingCharges, storedTimeline } from '@/domain/training/stored-timeline';
import { PipelineError } from '@/lib/errors';
import { asMoney, parseMoney } from '@/lib/money';

export interface EndInput extends HeldFence {
  readonly end: EndOfRun & {
    /** True end, ms since 1970; null where nobody knows it: the attempt ends where it was last seen. */
    readonly at: number | null;
    /** What happened, for the log of the job. */
    readonly message: string | null;
  };
  /** Everything since the run began; null where this worker has not seen it: what is stored counts. */
  readonly timeline: Timeline | null;
  /** Not stored yet. */
  readonly points: readonly MetricPoint[];
  readonly lines: readonly LogLine[];
  /** The last lines that it printed, oldest first; they tell the cause of a failure. */
  readonly lastLines: readonly string[];
}

export interface Ended {
  readonly outcome: AttemptEnd['outcome'];
  readonly cause: AttemptEnd['cause'];
  /** What the job is now; `queued`: it goes on in another attempt. */
  readonly jobStatus: Finish['job']['status'];
}

/**
 * Ends an attempt once: its last segments and final charges to the true end, its outcome, what becomes of its job, the
 * actual of its estimate and the notification, all in one transaction. A run that was lost through no fault of the job
 * is made again, from its last checkpoint, while few attempts have started.
 *
 * Null where the attempt is not the caller's (any more): it has ended, or another worker holds it. Nothing is written
 * then. A report that the database does not take is left out as far as needed; the end is written all the same, at
 * the worst without its last charges.
 *
 * @throws PipelineError `unavailable` where the database is away
 */
export async function endAttempt(ctx: WithQueue<SystemCtx>, input: EndInput): Promise<Ended | null> {
  const plainer: readonly (EndInput & { isUnmetered?: true })[] = [
    input,
    { ...input, points: [], lines: [], timeline: input.timeline && { ...input.timeline, steps: [] } },
    { ...input, points: [], lines: [], timeline: null },
    { ...input, points: [], lines: [], timeline: null, isUnmetered: true },
  ];
  for (const [i, attempt] of plainer.entries()) {
    try {
      return await ctx.session.transaction((tx) => writeEnd(tx, ctx, attempt));
    } catch (error) {
      const isAway = error instanceof PipelineError && error.code === 'unavailable';
      if (isAway || i === plainer.length - 1) throw error;
      ctx.log.error({ error, attempt: input.attemptId }, 'the end of an attempt is written without its last report');
    }
  }
  return null;
}

async function writeEnd(
  tx: Transaction<DB>,
  ctx: WithQueue<SystemCtx>,
  input: EndInput & { isUnmetered?: true },
): Promise<Ended | null> {
  await lockJobs(tx, [input.attemptId]);
  const [attempt] = await lockHeld(tx, [input]);
  if (attempt === undefined) return null;
  const stored = await findStored(tx, attempt, attemptSource(attempt.id));
  const timeline = input.timeline ?? storedTimeline(stored);
  const end = classifyEnd(input.end, {
    cancelRequested: attempt.cancelRequested,
    diverged: timeline?.progress.diverged ?? false,
    error: timeline?.progress.error ?? null,
    lastLines: input.lastLines,
  });
  const started = stored.started_before + (timeline === null ? 0 : 1);
  const goesOn = end.outcome === 'lost' && started < MOST_STARTED_ATTEMPTS && attempt.number < MOST_ATTEMPTS;
  const endedAt = endOf(attempt, timeline, input.end.at ?? attempt.meteredTo ?? stored.claimed_at);
  if (timeline !== null && !input.isUnmetered)
    await writeTime(tx, input, { attempt, stored, timeline, endedAt, goesOn });
  if (input.end.message !== null) {
    await addSystemLine(tx, attempt, { at: endedAt, text: storableLine(input.end.message) });
  }
  const { exitCode, signal } = input.end;
  const job = jobAfter(end, goesOn);
  const totals = await finishAttempt(tx, { attempt, endedAt, end, exitCode, signal, job });
  if (job.status === 'queued') await ctx.queue.send(tx, 'run-job', attempt.jobId);
  if (job.status === 'completed') await recordActual(tx, actualOf(attempt.jobId, totals));
  await notify(tx, endNotices({ attempt, stored, end, job, totals, timeline }));
  return { outcome: end.outcome, cause: end.cause, jobStatus: job.status };
}

/** What an estimate is held against: a run that did all it was meant to do. */
const actualOf = (jobId: string, { cost, ms, training_ms, tokens }: Totals): ActualRun => ({
  jobId,
  cost: parseMoney(cost),
  ms,
  trainingMs: training_ms,
  tokens: Number(tokens),
});

function jobAfter(end: AttemptEnd, goesOn: boolean): Finish['job'] {
  if (goesOn) return { status: 'queued' };
  if (end.cause === null) return { status: end.outcome };
  const { happened, next } = CAUSE_TEXTS[end.cause];
  return { status: 'failed', cause: end.cause, message: `${happened} ${next}` };
}

/** Never before the start, nor before quarter-hours that are final: a clock may have been set back. */
function endOf({ meteredTo }: LockedAttempt, timeline: Timeline | null, at: number): number {
  const least = meteredTo === null ? Number.NEGATIVE_INFINITY : bucketStart(meteredTo, 'quarter');
  return Math.max(at, timeline?.startedAt ?? Number.NEGATIVE_INFINITY, least);
}

interface Ending {
  readonly attempt: LockedAttempt;
  readonly stored: StoredAttempt;
  readonly timeline: Timeline;
  readonly endedAt: number;
  readonly goesOn: boolean;
}

/**
 * What is done again counts as lost from the last checkpoint on; in quarter-hours that are final it stays as it was
 * charged, and the segments with it, so that they always tell the same as the ledger.
 */
function finalTimeline({ attempt, timeline, endedAt, goesOn }: Ending): Timeline {
  const closed = closeTimeline(timeline, endedAt);
  if (!goesOn) return closed;
  const from = closed.checkpoint?.at ?? closed.startedAt;
  const open = attempt.meteredTo === null ? from : Math.max(from, bucketStart(attempt.meteredTo, 'quarter'));
  const { billedPhases } = meteredAttempt(attempt).price;
  return markLost(closed, open, (phase) => !isBilled(phase, billedPhases));
}

/** Final segments, charges, progress and what was printed. */
async function writeTime(tx: Transaction<DB>, input: EndInput, ending: Ending): Promise<void> {
  const { attempt, stored, endedAt } = ending;
  const metered = meteredAttempt(attempt);
  const timeline = finalTimeline(ending);
  const charges = attemptCharges(metered, timeline, { asOf: endedAt, endedAt });
  await touchCostState(tx, [attempt.userId]);
  await recordAll(tx, [...charges, ...remainingCharges(metered, stored.open_charges, charges)]);
  const { cost, byPhase } = attemptCost(metered, timeline, endedAt);
  await writeProgress(tx, [
    {
      attempt,
      timeline,
      meteredTo: endedAt,
      cost,
      byPhase,
      growth: asMoney(cost - parseMoney(attempt.cost)),
      isFresh: true,
      segments: timeline.segments,
      points: thinPoints(joinPoints(input.points), MOST_POINTS),
      lines: input.lines.slice(-MOST_LINES),
    },
  ]);
}
