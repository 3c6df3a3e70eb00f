// A worker in a process of its own, to be killed, stopped and let go on: `worker-process.ts <settings as JSON>`.
import { openDatabase } from '@/db/session';
import { systemClock } from '@/lib/clock';
import { createLogger } from '@/lib/log';
import { LocalExecutor } from '@/worker/executors/local/local-executor';
import { readTrainers } from '@/worker/executors/local/trainer-registry';
import { startWorker } from '@/worker/start-worker';
import type { WorkerTimes } from '@/worker/worker-parts';

export interface WorkerSettings {
  readonly appUrl: string;
  readonly workerUrl: string;
  readonly dataDir: string;
  readonly trainersFile: string;
  readonly slots: number;
  readonly times: WorkerTimes;
}

const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings;
const log = createLogger({ level: 'info' });
const database = openDatabase({ ...settings, poolSize: 4 });
const files = null as never; // the runs of these tests have no dataset
const executor = new LocalExecutor({
  dataDir: settings.dataDir,
  files,
  trainers: readTrainers(settings.trainersFile),
});
// what the runs left stays, so that the test can read their journals
executor.listRuns = async () => [];

const worker = startWorker({
  ctx: {
    session: database.asService({ timeoutMs: 10_000 }),
    clock: systemClock,
    log,
    files,
    queue: { send: async () => undefined },
  },
  executors: new Map([['local', executor]]),
  work: { take: async () => [], done: async () => undefined },
  offer: { mostRunning: 10_000 },
  slots: settings.slots,
  times: settings.times,
  collect: async () => undefined,
  validate: async () => undefined,
});
process.once('SIGTERM', async () => {
  await worker.stop(5_000);
  await database.close();
  process.exit(0);
});
process.send?.('working');
