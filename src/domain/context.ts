import type { Transaction } from 'kysely';
import type { ServiceSession, UserSession } from '@/db/session';
import type { DB } from '@/db/types';
import type { Clock } from '@/lib/clock';
import type { FileStore } from '@/lib/file-store';
import type { UserId } from '@/lib/ids';
import type { Logger } from '@/lib/log';

/** What a verb gets that acts for one account: its session sees and writes only what row level security allows it. */
export type UserCtx = {
  readonly userId: UserId;
  readonly email: string | null;
  readonly session: UserSession;
  /** For the few writes that accounts may not make themselves; every query through it names the user. */
  readonly service: ServiceSession;
  readonly clock: Clock;
  readonly log: Logger;
};

/** What a verb gets that acts for the product itself: workers, commands, and routes without a caller. */
export type SystemCtx = {
  readonly session: ServiceSession;
  readonly clock: Clock;
  readonly log: Logger;
};

/** Queues of work that a worker does; each item is the id of a row. */
export type QueueName = 'run-job' | 'validate-dataset';

/** Sends work to the workers, within the transaction that makes the row: both are there, or neither. */
export interface WorkQueue {
  send(tx: Transaction<DB>, queue: QueueName, id: string): Promise<void>;
}

/** What this installation lets its accounts run, and how many jobs of one account at a time. */
export type RunOffer = {
  readonly trainers: readonly string[];
  readonly executors: readonly string[];
  /** Most jobs of an account that workers have taken and not ended; the others wait. */
  readonly mostRunning: number;
  /** Most jobs of an account that wait. */
  readonly mostQueued: number;
};

/** A context of a verb that asks what may be run here. */
export type WithOffer<C> = C & { readonly offer: RunOffer };

/** A context of a verb that also works with files. */
export type WithFiles<C> = C & { readonly files: FileStore };

/** How many bytes one uploaded file may have, and all files of one account. */
export type StorageLimits = { readonly uploadBytes: number; readonly storageBytes: number };

/** A context of a verb that takes files from people. */
export type WithStorageLimits<C> = C & { readonly limits: StorageLimits };

/** A context of a verb that also gives work to the workers. */
export type WithQueue<C> = C & { readonly queue: WorkQueue };
