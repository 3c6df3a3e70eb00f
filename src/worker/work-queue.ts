import { CompiledQuery, type Transaction } from 'kysely';
import type { PgBoss, QueueOptions, QueuePolicy } from 'pg-boss';
import type { DB } from '@/db/types';
import type { QueueName, WorkQueue } from '@/domain/context';
import type { Logger } from '@/lib/log';
import { openBoss } from './open-boss';

/** One thing to do: the id of a row, and the name under which `done` ends it. */
export interface WorkItem {
  readonly itemId: string;
  /** Of the job or the dataset. */
  readonly id: string;
}

/** Work on its way to the workers. It only brings rows to mind: what is to be done, and whether, the rows say. */
export interface OpenWorkQueue {
  readonly queue: WorkQueue;
  /** Takes up to `n` items that nobody else then gets, the oldest of all; they come back if they are not ended in time. */
  take(name: QueueName, n: number): Promise<readonly WorkItem[]>;
  /** Ends items, by their `itemId`. One that was ended before is left alone. */
  done(name: QueueName, itemIds: readonly string[]): Promise<void>;
  /** Connects and makes the queues where they are missing. Sending and taking do it too, when they are the first. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorkQueueOptions {
  readonly workerUrl: string;
  readonly log: Logger;
  /** Where no background loop runs in this process (`pipeline worker`): bring items back that were taken and not ended. */
  readonly supervises?: boolean;
}

const HOUR_S = 3_600;

/**
 * An item whose worker died is offered again after `expireInSeconds`, a few times; then it is dropped, as nothing is
 * lost with it: who sweeps the rows sends it anew. No dead letters for the same reason.
 */
const QUEUES = {
  'run-job': { expireInSeconds: 60, retryLimit: 5, retryDelay: 5 },
  'validate-dataset': { expireInSeconds: HOUR_S, retryLimit: 3, retryDelay: 5 },
} as const satisfies Record<QueueName, QueueOptions>;

const EVERY_QUEUE: QueueOptions & { policy: QueuePolicy } = {
  // one item waits for each id: sending it again, as a sweep does, adds nothing
  policy: 'short',
  retentionSeconds: 30 * 24 * HOUR_S,
  deleteAfterSeconds: HOUR_S,
};

/** How the library reaches the caller's transaction. */
const within = (tx: Transaction<DB>) => ({
  executeSql: async (text: string, values: unknown[] = []) => {
    const { rows } = await tx.executeQuery(CompiledQuery.raw(text, values));
    return { rows };
  },
});

/** Connects once, whoever asks first; a failure is told to all who wait, and the next one tries again. */
function startOnce(boss: PgBoss): () => Promise<void> {
  let started: Promise<void> | null = null;
  const start = async () => {
    await boss.start();
    for (const [name, options] of Object.entries(QUEUES)) await boss.createQueue(name, { ...EVERY_QUEUE, ...options });
  };
  return () => {
    started ??= start().catch((error: unknown) => {
      started = null;
      throw error;
    });
    return started;
  };
}

/**
 * The queues of work over pg-boss. `send` writes within the transaction given (in the role `service_role`), so that the
 * item and its row are there together or not at all; one statement for each item.
 */
export function createWorkQueue({ workerUrl, log, supervises = false }: WorkQueueOptions): OpenWorkQueue {
  const boss = openBoss({ workerUrl, log, name: 'pipeline-queue', connections: 2, supervises, schedules: false });
  const start = startOnce(boss);
  return {
    queue: {
      async send(tx, name, id) {
        await start();
        await boss.send(name, { id }, { singletonKey: id, db: within(tx) });
      },
    },
    async take(name, n) {
      await start();
      const items = await boss.fetch<{ id: string }>(name, { batchSize: n });
      return items.map((item) => ({ itemId: item.id, id: item.data.id }));
    },
    async done(name, itemIds) {
      if (itemIds.length > 0) await boss.complete(name, [...itemIds]);
    },
    start,
    stop: () => boss.stop({ graceful: false, close: true }),
  };
}
