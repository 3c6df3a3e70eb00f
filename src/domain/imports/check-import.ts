import type { Transaction } from 'kysely';
import type { DB } from '@/db/types';
import { nameAccounts, readAccountName } from '@/domain/accounts/name-account';
import * as lineStore from '@/domain/imports/line-store';
import type { ProblemList } from '@/domain/imports/problem-list';
import { MOST_PROBLEMS } from '@/domain/imports/problem-list';
import type { ParsedRequest } from '@/domain/imports/schema';

const NAMES_OF_A_PAGE = 1_000;

/** What the checks came to. */
export interface Verdict extends lineStore.LineCounts {
  /** Good lines that the ledger knows already, or that repeat another line. */
  readonly unchanged: number;
}

/**
 * Checks staged lines against the database: are the accounts there, was an id posted before with other content, does
 * the file contradict itself? Bad lines are marked and added to `problems`.
 */
export async function checkImport(
  tx: Transaction<DB>,
  importId: string,
  request: ParsedRequest,
  problems: ProblemList,
): Promise<Verdict> {
  const row = { id: importId, source: request.source, bucket: request.kind === 'usage' ? request.bucket : null };
  for (let after: string | null = ''; after !== null; ) {
    after = (await matchAccounts(tx, importId, after, { create: false })).last;
  }
  await lineStore.joinBy(tx, 'hash');
  await lineStore.markUnknownAccounts(tx, importId, request.createUsers);
  await lineStore.joinBy(tx, 'probe');
  await lineStore.markConflicts(tx, row);
  const posted = await lineStore.deletePosted(tx, row);
  await lineStore.markForeignCharges(tx, row);
  await lineStore.joinBy(tx, 'hash');
  await lineStore.markContradictions(tx, importId);
  const repeats = await lineStore.deleteRepeats(tx, importId);
  const counts = await lineStore.countLines(tx, importId);
  if (counts.bad > 0) problems.merge(counts.bad, await lineStore.listFaults(tx, importId, MOST_PROBLEMS));
  return { ...counts, unchanged: posted + repeats };
}

/**
 * Finds the accounts behind a page of names, those after `after`; with `create`, makes the missing ones.
 * `last` is where the next page goes on, null after the last page.
 */
export async function matchAccounts(
  tx: Transaction<DB>,
  importId: string,
  after: string,
  options: { create: boolean },
): Promise<{ last: string | null; matched: number }> {
  const names = await lineStore.listUnmatched(tx, importId, after, NAMES_OF_A_PAGE);
  if (names.length === 0) return { last: null, matched: 0 };
  const found = await nameAccounts(tx, names.map(readAccountName), options);
  await lineStore.setAccounts(tx, importId, found);
  return { last: names.at(-1) ?? null, matched: found.size };
}
