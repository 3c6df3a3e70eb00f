import type { Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { SystemCtx } from '@/domain/context';
import type { NewCharge } from '@/domain/ledger/charge';
import { MOST_CHARGES, recordCharges } from '@/domain/ledger/record-charges';
import { notify } from '@/domain/notifications/notify';
import { attemptCharges, attemptCost, type MeteredAttempt } from '@/domain/training/attempt-charges';
import { readAttemptPrice } from '@/domain/training/attempt-price';
import { startedNotice } from '@/domain/training/notices';
import {
  type AttemptWrites,
  type LockedAttempt,
  lockHeld,
  lockJobs,
  touchCostState,
  writeProgress,
} from '@/domain/training/progress-store';
import { joinPoints, MOST_LINES, MOST_POINTS, type RunProgress, thinPoints } from '@/domain/training/report';
import type { Segment, Timeline } from '@/domain/training/segments';
import { PipelineError } from '@/lib/errors';
import { asMoney, parseMoney } from '@/lib/money';

/** Attempts of one transaction: its locks are held for a short while only. */
export const TICK_BATCH = 200;

export interface TickResult {
  /** Ids of attempts of which the ledger now holds everything reported. */
  readonly recorded: readonly string[];
  /** Ended, or held by another worker: nothing was written for these. */
  readonly lost: readonly string[];
  /** Reports that cannot be written, each for a reason of its own; the others were. */
  readonly refused: readonly { readonly attemptId: string; readonly error: unknown }[];
}

/**
 * The tick: what runs did since the last one goes into ledger, job and curves, in short transactions of at most
 * {@link TICK_BATCH} attempts and a constant number of statements each. Charges are made of the whole time of an attempt,
 * so a tick that was lost is made good by the next one, and one that is repeated changes nothing.
 *
 * @throws PipelineError `unavailable` where the database is away; batches before that were written
 */
export async function recordProgress(ctx: SystemCtx, reports: readonly RunProgress[]): Promise<TickResult> {
  const recorded: string[] = [];
  const lost: string[] = [];
  const refused: { attemptId: string; error: unknown }[] = [];
  for (let at = 0; at < reports.length; at += TICK_BATCH) {
    const batch = reports.slice(at, at + TICK_BATCH);
    for (const { result, report, error } of await recordBatch(ctx, batch)) {
      if (error !== undefined) refused.push({ attemptId: report.attemptId, error });
      else (result === 'recorded' ? recorded : lost).push(report.attemptId);
    }
  }
  return { recorded, lost, refused };
}

interface Outcome {
  readonly report: RunProgress;
  readonly result?: 'recorded' | 'lost';
  readonly error?: unknown;
}

/** Writes a batch together; where that fails for a reason of one of them, one by one. */
async function recordBatch(ctx: SystemCtx, batch: readonly RunProgress[]): Promise<Outcome[]> {
  try {
    const written = await ctx.session.transaction((tx) => writeBatch(tx, batch));
    return batch.map((report) => ({ report, result: written.has(report.attemptId) ? 'recorded' : 'lost' }));
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'unavailable') throw error;
    const [only, ...others] = batch;
    if (only === undefined) return [];
    if (others.length === 0) return [{ report: only, error }];
  }
  const outcomes: Outcome[] = [];
  for (const report of batch) outcomes.push(...(await recordBatch(ctx, [report])));
  return outcomes;
}

/** Gives the ids of the attempts that are still held. */
async function writeBatch(tx: Transaction<DB>, batch: readonly RunProgress[]): Promise<Set<string>> {
  await lockJobs(
    tx,
    batch.map((report) => report.attemptId),
  );
  const attempts = await lockHeld(tx, batch);
  const reports = new Map(batch.map((report) => [report.attemptId, report]));
  const ticks = attempts.map((attempt) => tickOf(attempt, reports.get(attempt.id) as RunProgress));
  await writeCharges(tx, ticks);
  await writeProgress(
    tx,
    ticks.map((tick) => tick.writes).filter((w) => w.isFresh || w.points.length > 0 || w.lines.length > 0),
  );
  await notify(
    tx,
    ticks
      .filter(({ writes }) => writes.attempt.jobStatus === 'initializing' && writes.isFresh)
      .map(({ writes }) => startedNotice(writes.attempt)),
  );
  return new Set(attempts.map((attempt) => attempt.id));
}

interface Tick {
  readonly writes: AttemptWrites;
  readonly charges: readonly NewCharge[];
}

/** An attempt as metering sees it. */
export const meteredAttempt = (attempt: LockedAttempt): MeteredAttempt => ({
  ...attempt,
  price: readAttemptPrice(attempt.price),
});

/** What of one attempt is to be written: nothing of its time where the ledger is as far already. */
function tickOf(attempt: LockedAttempt, { timeline, asOf, points, lines }: RunProgress): Tick {
  const isFresh = attempt.meteredTo === null || asOf > attempt.meteredTo;
  const metered = meteredAttempt(attempt);
  const before = parseMoney(attempt.cost);
  const { cost, byPhase } = isFresh ? attemptCost(metered, timeline, asOf) : { cost: before, byPhase: new Map() };
  return {
    charges: isFresh ? attemptCharges(metered, timeline, { asOf, endedAt: null }) : [],
    writes: {
      attempt,
      timeline,
      meteredTo: asOf,
      cost,
      byPhase,
      growth: asMoney(cost - before),
      isFresh,
      segments: isFresh ? segmentsSince(timeline, attempt.meteredTo) : [],
      points: thinPoints(joinPoints(points), MOST_POINTS),
      lines: lines.slice(-MOST_LINES),
    },
  };
}

/** The segments that the last tick has not seen the end of. */
export const segmentsSince = ({ segments }: Timeline, meteredTo: number | null): Segment[] =>
  segments.filter(({ endedAt }) => meteredTo === null || endedAt === null || endedAt >= meteredTo);

/**
 * Charges move their users' cost version as they are written; of users without any the instant up to which answers are
 * true has moved all the same. Then all users are locked at once, so that the order of locks stays ascending.
 */
async function writeCharges(tx: Transaction<DB>, ticks: readonly Tick[]): Promise<void> {
  const charges = ticks.flatMap((tick) => tick.charges);
  const charged = new Set(charges.map((charge) => charge.userId));
  const moved = ticks.filter(({ writes }) => writes.isFresh).map(({ writes }) => writes.attempt.userId);
  if (charges.length > MOST_CHARGES || moved.some((user) => !charged.has(user))) await touchCostState(tx, moved);
  await recordAll(tx, charges);
}

/** Records any number of charges; their users must be locked where one call does not hold them all. */
export async function recordAll(tx: Transaction<DB>, charges: readonly NewCharge[]): Promise<void> {
  for (let at = 0; at < charges.length; at += MOST_CHARGES) {
    await recordCharges(tx, charges.slice(at, at + MOST_CHARGES));
  }
}
