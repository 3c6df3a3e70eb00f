import type { Command } from 'commander';
import { findAccount } from '@/cli/caller-ctx';
import { withDatabase } from '@/cli/context';
import { table } from '@/cli/table';
import { type ComparedEstimate, type EstimateList, listEstimates } from '@/domain/estimates/list-estimates';
import { formatAmount } from '@/lib/format';

interface Flags {
  limit: string;
  json?: true;
}

/** `pipeline estimates [user]`: what jobs were expected to cost, and what they did. */
export function registerEstimates(program: Command): void {
  program
    .command('estimates')
    .description('compare the estimates of jobs that have ended with what they cost')
    .argument('[user]', 'only of this account: e-mail address, id or alias')
    .option('--limit <count>', 'the latest so many', '50')
    .option('--json', 'as JSON, with exact amounts')
    .action(compare);
}

async function compare(user: string | undefined, { limit, json }: Flags): Promise<void> {
  await withDatabase(async (ctx) => {
    const { database, clock, log } = ctx;
    const userId = user === undefined ? null : await findAccount(ctx, user);
    const found = await listEstimates({ session: database.asService(), clock, log }, { userId, limit: Number(limit) });
    if (json) console.log(JSON.stringify(toJson(found)));
    else console.log(found.estimates.length === 0 ? 'No job with an estimate has ended yet.' : describe(found));
  });
}

const BASES = { own_runs: 'own runs', prior: 'data sheet' } as const;
const perCent = (share: number): string => `${(share * 100).toFixed(0)} %`;
const minutes = (ms: number): string => `${(ms / 60_000).toFixed(1)} min`;

function lineOf(row: ComparedEstimate): string[] {
  const { currency, costMiddle, actualCost, estimatedMs, actualMs, ratio } = row;
  return [
    row.user,
    row.job.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ''),
    row.status,
    row.gpu,
    BASES[row.basis],
    formatAmount(costMiddle, currency),
    actualCost === null ? '' : formatAmount(actualCost, currency),
    ratio === null ? '' : `× ${ratio.toFixed(2)}`,
    minutes(estimatedMs),
    actualMs === null ? '' : minutes(actualMs),
  ];
}

function describe({ estimates, summary }: EstimateList): string {
  const head = ['user', 'job', 'status', 'GPUs', 'basis', 'estimate', 'actual', 'ratio', 'estimated', 'took'];
  const sums = summary.map(
    ({ basis, jobs, medianError, inside }) =>
      `By ${BASES[basis]}: ${jobs} completed, half of them less than ${perCent(medianError)} off, ${perCent(inside)} within the interval.`,
  );
  return [table(head, estimates.map(lineOf)), '', ...sums].join('\n').trimEnd();
}

const toJson = ({ estimates, summary }: EstimateList) => ({
  estimates: estimates.map((row) => ({
    job_id: row.jobId,
    job: row.job,
    status: row.status,
    user_id: row.userId,
    user: row.user,
    gpu: row.gpu,
    basis: row.basis,
    currency: row.currency,
    cost_low: row.costLow,
    cost_middle: row.costMiddle,
    cost_high: row.costHigh,
    actual_cost: row.actualCost,
    ratio: row.ratio,
    estimated_ms: row.estimatedMs,
    actual_ms: row.actualMs,
    finished_at: row.finishedAt,
  })),
  summary: summary.map(({ basis, jobs, medianError, inside }) => ({ basis, jobs, median_error: medianError, inside })),
});
