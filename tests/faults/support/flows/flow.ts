import type { TestDatabase } from '@tests/support/database';
import type { Caller, Database } from '@/db/session';
import type { SystemCtx, UserCtx } from '@/domain/context';
import { type ManualClock, manualClock, systemCtx, userCtx } from '../../../ledger/support';

/** A write of the product, made ready for one account of its own. */
export interface Prepared {
  /** Does it; the same again is what a caller does who got no answer. */
  act(database: Database): Promise<unknown>;
  /** What the tables say about it, by SQL alone. */
  look(): Promise<unknown>;
  /** What they say once it was done. */
  readonly done: unknown;
  /** What they say once it was done and asked for again, where that is something else: a second session, for one. */
  readonly twice?: unknown;
  /** The code of the refusal of who asks again after it was done; absent where that is answered like the first time. */
  readonly refusedAgain?: string;
  /** Tries out what the caller may do from then on, with the answer that it got last. */
  prove?(answer: unknown): Promise<void>;
}

export interface Flow {
  readonly name: string;
  /** How many turns of the conversation come after the commit that counts; none unless said. */
  readonly afterCommit?: number;
  /** How many connections it needs at once; one unless said. */
  readonly connections?: number;
  prepare(db: TestDatabase): Promise<Prepared>;
}

export const clock: ManualClock = manualClock('2026-06-20T00:00:00Z');

let serial = 0;
/** A name that no other flow has. */
export const fresh = (): string => {
  serial += 1;
  return `answer-${serial}`;
};

/** The contexts of a verb on another way to the same database. */
export const asUser = (db: TestDatabase, database: Database, caller: Caller): UserCtx =>
  userCtx({ ...db, database }, caller, clock);
export const asSystem = (db: TestDatabase, database: Database, at: ManualClock = clock): SystemCtx =>
  systemCtx({ ...db, database }, at);

/** Looks at one account, or whatever `of` names, with a statement that gives one row. */
export const looking =
  ({ admin }: TestDatabase, of: string, statement: string) =>
  async (): Promise<unknown> =>
    (await admin.query(statement, [of])).rows[0];
