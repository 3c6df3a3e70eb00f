import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { SystemCtx } from '@/domain/context';
import { checkImport, type Verdict } from '@/domain/imports/check-import';
import type { Problem } from '@/domain/imports/line-fault';
import { planColumns } from '@/domain/imports/plan-columns';
import { postLines, previewLines } from '@/domain/imports/post-lines';
import type { Bytes } from '@/domain/imports/read-text';
import { type ImportRequest, type ParsedRequest, parseRequest } from '@/domain/imports/schema';
import { type Staging, stageLines } from '@/domain/imports/stage-lines';
import * as store from '@/domain/imports/store';
import type { Tally, TypeSum } from '@/domain/imports/tally';
import { conflict } from '@/lib/errors';

/** How far an import is; `lines` counts up, `of` is known once the file has been read. */
export type ImportProgress =
  | { readonly phase: 'waiting' }
  | { readonly phase: 'reading'; readonly lines: number }
  | { readonly phase: 'checking'; readonly lines: number }
  | { readonly phase: 'resuming'; readonly lines: number; readonly of: number; readonly fileName: string }
  | { readonly phase: 'posting'; readonly lines: number; readonly of: number };

/** What an import came to. */
export interface ImportReport {
  /** `posted`: the good lines are in the ledger. `refused`: there were bad lines, nothing was posted. */
  readonly outcome: 'posted' | 'refused' | 'previewed';
  readonly kind: 'usage' | 'charges';
  readonly source: string;
  /** Lines that hold something, without the header; new + unchanged + bad. */
  readonly lines: number;
  readonly newLines: number;
  /** Lines that the ledger knows already, with this very content, or that the file repeats. */
  readonly unchangedLines: number;
  readonly badLines: number;
  /** The first bad lines. */
  readonly problems: readonly Problem[];
  /** Accounts that good lines name, and those of them that were made. */
  readonly accounts: number;
  readonly madeAccounts: number;
  readonly madeJobs: number;
  readonly charges: number;
  /** What the new lines cost. */
  readonly sums: readonly TypeSum[];
  readonly ignoredColumns: readonly string[];
  /** The same file had been interrupted while it was posted, and was finished now. */
  readonly resumed: boolean;
  /** Another file of this source had been interrupted and was finished first. */
  readonly finishedBefore: string | null;
}

export interface ImportOptions {
  /** Hears how far it is; called often. */
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Ends the import at its next good moment: before posting nothing is left of it, in the middle it can be resumed. */
  readonly signal?: AbortSignal | undefined;
}

/** What one run works with, beside what it was asked for. */
interface Run {
  readonly ctx: SystemCtx;
  readonly request: ParsedRequest;
  readonly holder: string;
  readonly onProgress: (progress: ImportProgress) => void;
  readonly signal: AbortSignal | undefined;
}

const WAIT_MS = 500;

/**
 * Imports a file: stages it, checks all of it, then posts it to the ledger in short transactions.
 *
 * - Without `skipBad` one bad line means that nothing is posted. Once posting has begun, all of it will be posted: an
 *   import that was killed then is finished by the next import of the same source, before anything else.
 * - A line is known by source and external id. Posted again with the same content it changes nothing; with other
 *   content it is a bad line.
 * - Two imports of one source wait for each other; imports of different sources run side by side.
 *
 * The context's session needs {@link IMPORT_TIMEOUT_MS} and at least two connections: one holds the source's lock.
 *
 * @throws PipelineError `bad_input` where options or the file as a whole are wrong; nothing has changed then
 */
export async function importFile(
  ctx: SystemCtx,
  input: ImportRequest,
  bytes: Bytes,
  { onProgress = () => undefined, signal }: ImportOptions = {},
): Promise<ImportReport> {
  const request = parseRequest(input);
  planColumns(request);
  const run: Run = { ctx, request, holder: randomUUID(), onProgress, signal };
  for (;;) {
    // The lock's transaction spans the whole import on purpose: it writes nothing, and it ends with this process.
    const report = await ctx.session.transaction(async (lock) => {
      if (!(await store.tryLockSource(lock, request.source))) return null;
      return importLocked(run, lock, bytes);
    });
    if (report) return report;
    onProgress({ phase: 'waiting' });
    await sleep(WAIT_MS, undefined, signal ? { signal } : {});
  }
}

/** Checks and clean-up of a large file are single statements that may take this long, ms. */
export const IMPORT_TIMEOUT_MS = 10 * 60_000;

async function importLocked(run: Run, lock: Transaction<DB>, bytes: Bytes): Promise<ImportReport> {
  const { ctx, request, holder, onProgress } = run;
  const resumed = request.dryRun ? null : await finishInterrupted(run);
  const [, [opened]] = await ctx.session.run(
    store.deleteAbandoned(request.source),
    store.insertImport(request, holder),
  );
  const id = opened?.id ?? '';
  let posting = false;
  try {
    const staging = await stageLines(ctx, id, request, bytes, (lines) => {
      run.signal?.throwIfAborted();
      onProgress({ phase: 'reading', lines });
    });
    if (resumed?.row.fingerprint?.equals(staging.fingerprint)) return reportResumed(request, resumed, staging);
    onProgress({ phase: 'checking', lines: staging.lines });
    await store.tryLockSource(lock, request.source); // throws where the lock's connection, and so the lock, is gone
    const checked = await ctx.session
      .transaction((tx) => checkAndDecide(tx, run, id, staging))
      .catch((error) => Promise.reject(store.explainViolation(error)));
    const base = { ...reportStaged(request, staging, checked.verdict), finishedBefore: resumed?.row.fileName ?? null };
    if (checked.row === null) {
      return request.dryRun ? { ...base, ...(await preview(ctx, id, request, checked.verdict)) } : base;
    }
    posting = true;
    const tally = await post(run, checked.row, (lines, of) => onProgress({ phase: 'posting', lines, of }));
    return { ...base, outcome: 'posted', ...countsOf(tally) };
  } finally {
    if (!posting) await discard(ctx, id);
  }
}

/** Where the database is away too, the next import of this source clears the staged lines. */
async function discard(ctx: SystemCtx, id: string): Promise<void> {
  await ctx.session.run(store.deleteImport(id)).catch((error) => ctx.log.warn({ error }, 'staged lines are left over'));
}

interface Resumed {
  readonly row: store.ImportRow;
  readonly tally: Tally;
}

/** Posts the rest of what an import of this source had left when it was killed. */
async function finishInterrupted(run: Run): Promise<Resumed | null> {
  const { ctx, request, holder, onProgress } = run;
  const row = await ctx.session.transaction((tx) => store.takeOverPosting(tx, request.source, holder));
  if (row === undefined) return null;
  const { fileName } = row;
  const tally = await post(run, row, (lines, of) => onProgress({ phase: 'resuming', lines, of, fileName }));
  return { row, tally };
}

const post = ({ ctx, holder, signal }: Run, row: store.ImportRow, onPosted: (lines: number, of: number) => void) =>
  postLines(ctx, row, holder, (lines) => {
    onPosted(lines, row.newLines);
    signal?.throwIfAborted();
  });

interface Decision {
  readonly verdict: Verdict;
  /** The import that is to be posted from here on; null where nothing is. */
  readonly row: store.ImportRow | null;
}

/** One transaction, so that what was checked is what is posted. */
async function checkAndDecide(
  tx: Transaction<DB>,
  { request, holder }: Run,
  id: string,
  staging: Staging,
): Promise<Decision> {
  const verdict = await checkImport(tx, id, request, staging.problems);
  const badLines = staging.problems.count;
  if (request.dryRun || verdict.fresh === 0 || (badLines > 0 && !request.skipBad)) return { verdict, row: null };
  const { lines, fingerprint } = staging;
  const counts = { lines, badLines, newLines: verdict.fresh, accounts: verdict.accounts, fingerprint };
  const row = await store.beginPosting(tx, id, holder, counts);
  if (row === undefined) throw conflict('Another process has discarded this import. Run the command again.');
  return { verdict, row };
}

const countsOf = (tally: Tally) => ({
  newLines: tally.lines,
  madeAccounts: tally.accounts,
  madeJobs: tally.jobs,
  charges: tally.charges,
  sums: tally.sums(),
});

/** The report of a file that has been read and checked; what posting adds is still zero. */
function reportStaged(request: ParsedRequest, staging: Staging, verdict: Verdict): ImportReport {
  const refused = staging.problems.count > 0 && !request.skipBad;
  return {
    outcome: refused ? 'refused' : request.dryRun ? 'previewed' : 'posted',
    kind: request.kind,
    source: request.source,
    lines: staging.lines,
    newLines: 0,
    unchangedLines: verdict.unchanged,
    badLines: staging.problems.count,
    problems: staging.problems.kept,
    accounts: verdict.accounts,
    madeAccounts: 0,
    madeJobs: 0,
    charges: 0,
    sums: [],
    ignoredColumns: staging.ignoredColumns,
    resumed: false,
    finishedBefore: null,
  };
}

/** What posting would come to; jobs are not looked up. */
async function preview(ctx: SystemCtx, id: string, request: ParsedRequest, verdict: Verdict) {
  const bucket = request.kind === 'usage' ? request.bucket : null;
  const tally = await previewLines(ctx, { id, source: request.source, bucket });
  return { ...countsOf(tally), madeAccounts: verdict.missingAccounts };
}

function reportResumed(request: ParsedRequest, { row, tally }: Resumed, staging: Staging): ImportReport {
  staging.problems.merge(row.badLines - staging.problems.count, []);
  return {
    outcome: 'posted',
    kind: request.kind,
    source: request.source,
    lines: row.lines,
    unchangedLines: row.lines - row.badLines - row.newLines,
    badLines: row.badLines,
    problems: staging.problems.kept,
    accounts: row.accounts,
    ...countsOf(tally),
    ignoredColumns: staging.ignoredColumns,
    resumed: true,
    finishedBefore: null,
  };
}
