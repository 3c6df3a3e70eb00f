import type { Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { SystemCtx } from '@/domain/context';
import { matchAccounts } from '@/domain/imports/check-import';
import { accountOf, findJobs, JobsMoved } from '@/domain/imports/find-jobs';
import { type LineCharge, lineCharges } from '@/domain/imports/line-charges';
import * as lineStore from '@/domain/imports/line-store';
import * as store from '@/domain/imports/store';
import { Tally } from '@/domain/imports/tally';
import type { NewCharge } from '@/domain/ledger/charge';
import { MOST_CHARGES, recordCharges } from '@/domain/ledger/record-charges';
import { conflict } from '@/lib/errors';

const LINES_OF_A_PAGE = 1_000;
const LINES_OF_A_DELETE = 10_000;

/** A line with its charges, ready to be written. */
interface PricedLine {
  readonly line: lineStore.WaitingLine;
  readonly charges: readonly LineCharge[];
}

/** Hears how many lines are posted. */
export type OnPosted = (lines: number) => void;

/** An import that this process posts. */
interface Posting {
  readonly ctx: SystemCtx;
  readonly row: store.ImportRow;
  readonly holder: string;
}

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
  const run: Posting = { ctx, row, holder };
  let tally = await makeAccounts(run, new Tally(row.posted));
  for await (const lines of chunks(ctx, row, row.postedThrough)) {
    tally = await postChunk(run, lines, tally);
    onPosted(tally.lines);
  }
  await finish(run);
  return tally;
}

async function finish({ ctx, row, holder }: Posting): Promise<void> {
  const last = await lastWaiting(ctx, row.id);
  for (let through = 0; through < last; ) {
    through += LINES_OF_A_DELETE;
    await ctx.session.run(lineStore.deleteLines(row.id, through));
  }
  await ctx.session.transaction(async (tx) => {
    if (!(await store.finishImport(tx, row.id, holder))) throw takenOver();
  });
}

async function lastWaiting(ctx: SystemCtx, importId: string): Promise<number> {
  const [[end]] = await ctx.session.run(lineStore.lastWaiting(importId));
  return end?.last ?? 0;
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

/** Makes the accounts that are missing, a page of them in a transaction. */
async function makeAccounts({ ctx, row, holder }: Posting, before: Tally): Promise<Tally> {
  const tally = before.copy();
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
  return tally;
}

/** Waiting lines in order, in pieces that make about a thousand charges; a line is never divided. */
async function* chunks(
  ctx: SystemCtx,
  row: Pick<store.ImportRow, 'id' | 'source' | 'bucket'>,
  from: number,
): AsyncGenerator<PricedLine[]> {
  let chunk: PricedLine[] = [];
  let charges = 0;
  const last = await lastWaiting(ctx, row.id);
  for (let after = from; after < last; after += LINES_OF_A_PAGE) {
    const [page] = await ctx.session.run(lineStore.listWaiting(row.id, after, after + LINES_OF_A_PAGE));
    for (const line of page.map(lineStore.toWaitingLine)) {
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

/** Tried again where another import makes the same job at the same moment, which then is there. */
async function postChunk(run: Posting, lines: readonly PricedLine[], tally: Tally): Promise<Tally> {
  for (;;) {
    try {
      return await run.ctx.session.transaction((tx) => postInside(tx, run, lines, tally));
    } catch (error) {
      if (!(error instanceof JobsMoved)) throw store.explainViolation(error);
    }
  }
}

/** Lock order: the import's row, jobs, cost states, charges. Gives the tally as it is after this transaction. */
async function postInside(
  tx: Transaction<DB>,
  { row, holder }: Posting,
  lines: readonly PricedLine[],
  before: Tally,
): Promise<Tally> {
  if (!(await store.lockPosting(tx, row.id, holder))) throw takenOver();
  const posted = lines.map(({ line }) => line);
  const jobs = await findJobs(tx, posted);
  const charges = lines.flatMap(({ line, charges }) => {
    const userId = accountOf(line);
    const jobId = line.content.job === null ? null : jobs.idOf(userId, line.content.job);
    return charges.map((charge): NewCharge => ({ ...charge, userId, jobId }));
  });
  for (let at = 0; at < charges.length; at += MOST_CHARGES) {
    await recordCharges(tx, charges.slice(at, at + MOST_CHARGES));
  }
  await lineStore.insertItems(tx, row, posted);
  const tally = before.copy();
  tally.lines += lines.length;
  tally.jobs += jobs.made;
  tally.add(charges);
  await store.noteProgress(tx, row.id, { through: posted.at(-1)?.line ?? 0, posted: tally.toPosted() });
  return tally;
}

const takenOver = () => conflict('Another process has taken this import over. It goes on there.');
