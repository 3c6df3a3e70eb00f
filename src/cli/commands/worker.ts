import { type Command, InvalidArgumentError } from 'commander';
import { withDatabase } from '@/cli/context';
import { openWorker } from '@/worker/open-worker';
import { createWorkQueue } from '@/worker/work-queue';

/** Ctrl-C leaves this long to record what is known and to let go of the runs. */
const STOP_MS = 2_500;

function slotsOf(text: string): number {
  const slots = Number(text);
  if (!/^\d{1,4}$/.test(text) || slots < 1) throw new InvalidArgumentError('Send a whole number from 1 to 9999.');
  return slots;
}

/** `pipeline worker`: runs jobs until it is stopped. */
export function registerWorker(program: Command): void {
  program
    .command('worker')
    .description('run jobs: claim, watch, meter and end them, until Ctrl-C')
    .option('--slots <n>', 'runs at a time (default: PIPELINE_WORKER_SLOTS)', slotsOf)
    .addHelpText(
      'after',
      `
Start as many as you like, on every machine that reaches the database and the files. The server works as well, unless
PIPELINE_WORKER is off. Ctrl-C lets go of the runs: they go on, and another worker of the machine finds them.`,
    )
    .action(({ slots }: { slots?: number }) => work(slots));
}

async function work(slots: number | undefined): Promise<void> {
  await withDatabase(async ({ env, urls, database, files, clock, log, signal }) => {
    const queue = createWorkQueue({ workerUrl: urls.worker, log, supervises: true });
    const settings = { ...env, worker: { ...env.worker, slots: slots ?? env.worker.slots } };
    const worker = openWorker({ env: settings, database, work: queue, files, clock, log });
    console.log(`Working, ${settings.worker.slots} at a time. Ctrl-C hands over.`);
    try {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    } finally {
      await worker.stop(STOP_MS);
      await queue.stop();
    }
  });
}
