import type { Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { SystemCtx } from '@/domain/context';
import { matchAccounts } from '@/domain/imports/check-import';
import { type LineCharge, lineCharges } from '@/domain/imports/line-charges';
import type { LineContent } from '@/domain/imports/schema';
import * as store from '@/domain/imports/store';
import { Tally } from '@/domain/imports/tally';
import type { NewCharge } from '@/domain/ledger/charge';
import { MOST_CHARGES, recordCharges } from '@/domain/ledger/record-charges';
import { conflict } from '@/lib/errors';
import type { UserId } from '@/lib/ids';

const LINES_OF_A_PAGE = 1_000;
const LINES_OF_A_DELETE = 10_000;

/** A line with its charges, ready to be written. */
interface PricedLine {
  readonly line: store.WaitingLine;
  readonly charges: readonly LineCharge[];
}

/** Hears how many lines are posted. */
export type OnPosted = (lines: number) => void;

/**
 * Posts what waits of an import, in transactions of about a thousand charges, and finishes it. May be killed at any
 * moment and called again: a transaction posts whole lines and notes how far it came.
 *
 * @throws PipelineError `conflict` where another process has taken the import over.
 */
export async function postLines(
  ctx: SystemCtx,
  row: store.ImportRow,
  holder: string,
  onPosted: OnPosted,
): Promise<Tally> {
  const tally = new Tally(row.posted);
  await makeAccounts(ctx, row, holder, tally);
  for await (const lines of chunks(ctx, row, row.postedThrough)) {
    await ctx.session.transaction((tx) => postChunk(tx, row, holder, lines, tally));
    onPosted(tally.lines);
  }
  for (let gone = LINES_OF_A_DELETE; gone === LINES_OF_A_DELETE; ) {
    const [[deleted]] = await ctx.session.run(store.deleteLines(row.id, LINES_OF_A_DELETE));
    gone = Number(deleted?.gone);
  }
  await ctx.session.transaction(async (tx) => {
    if (!(await store.finishImport(tx, row.id, holder))) throw takenOver();
  });
  return tally;
}

/** Adds up what posting would write, without writing it. */
export async function previewLines(
  ctx: SystemCtx,
  row: Pick<store.ImportRow, 'id' | 'source' | 'bucket'>,
): Promise<Tally> {
  const tally = new Tally({ lines: 0, charges: 0, jobs: 0, accounts: 0, sums: {} });
  for await (const lines of chunks(ctx, row, 0)) {
    tally.lines += lines.length;
    for (const { charges } of lines) tally.add(charges);
  }
  return tally;
}

async function makeAccounts(ctx: SystemCtx, row: store.ImportRow, holder: string, tally: Tally): Promise<void> {
  for (let after: string | null = ''; after !== null; ) {
    after = await ctx.session.transaction(async (tx): Promise<string | null> => {
      if (!(await store.lockPosting(tx, row.id, holder))) throw takenOver();
      const page = await matchAccounts(tx, row.id, after ?? '', { create: true });
      tally.accounts += page.matched;
      if (page.matched > 0) {
        await store.noteProgress(tx, row.id, { through: row.postedThrough, posted: tally.toPosted() });
      }
      return page.last;
    });
  }
}

/** Waiting lines in order, in pieces that make about a thousand charges; a line is never divided. */
async function* chunks(
  ctx: SystemCtx,
  row: Pick<store.ImportRow, 'id' | 'source' | 'bucket'>,
  from: number,
): AsyncGenerator<PricedLine[]> {
  let chunk: PricedLine[] = [];
  let charges = 0;
  const [[end]] = await ctx.session.run(store.lastWaiting(row.id));
  for (let after = from; after < (end?.last ?? 0); after += LINES_OF_A_PAGE) {
    const [page] = await ctx.session.run(store.listWaiting(row.id, after, after + LINES_OF_A_PAGE));
    for (const line of page.map(store.toWaitingLine)) {
      const priced = { line, charges: lineCharges(line, row.source, row.bucket ?? 'quarter') };
      if (chunk.length > 0 && charges + priced.charges.length > MOST_CHARGES) {
        yield chunk;
        chunk = [];
        charges = 0;
      }
      chunk.push(priced);
      charges += priced.charges.length;
    }
  }
  if (chunk.length > 0) yield chunk;
}

/** Lock order: the import's row, jobs, cost states, charges. */
async function postChunk(
  tx: Transaction<DB>,
  row: store.ImportRow,
  holder: string,
  lines: readonly PricedLine[],
  tally: Tally,
): Promise<void> {
  if (!(await store.lockPosting(tx, row.id, holder))) throw takenOver();
  const jobs = await findJobs(tx, lines, tally);
  const charges = lines.flatMap(({ line, charges }) => {
    const userId = accountOf(line);
    const jobId = line.content.job === null ? null : (jobs.get(jobKey(userId, line.content.job)) ?? null);
    return charges.map((charge): NewCharge => ({ ...charge, userId, jobId }));
  });
  for (let at = 0; at < charges.length; at += MOST_CHARGES) {
    await recordCharges(tx, charges.slice(at, at + MOST_CHARGES));
  }
  const posted = lines.map(({ line }) => line);
  await store.insertItems(tx, row, posted);
  tally.lines += lines.length;
  tally.add(charges);
  await store.noteProgress(tx, row.id, { through: posted.at(-1)?.line ?? 0, posted: tally.toPosted() });
}

const jobKey = (userId: UserId, name: string): string => `${userId} ${name}`;

/** The ids of the jobs that lines name; those that nobody named before are made. */
async function findJobs(tx: Transaction<DB>, lines: readonly PricedLine[], tally: Tally): Promise<Map<string, string>> {
  const named = new Map<string, store.NamedJob>();
  for (const { line } of lines) {
    if (line.content.job === null) continue;
    const [start, end] = spanOf(line.content);
    const key = jobKey(accountOf(line), line.content.job);
    const known = named.get(key);
    named.set(key, {
      userId: accountOf(line),
      name: line.content.job,
      startedAt: Math.min(known?.startedAt ?? start, start),
      endedAt: Math.max(known?.endedAt ?? end, end),
    });
  }
  if (named.size === 0) return new Map();
  const { ids, made } = await store.upsertImportedJobs(tx, [...named.values()]);
  tally.jobs += made;
  return new Map([...named.keys()].map((key, index) => [key, ids[index] ?? '']));
}

const spanOf = (content: LineContent): [start: number, end: number] =>
  content.kind === 'usage' ? [content.start, content.end] : [content.recordedAt, content.recordedAt];

function accountOf(line: store.WaitingLine): UserId {
  if (line.userId === null) throw new Error(`line ${line.line} was to be posted before its account was made`);
  return line.userId;
}

const takenOver = () => conflict('Another process has taken this import over. It goes on there.');
