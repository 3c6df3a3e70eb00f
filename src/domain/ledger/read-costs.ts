import type { CompiledQuery } from 'kysely';
import type { UserCtx } from '@/domain/context';
import { type CostCursor, readCostCursor, writeCostCursor } from '@/domain/ledger/cost-cursor';
import {
  estimateStatement,
  type FactRow,
  factStatement,
  type RecordRow,
  recordStatement,
  sumStatement,
  versionStatement,
} from '@/domain/ledger/cost-statements';
import { hashQuery, readCostTag, writeCostTag } from '@/domain/ledger/cost-tag';
import { chartOf, type Folded, foldSums, totalsOf } from '@/domain/ledger/fold-costs';
import { groupByJob, groupByType, topJobsStatement } from '@/domain/ledger/group-costs';
import type { JobSumRow } from '@/domain/ledger/job-sum-statements';
import { offsetsOf, planReading } from '@/domain/ledger/plan';
import { type CostRange, parseRange } from '@/domain/ledger/range';
import type { CostsAnswer, CostsQuery } from '@/domain/ledger/schema';
import { daysBetween, hoursBetween, type LocalPeriod } from '@/lib/calendar';
import { badInput } from '@/lib/errors';
import { formatMoney, moneyToNumber, parseMoney } from '@/lib/money';
import type { CostRecord } from '@/lib/types/lora-training';

/** The most periods of one chart: an hour more than a year's worth of them is a question for days. */
const MOST_PERIODS = 9_000;
const DAY_MS = 86_400_000;

/**
 * Answers `GET /api/costs`: exact totals of every row in the range, a page of those rows, and what is still pending.
 * Work does not grow with history: days and quarter-hours are rolled up, records are read for the page and for the
 * quarter-hours at the edges.
 *
 * @param knownTags tags of answers that the caller holds; where one still holds true, `data` is null
 * @throws PipelineError `bad_input` for a range, zone, limit or cursor that cannot be read
 */
export async function readCosts(
  ctx: UserCtx,
  input: CostsQuery,
  knownTags: readonly string[] = [],
): Promise<{ tag: string; data: CostsAnswer | null }> {
  const now = ctx.clock.now().getTime();
  const query = hashQuery(input);
  const held = await stillTrue(ctx, knownTags, query, now);
  if (held !== null) return { tag: held, data: null };

  const { cursor: cursorText, limit: _, ...rest } = input;
  const cursor = cursorText === undefined ? null : readCostCursor(cursorText, hashQuery(rest));
  const range = cursor ? frozen(parseRange(input, now), cursor) : parseRange(input, now);
  const periods = periodsOf(input, range);
  const reading = await readAll(ctx, input, { ...range, now }, periods, cursor);
  const folded = foldSums(reading.sums, reading.facts.currency);
  const page = pageOf(reading.records, input.limit, { ...freeze(range, reading.facts), query: hashQuery(rest) });
  const tag = writeCostTag({
    version: reading.facts.version,
    epoch: reading.facts.epoch,
    query,
    until: cursor ? Number.POSITIVE_INFINITY : trueUntil(reading.facts, range, periods, input),
  });
  const data: CostsAnswer = {
    ...totalsOf(folded),
    chart_data: chartOf(periods, folded, input.fill === 'zero'),
    ...page,
    currency: reading.facts.currency,
    timezone: range.zone,
    ...pendingOf(reading.facts, folded, range),
    ...(input.include === 'estimates' ? { estimates: reading.estimates.map(recordOut) } : {}),
    ...groupsOf(input, reading.jobs, folded),
  };
  return { tag, data };
}

/** The first known tag that is still true, or null. Costs one row read. */
async function stillTrue(ctx: UserCtx, tags: readonly string[], query: string, now: number): Promise<string | null> {
  const candidates = tags.map(readCostTag).filter((tag) => tag !== null && tag.query === query && now <= tag.until);
  if (candidates.length === 0) return null;
  const [[current]] = await ctx.session.read(versionStatement(ctx.userId));
  const held = candidates.find((tag) => tag?.version === current?.version && tag?.epoch === current?.epoch);
  return held ? writeCostTag(held) : null;
}

/**
 * The edges that a cursor keeps. Those that move are taken back to the outermost records, so that the same answer has
 * the same cursor at any moment while nobody writes.
 */
const freeze = ({ start, end, rolling }: CostRange, { first_inside, last_inside }: FactRow) => ({
  start: rolling.startMoves && first_inside ? first_inside.getTime() : start,
  end: rolling.endMoves && last_inside ? last_inside.getTime() + 1 : end,
});

const frozen = (range: CostRange, { start, end }: CostCursor): CostRange => ({
  ...range,
  start,
  end,
  rolling: { startMoves: false, endMoves: false },
});

function periodsOf({ granularity }: CostsQuery, { zone, start, end }: CostRange): LocalPeriod[] {
  if (start >= end) return [];
  const perDay = granularity === 'hour' ? 24 : 1;
  if (((end - start) / DAY_MS) * perDay > MOST_PERIODS) {
    throw badInput('The range has too many hours for one chart: ask for at most a year, or for granularity=day.');
  }
  return granularity === 'hour' ? hoursBetween(zone, start, end) : daysBetween(zone, start, end);
}

/**
 * Reads everything from one snapshot. It first trusts that days are rolled up at all offsets it needs; where the
 * answer shows that they are not (a zone that is not the account's), it reads once more, those days by quarter-hours.
 */
async function readAll(
  ctx: UserCtx,
  input: CostsQuery,
  range: CostRange & { now: number },
  periods: readonly LocalPeriod[],
  cursor: CostCursor | null,
) {
  const { start, end, rolling } = range;
  const needed = offsetsOf(periods);
  const read = async (kept: ReadonlySet<number>) => {
    const page = { start, end, after: cursor?.after ?? null, limit: input.limit + 1 };
    const ofJobs = input.group_by === 'job' ? { asked: input.currency } : null;
    const sum = sumStatement(ctx.userId, planReading(periods, range, kept), ofJobs);
    const facts = { start, end, ...rolling, paged: input.limit > 0, zoned: needed.size > 0 };
    const wanted = {
      facts: factStatement(ctx.userId, input.currency, facts),
      ...(sum === null ? {} : { sums: sum }),
      ...(input.limit === 0 ? {} : { records: recordStatement(ctx.userId, input.currency, page) }),
      ...(input.include === 'estimates' ? { estimates: estimateStatement(ctx.userId, input.currency) } : {}),
      ...(input.group_by === 'job' ? { jobs: topJobsStatement(ctx.userId, input.currency, range) } : {}),
    };
    const { facts: rows, sums = [], records = [], estimates = [], jobs = [] } = await readNamed(ctx, wanted);
    if (!rows[0]) throw new Error('the facts of an answer are one row, always');
    return { sums, facts: rows[0], records, estimates, jobs };
  };
  const first = await read(new Set([0, ...needed]));
  const kept = new Set([0, ...first.facts.offsets]);
  return [...needed].every((off) => kept.has(off)) ? first : read(kept);
}

/** Reads statements by name, all from one snapshot. */
async function readNamed<W extends Record<string, CompiledQuery<unknown>>>(ctx: UserCtx, wanted: W) {
  const answers = await ctx.session.read(...Object.values(wanted));
  return Object.fromEntries(Object.keys(wanted).map((name, i) => [name, answers[i]])) as {
    [K in keyof W]: W[K] extends CompiledQuery<infer Row> | undefined ? Row[] : never;
  };
}

/** A record as the API shows it. */
export function recordOut(row: RecordRow): CostRecord {
  const { amount_exact, ...rest } = row;
  return { ...rest, amount: moneyToNumber(parseMoney(amount_exact)), amount_exact };
}

function pageOf(rows: readonly RecordRow[], limit: number, place: { start: number; end: number; query: string }) {
  const records = rows.slice(0, limit).map(recordOut);
  const last = records.at(-1);
  if (rows.length <= limit || !last) return { records, next_cursor: null };
  const after = { recordedAt: last.recorded_at, id: last.id };
  return { records, next_cursor: writeCostCursor({ start: place.start, end: place.end, after, query: place.query }) };
}

function pendingOf(facts: FactRow, folded: Folded, { end }: CostRange) {
  const estimated = parseMoney(facts.estimated);
  return {
    estimated_cost: moneyToNumber(estimated),
    estimated_cost_exact: formatMoney(estimated),
    open_jobs: facts.open_jobs,
    as_of: facts.as_of?.toISOString() ?? null,
    complete: !folded.hasOpen && (facts.as_of === null || facts.as_of.getTime() >= end),
    extent: facts.first_day && facts.last_day ? { first: facts.first_day, last: facts.last_day } : null,
  };
}

function groupsOf(input: CostsQuery, jobs: readonly JobSumRow[], folded: Folded) {
  switch (input.group_by) {
    case 'cost_type':
      return { groups: groupByType(folded) };
    case 'job':
      return groupByJob(jobs, folded);
    case undefined:
      return {};
  }
}

/**
 * The last instant at which the answer stays the same if nobody writes: then a record leaves the window on the left
 * or enters it on the right, or a filled chart gets a new first or last period.
 */
function trueUntil(facts: FactRow, range: CostRange, periods: readonly LocalPeriod[], input: CostsQuery): number {
  const length = range.end - range.start;
  const limits = [Number.POSITIVE_INFINITY];
  // metered beyond our clock: the window is complete until its end passes that
  const asOf = facts.as_of?.getTime() ?? Number.NEGATIVE_INFINITY;
  if (range.rolling.endMoves && asOf >= range.end) limits.push(asOf);
  if (range.rolling.endMoves && facts.first_after) limits.push(facts.first_after.getTime());
  if (range.rolling.startMoves && facts.first_inside) limits.push(facts.first_inside.getTime() + length);
  if (input.fill === 'zero') {
    const first = periods.at(0);
    const last = periods.at(-1);
    if (range.rolling.endMoves && last) limits.push(last.end);
    if (range.rolling.startMoves && first) limits.push(first.end - 1 + length);
  }
  return Math.min(...limits);
}
