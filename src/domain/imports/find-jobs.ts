import type { Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { WaitingLine } from '@/domain/imports/line-store';
import type { LineContent } from '@/domain/imports/schema';
import * as store from '@/domain/imports/store';
import { lockCostState } from '@/domain/ledger/lock-cost-state';
import type { UserId } from '@/lib/ids';

/** Another import has made one of the jobs since they were looked up: the transaction must be tried again. */
export class JobsMoved extends Error {}

/** The jobs that lines name: their ids by user and name, and how many had to be made. */
export interface LineJobs {
  readonly idOf: (userId: UserId, name: string) => string | null;
  readonly made: number;
}

/**
 * Finds the jobs that lines name and makes those that nobody named before, within the caller's transaction. Keeps the
 * lock order: jobs that are there, cost states, and only then new jobs.
 *
 * @throws JobsMoved
 */
export async function findJobs(tx: Transaction<DB>, lines: readonly WaitingLine[]): Promise<LineJobs> {
  const named = namedJobs(lines);
  if (named.size === 0) return { idOf: () => null, made: 0 };
  const jobs = [...named.values()];
  const locked = await store.lockImportedJobs(tx, jobs);
  await lockCostState(tx, lines.map(accountOf));
  const there = new Set(locked.map((job) => keyOf(job.userId, job.name)));
  const missing = jobs.filter((job) => !there.has(keyOf(job.userId, job.name)));
  const made = missing.length > 0 ? await store.insertImportedJobs(tx, missing) : [];
  if (made.length < missing.length) throw new JobsMoved('a job was made by another import meanwhile');
  if (locked.length > 0) await store.widenImportedJobs(tx, jobs);
  const ids = new Map([...locked, ...made].map((job) => [keyOf(job.userId, job.name), job.id]));
  return { idOf: (userId, name) => ids.get(keyOf(userId, name)) ?? null, made: made.length };
}

/** The account of a line; it is known for every line that is posted. */
export function accountOf(line: WaitingLine): UserId {
  if (line.userId === null) throw new Error(`line ${line.line} was to be posted before its account was made`);
  return line.userId;
}

const keyOf = (userId: string, name: string): string => `${userId} ${name}`;

function namedJobs(lines: readonly WaitingLine[]): Map<string, store.NamedJob> {
  const named = new Map<string, store.NamedJob>();
  for (const line of lines) {
    if (line.content.job === null) continue;
    const [start, end] = spanOf(line.content);
    const [userId, name] = [accountOf(line), line.content.job];
    const known = named.get(keyOf(userId, name));
    const startedAt = Math.min(known?.startedAt ?? start, start);
    const endedAt = Math.max(known?.endedAt ?? end, end);
    named.set(keyOf(userId, name), { userId, name, startedAt, endedAt });
  }
  return named;
}

const spanOf = (content: LineContent): [start: number, end: number] =>
  content.kind === 'usage' ? [content.start, content.end] : [content.recordedAt, content.recordedAt];
