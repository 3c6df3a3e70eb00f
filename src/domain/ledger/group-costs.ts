import { type Folded, shown } from '@/domain/ledger/fold-costs';
import { type JobRange, type JobSumRow, jobSumStatement } from '@/domain/ledger/job-sum-statements';
import type { CostRange } from '@/domain/ledger/range';
import type { CostGroup, CostsAnswer } from '@/domain/ledger/schema';
import type { UserId } from '@/lib/ids';
import { type Money, parseMoney, sumMoney, ZERO } from '@/lib/money';

/** The most jobs that are listed one by one; the others are one sum beside them. */
const MOST_GROUPS = 100;
const DAY_MS = 86_400_000;

const minus = (a: Money, b: Money): Money => (a - b) as Money;

/** Largest first; of equal amounts the key decides, so that an answer never changes by itself. */
const byAmount = (a: [CostGroup, Money], b: [CostGroup, Money]): number =>
  a[1] === b[1] ? ((a[0].key ?? '') < (b[0].key ?? '') ? -1 : 1) : a[1] > b[1] ? -1 : 1;

/** One group per cost type, largest first. */
export function groupByType(folded: Folded): CostGroup[] {
  return [...folded.byType]
    .map(([type, amount]): [CostGroup, Money] => [{ key: type, label: type, ...shown(amount) }, amount])
    .sort(byAmount)
    .map(([group]) => group);
}

/** Whole UTC days inside [start, end), and what is left of it on both sides. */
function splitByDays(start: number, end: number): Pick<JobRange, 'days' | 'edges'> {
  const first = Math.ceil(start / DAY_MS) * DAY_MS;
  const last = Math.floor(end / DAY_MS) * DAY_MS;
  const edge = (from: number, to: number) => ({ date: 'edge', start: from, end: to });
  if (first >= last) return { days: null, edges: start < end ? [edge(start, end)] : [] };
  const date = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const edges = [edge(start, first), edge(last, end)].filter((part) => part.start < part.end);
  return { days: { from: date(first), to: date(last) }, edges };
}

/** Reads the jobs that cost most in a range; to be read with the total, from one snapshot. */
export function topJobsStatement(userId: UserId, currency: string | undefined, { start, end }: CostRange) {
  // one more than is shown tells whether there are others
  return jobSumStatement(userId, currency, { start, end, ...splitByDays(start, end) }, MOST_GROUPS + 1);
}

/**
 * The jobs that cost most, money without a job in a group of its own, and the sum of all other jobs: together the
 * total. What belongs to jobs comes from another roll-up than the jobs.
 */
export function groupByJob(
  rows: readonly JobSumRow[],
  { total, ofJobs }: Folded,
): Pick<CostsAnswer, 'groups' | 'other_groups'> {
  const listed = rows.slice(0, MOST_GROUPS).map((row) => ({ ...row, amount: parseMoney(row.amount) }));
  const groups = listed.map(
    ({ job_ref, name, amount }): CostGroup => ({ key: job_ref, label: name ?? 'A deleted job', ...shown(amount) }),
  );
  const without = minus(total, ofJobs);
  if (without !== ZERO) {
    const place = listed.findIndex(({ amount }) => amount <= without);
    groups.splice(place < 0 ? groups.length : place, 0, { key: null, label: 'Without a job', ...shown(without) });
  }
  if (rows.length <= MOST_GROUPS) return { groups };
  const rest = minus(ofJobs, sumMoney(listed.map(({ amount }) => amount)));
  return { groups, other_groups: shown(rest) };
}
