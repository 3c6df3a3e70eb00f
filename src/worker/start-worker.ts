import { setTimeout as sleep } from 'node:timers/promises';
import { releaseLeases } from '@/domain/training/release-leases';
import { takeOverAttempts } from '@/worker/attempt-taker';
import { JobTaker } from '@/worker/job-taker';
import { type Repeating, repeat } from '@/worker/repeat';
import { RunClearer } from '@/worker/run-clearer';
import { RunKeeper } from '@/worker/run-keeper';
import { nameWorker } from '@/worker/worker-name';
import type { WorkerParts } from '@/worker/worker-parts';

export interface WorkerOptions extends Omit<WorkerParts, 'name' | 'runs'> {
  /** Default: this process. */
  readonly name?: WorkerParts['name'];
}

export interface RunningWorker {
  /** Ids of the attempts that it holds. */
  holding(): readonly string[];
  /** Takes nothing new, records what is known, and lets go of its runs, which go on for another worker to find. */
  stop(graceMs: number): Promise<void>;
}

const QUEUE_MS = 1_000;
/** A lease is renewed five times before it would pass. */
const RENEWALS = 5;

/** Datasets are validated one at a time, in turns with everything else that the process does. */
async function validateNext({ ctx, work, validate }: WorkerParts): Promise<void> {
  for (;;) {
    const [item] = await work.take('validate-dataset', 1);
    if (item === undefined) return;
    await validate(ctx, item.id);
    await work.done('validate-dataset', [item.itemId]);
  }
}

/**
 * Starts a worker: it takes jobs, keeps their runs, meters them and takes over what dead workers left. There may be any
 * number of them on one database, on any number of machines.
 */
export function startWorker(options: WorkerOptions): RunningWorker {
  const parts: WorkerParts = { ...options, name: options.name ?? nameWorker(), runs: new Map() };
  const { ctx, times, runs } = parts;
  const log = ctx.log.child({ worker: parts.name.worker });
  const taker = new JobTaker(parts);
  const clearer = new RunClearer(parts);
  const rounds = new Map<string, Repeating>();
  const start = (name: string, everyMs: number, work: () => Promise<unknown>) =>
    rounds.set(name, repeat(name, everyMs, work, log));
  const keeper = new RunKeeper(parts, () => {
    rounds.get('clear')?.wake();
    rounds.get('queue')?.wake();
  });
  start('poll', times.pollMs, () => keeper.poll());
  start('renew', times.leaseMs / RENEWALS, () => keeper.renew());
  start('tick', times.tickMs, () => keeper.tick());
  start('take over', times.sweepMs, () => takeOverAttempts(parts));
  start('queue', QUEUE_MS, () => taker.takeFromQueue());
  start('waiting', times.rareMs, () => taker.takeWaiting());
  start('clear', times.rareMs, () => clearer.clear());
  start('validate', QUEUE_MS, () => validateNext(parts));

  const stop = async () => {
    taker.stop();
    // a validation may take long, and is made again by whoever finds it unfinished
    const ending = [...rounds].map(([name, round]) => [name, round.stop()] as const);
    await Promise.all(ending.filter(([name]) => name !== 'validate').map(([, ended]) => ended));
    await keeper.poll();
    await keeper.tick();
    await keeper.renew();
    const held = [...runs.values()].map((run) => run.attempt);
    await releaseLeases(ctx, held, times.runLeaseMs + times.graceMs);
    log.info({ released: held.length }, 'the worker has let go of its runs');
  };
  return {
    holding: () => [...runs.keys()],
    stop: async (graceMs) => {
      const stopped = stop().catch((error: unknown) => log.warn({ error }, 'the worker could not let go in order'));
      await Promise.race([stopped, sleep(graceMs, undefined, { ref: false })]);
    },
  };
}
