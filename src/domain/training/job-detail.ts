import { z } from 'zod';
import { estimate } from '@/domain/estimates/schema';
import { PHASES, type Phase } from '@/domain/ledger/charge';
import { isBilled } from '@/domain/metering/billed-phases';
import { costOf } from '@/domain/metering/price';
import { readAttemptPrice } from '@/domain/training/attempt-price';
import { isFinal, jobCan } from '@/domain/training/job-can';
import type { AttemptRow, JobExtras } from '@/domain/training/job-store';
import { amountOf, presentJob } from '@/domain/training/present-job';
import { type ProjectedCost, projectCost, timeLeft } from '@/domain/training/project-cost';
import type { Amount, Amounts, JobAttempt, JobDetail, JobEstimate, JobProgress } from '@/domain/training/schema';
import type { JobRow } from '@/domain/training/store';
import { addMoney, type Money, moneyToNumber, parseMoney, ZERO } from '@/lib/money';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const money = z.string().transform(parseMoney);
const estimateParts = estimate.pick({ duration_ms: true, breakdown: true, steps: true, tokens: true, basis: true });
const jsonObject = z.record(z.string(), z.unknown());
const keptEstimate = estimateParts.extend({
  cost: z.tuple([money, money, money]).transform(([low, middle, high]) => ({ low, middle, high })),
});
type KeptEstimate = z.output<typeof keptEstimate>;
const keptPhases = z.partialRecord(z.enum(PHASES), money);
const keptMetrics = z.record(z.string(), z.number());

/** The rows that a job's page is made of. */
export interface JobRows {
  readonly job: JobRow;
  readonly extras: JobExtras;
  /** Ascending. */
  readonly attempts: readonly AttemptRow[];
  /** What the ledger says of an imported job, by currency, largest first. */
  readonly imported: readonly { readonly currency: string; readonly cost_exact: string }[];
}

/** Everything about a job as the API shows it, from its rows alone: it changes when they do, not as time goes by. */
export function presentDetail({ job: row, extras, attempts, imported }: JobRows): JobDetail {
  const [ledger, ...others] = imported;
  const job = presentJob(row.origin === 'import' ? { ...row, cost_exact: '0.0000000000', ...ledger } : row);
  const expected = extras.estimate === null ? null : keptEstimate.parse(extras.estimate);
  const byPhase = sumPhases(attempts);
  const { max_runtime_ms: maxRuntimeMs, dataset_name: dataset } = extras;
  return {
    ...job,
    preset: extras.preset,
    hyperparameters: extras.hyperparameters === null ? null : jsonObject.parse(extras.hyperparameters),
    max_runtime_minutes: maxRuntimeMs === null ? null : Number(maxRuntimeMs) / MINUTE_MS,
    dataset: job.dataset_id !== null && dataset !== null ? { id: job.dataset_id, name: dataset } : null,
    progress: progressOf(row, extras, attempts.at(-1), expected),
    estimate: expected && presentEstimate(expected),
    rate_per_hour: rateOf(row, attempts.at(-1)),
    projected_cost: projectionOf(row, byPhase.get('setup') ?? ZERO, expected),
    cost_by_phase: [...byPhase].map(([phase, amount]) => ({ phase, ...amountOf(amount) })),
    other_currencies: others.map(({ currency }) => currency),
    attempts: attempts.map(presentAttempt),
    failure_message: extras.failure_message,
    cancel_requested_at: extras.cancel_requested_at,
    artifact_id: extras.artifact_id,
    can: { cancel: jobCan.cancel(job), retry: jobCan.retry(job) },
    links: linksOf(row, extras),
  };
}

const amountsOf = ({ low, middle, high }: ProjectedCost): Amounts => ({
  low: amountOf(low),
  middle: amountOf(middle),
  high: amountOf(high),
});

const presentEstimate = ({ cost, ...rest }: KeptEstimate): JobEstimate => ({ ...rest, cost: amountsOf(cost) });

/** The attempts' money by phase, in the order in which a run goes through them. */
function sumPhases(attempts: readonly AttemptRow[]): Map<Phase, Money> {
  const sums = new Map<Phase, Money>();
  const kept = attempts.map((attempt) => keptPhases.parse(attempt.cost_by_phase));
  for (const phase of PHASES) {
    const amounts = kept.flatMap((phases) => phases[phase] ?? []);
    if (amounts.length > 0) sums.set(phase, amounts.reduce(addMoney));
  }
  return sums;
}

const msOf = (instant: string | null): number | null => (instant === null ? null : Date.parse(instant));

function progressOf(
  job: JobRow,
  extras: JobExtras,
  attempt: AttemptRow | undefined,
  expected: KeptEstimate | null,
): JobProgress {
  const { phase, step, total_steps: totalSteps } = job;
  return {
    phase,
    step,
    total_steps: totalSteps,
    share: totalSteps === null || totalSteps === 0 ? null : Math.min(1, step / totalSteps),
    epoch: extras.epoch === null ? null : Number(extras.epoch),
    tokens: Number(extras.tokens_done),
    time_left_ms: job.status === 'running' ? timeLeftOf(job, extras, attempt, expected) : null,
    metrics: keptMetrics.parse(extras.latest_metrics ?? {}),
    progress_at: extras.progress_at,
  };
}

function timeLeftOf(
  { step, total_steps: totalSteps }: JobRow,
  extras: JobExtras,
  attempt: AttemptRow | undefined,
  expected: KeptEstimate | null,
): number | null {
  const startedAt = msOf(attempt?.started_at ?? null);
  const meteredTo = msOf(attempt?.metered_to ?? null);
  return timeLeft({
    trainingFrom: msOf(attempt?.training_from ?? null),
    lastStepAt: msOf(extras.progress_at),
    firstStep: attempt?.resumed_from_step ?? 0,
    step,
    totalSteps,
    elapsedMs: startedAt === null || meteredTo === null ? 0 : Math.max(0, meteredTo - startedAt),
    expectedMs: expected?.duration_ms.middle ?? null,
  });
}

/** The price of an hour of what it runs on, without increments and minimum; nothing in a phase that is not billed. */
function rateOf({ status, phase }: JobRow, attempt: AttemptRow | undefined): Amount | null {
  if (status !== 'running' || attempt === undefined || attempt.ended_at !== null) return null;
  const { price, billedPhases } = readAttemptPrice(attempt.price);
  if (phase !== null && !isBilled(phase, billedPhases)) return amountOf(ZERO);
  const { version, currency, unitPrice, unit } = price;
  return amountOf(costOf(HOUR_MS, attempt.units, { version, currency, unitPrice, unit }));
}

function projectionOf(job: JobRow, setup: Money, expected: KeptEstimate | null): Amounts | null {
  if (job.origin === 'import') return null;
  const projected = projectCost({
    ended: isFinal(job),
    spent: parseMoney(job.cost_exact ?? '0'),
    setup,
    step: job.step,
    totalSteps: job.total_steps,
    estimate: expected?.cost ?? null,
  });
  return projected && amountsOf(projected);
}

const presentAttempt = (attempt: AttemptRow): JobAttempt => ({
  id: attempt.id,
  number: attempt.number,
  started_at: attempt.started_at,
  ended_at: attempt.ended_at,
  outcome: attempt.outcome,
  cause: attempt.cause,
  exit_code: attempt.exit_code,
  exit_signal: attempt.exit_signal,
  resumed_from_step: attempt.resumed_from_step,
  cost: moneyToNumber(parseMoney(attempt.cost_exact)),
  cost_exact: attempt.cost_exact,
});

const linksOf = ({ id, dataset_id: dataset, retry_of: retryOf }: JobRow, { artifact_id: artifact }: JobExtras) => ({
  metrics: `/api/jobs/${id}/metrics`,
  logs: `/api/jobs/${id}/logs`,
  costs: `/api/jobs/${id}/costs`,
  dataset: dataset === null ? null : `/api/datasets/${dataset}`,
  model: artifact === null ? null : `/api/models/${artifact}`,
  retry_of: retryOf === null ? null : `/api/jobs/${retryOf}`,
});
