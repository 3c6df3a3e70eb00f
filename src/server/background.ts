import type { PgBoss } from 'pg-boss';
import type { SystemCtx } from '@/domain/context';
import { openBoss } from '@/worker/open-boss';

/** Work that comes round by itself; one process of an installation does it at a time. */
export interface BackgroundTask {
  /** Unique; also the name of its queue. */
  readonly name: string;
  /** Minute, hour, day of month, month, day of week; in UTC. */
  readonly cron: string;
  /** Safe to run again after it was cut off: a killed process leaves no trace of where it was. */
  run(ctx: SystemCtx): Promise<unknown>;
}

export interface BackgroundOptions {
  readonly workerUrl: string;
  readonly tasks: readonly BackgroundTask[];
  readonly ctx: SystemCtx;
  /** How often the queue is asked for work, seconds. */
  readonly pollS?: number;
}

/** A task without a sign of life for this long belongs to a dead process and is given to another. */
const HEARTBEAT_S = 30;
const LONGEST_RUN_S = 600;
const POLL_S = 5;
const KEEP_HISTORY_S = 7 * 24 * 3600;

async function plan(boss: PgBoss, task: BackgroundTask, ctx: SystemCtx, pollS: number): Promise<void> {
  const log = ctx.log.child({ task: task.name });
  await boss.createQueue(task.name, {
    policy: 'exclusive',
    retryLimit: 0,
    expireInSeconds: LONGEST_RUN_S,
    heartbeatSeconds: HEARTBEAT_S,
    deleteAfterSeconds: KEEP_HISTORY_S,
  });
  await boss.schedule(task.name, task.cron, null, { tz: 'UTC' });
  await boss.work(task.name, { pollingIntervalSeconds: pollS }, async () => {
    const started = ctx.clock.monotonicMs();
    try {
      await task.run({ ...ctx, log });
      log.debug({ ms: Math.round(ctx.clock.monotonicMs() - started) }, 'a background task is done');
    } catch (error) {
      log.error({ error }, 'a background task failed');
      throw error;
    }
  });
}

/** Takes the plans of tasks away that this version no longer has. */
async function forget(boss: PgBoss, tasks: readonly BackgroundTask[]): Promise<void> {
  const known = new Set(tasks.map((task) => task.name));
  for (const { name } of await boss.getSchedules()) {
    if (!known.has(name)) await boss.unschedule(name);
  }
}

/** Starts the background loop. `stop` waits for running tasks up to `graceMs`. */
export async function startBackground({ workerUrl, tasks, ctx, pollS = POLL_S }: BackgroundOptions) {
  const boss = openBoss({
    workerUrl,
    log: ctx.log,
    name: 'pipeline-background',
    connections: 3,
    supervises: true,
    schedules: true,
  });
  await boss.start();
  await forget(boss, tasks);
  for (const task of tasks) await plan(boss, task, ctx, pollS);
  return {
    stop: (graceMs: number): Promise<void> => boss.stop({ graceful: true, timeout: graceMs, close: true }),
  };
}
