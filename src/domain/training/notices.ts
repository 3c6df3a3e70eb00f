import type { NewNotification } from '@/domain/notifications/schema';
import { type AttemptEnd, CAUSE_TEXTS, type FailureCause } from '@/domain/training/failure-causes';
import type { Timeline } from '@/domain/training/segments';
import { formatDuration, formatFineAmount } from '@/lib/format';
import { asMoney, formatMoney, type Money, parseMoney } from '@/lib/money';

/** A job as its notifications name it. */
export interface NoticedJob {
  readonly jobId: string;
  readonly userId: string;
  readonly jobName: string;
}

const LONGEST_NAME = 150;
const named = (name: string): string =>
  `“${name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME).toWellFormed()}…` : name}”`;

const base = ({ jobId, userId }: NoticedJob, event: string) => ({
  userId,
  jobId,
  actionUrl: `/jobs/${jobId}`,
  dedupeKey: `job:${jobId}:${event}`,
});

/** What a job is expected to cost and to take. */
export interface Expectation {
  readonly cost: { readonly low: string; readonly middle: string; readonly high: string };
  readonly currency: string;
  readonly ms: number;
}

/** A job that waits for a worker; the amounts are exact texts. */
export const queuedNotice = (job: NoticedJob, { cost, currency, ms }: Expectation): NewNotification => ({
  ...base(job, 'queued'),
  type: 'job_queued',
  title: `${named(job.jobName)} is queued`,
  message:
    `It is expected to cost ${formatFineAmount(cost.middle, currency)} (${formatFineAmount(cost.low, currency)} to ` +
    `${formatFineAmount(cost.high, currency)}) and to take ${formatDuration(ms)}. It starts as soon as a worker is free; ` +
    'until then it costs nothing and can be cancelled.',
  priority: 'low',
  metadata: { estimate_exact: cost.middle, currency, duration_ms: ms },
});

/** A job that was cancelled while it waited. */
export const withdrawnNotice = (job: NoticedJob): NewNotification => ({
  ...base(job, 'cancelled'),
  type: 'job_cancelled',
  title: `${named(job.jobName)} was cancelled`,
  message: 'It had not started and cost nothing. Retry it as a new job whenever you like.',
  priority: 'low',
});

export const startedNotice = (job: NoticedJob): NewNotification => ({
  ...base(job, 'started'),
  type: 'job_started',
  title: `${named(job.jobName)} has started`,
  message: 'The machine is being set up, and the meter runs. Watch cost and loss on the page of the job.',
  priority: 'low',
});

/** What a job cost, how long it ran, and what was expected of it. */
export interface Spending {
  readonly cost: Money;
  readonly currency: string;
  readonly ms: number;
  readonly finalLoss: number | null;
  /** The middle of the estimate; null where there is none. */
  readonly estimate: Money | null;
}

function againstEstimate({ cost, currency, estimate }: Spending): string {
  if (estimate === null) return '';
  const text = formatFineAmount(formatMoney(estimate), currency);
  if (cost === estimate) return `, exactly as estimated (${text})`;
  const difference = formatFineAmount(
    formatMoney(asMoney(cost > estimate ? cost - estimate : estimate - cost)),
    currency,
  );
  return `, ${difference} ${cost > estimate ? 'more' : 'less'} than the estimate of ${text}`;
}

const numbers = (spending: Spending) => ({
  cost_exact: formatMoney(spending.cost),
  currency: spending.currency,
  duration_ms: spending.ms,
  final_loss: spending.finalLoss,
  estimate_exact: spending.estimate === null ? null : formatMoney(spending.estimate),
});

const costText = ({ cost, currency }: Spending): string => formatFineAmount(formatMoney(cost), currency);

export const completedNotice = (job: NoticedJob, spending: Spending): NewNotification => ({
  ...base(job, 'completed'),
  type: 'job_completed',
  title: `${named(job.jobName)} is trained`,
  message:
    `It cost ${costText(spending)}${againstEstimate(spending)}, and took ${formatDuration(spending.ms)}.` +
    (spending.finalLoss === null ? '' : ` The final loss is ${spending.finalLoss.toPrecision(4)}.`) +
    ' The adapter is being collected: its own message follows.',
  metadata: numbers(spending),
});

export const failedNotice = (job: NoticedJob, cause: FailureCause, spending: Spending): NewNotification => ({
  ...base(job, 'failed'),
  type: 'job_failed',
  title: `${named(job.jobName)} failed`,
  message: `${CAUSE_TEXTS[cause].happened} It cost ${costText(spending)} until then. ${CAUSE_TEXTS[cause].next}`,
  priority: 'high',
  metadata: { ...numbers(spending), cause },
});

export const cancelledNotice = (job: NoticedJob, spending: Spending): NewNotification => ({
  ...base(job, 'cancelled'),
  type: 'job_cancelled',
  title: `${named(job.jobName)} was cancelled`,
  message: `It cost ${costText(spending)} in ${formatDuration(spending.ms)}. Nothing more is charged; retry it as a new job whenever you like.`,
  metadata: numbers(spending),
});

/** What is told at the end of an attempt: that its job had started at all, and how the job ended where it did. */
export function endNotices({ attempt, stored, end, job, totals, timeline }: JobEnd): NewNotification[] {
  const spending: Spending = {
    cost: parseMoney(totals.cost),
    currency: stored.currency,
    ms: totals.ms,
    finalLoss: timeline?.progress.metrics.loss ?? stored.loss,
    estimate: stored.estimate === null ? null : parseMoney(stored.estimate),
  };
  const started = timeline !== null && attempt.jobStatus === 'initializing' ? [startedNotice(attempt)] : [];
  switch (job.status) {
    case 'queued':
      return started;
    case 'completed':
      return [...started, completedNotice(attempt, spending)];
    case 'cancelled':
      return [...started, cancelledNotice(attempt, spending)];
    case 'failed':
      return [...started, failedNotice(attempt, end.cause ?? 'trainer_error', spending)];
  }
}

interface JobEnd {
  readonly attempt: NoticedJob & { readonly jobStatus: string };
  readonly stored: { readonly currency: string; readonly estimate: string | null; readonly loss: number | null };
  readonly end: AttemptEnd;
  readonly job: { readonly status: 'completed' | 'cancelled' | 'queued' | 'failed' };
  readonly totals: { readonly cost: string; readonly ms: number };
  readonly timeline: Timeline | null;
}

/** A job that makes no step while its meter runs. */
export interface Standstill extends NoticedJob {
  readonly step: number;
  readonly attempt: number;
  readonly minutes: number;
  readonly currency: string;
  /** Money for an hour. */
  readonly rate: Money;
}

export const stuckNotice = (job: Standstill): NewNotification => ({
  ...base(job, `stuck:${job.attempt}:${job.step}`),
  type: 'job_stuck',
  title: `${named(job.jobName)} makes no progress`,
  message:
    `It has made no step for ${job.minutes} minutes (the last was ${job.step}) and goes on costing ` +
    `${formatFineAmount(formatMoney(job.rate), job.currency)} an hour. Look at its log, and cancel it if it hangs.`,
  priority: 'urgent',
  metadata: {
    step: job.step,
    minutes: job.minutes,
    rate_per_hour_exact: formatMoney(job.rate),
    currency: job.currency,
  },
});
