// `node supervisor.ts RUN_FOLDER`: starts the command of a run and watches it to its end; it outlives the worker that
// started it. Node runs this file as it is, without the product: it and what it imports keep to syntax that can be
// erased, and to full file names.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beginJournal, type SupervisorLine } from './journal.ts';
import { anchorNow } from './machine-clock.ts';
import { identify, processSpace } from './processes.ts';
import { RUN_FOLDER, type SupervisionOrder } from './run-folder.ts';
import { Supervision } from './supervision.ts';

function giveUp(supervision: Supervision, error: unknown): never {
  console.error(error);
  try {
    supervision.giveUp();
  } finally {
    process.exit(1);
  }
}

async function supervise(folder: string): Promise<void> {
  const order = JSON.parse(readFileSync(path.join(folder, RUN_FOLDER.order), 'utf8')) as SupervisionOrder;
  const self: SupervisorLine = { type: 'supervisor', ...identify(process.pid), ...processSpace(), anchor: anchorNow() };
  if (!beginJournal(folder, self)) return;
  const supervision = new Supervision(folder, order, self);
  process.on('uncaughtException', (error) => giveUp(supervision, error));
  process.on('SIGTERM', () => supervision.stop('lost'));
  for (const ignored of ['SIGINT', 'SIGHUP'] as const) process.on(ignored, () => {});
  await supervision.toTheEnd().catch((error) => giveUp(supervision, error));
  process.exit(0); // a process that hid itself may still hold a pipe of ours
}

await supervise(process.argv[2] ?? '');
