import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { readProgress } from '@/domain/training/progress';
import { RUN_FOLDER, type SupervisionOrder } from './run-folder.ts';

/** A checkpoint that was announced, so that it is whole. */
export interface Checkpoint {
  readonly step: number;
  readonly folder: string;
}

const isFolder = (folder: string): Promise<boolean> =>
  stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** The steps of whole checkpoints, in the order in which they came: the one that was given first. */
async function announcedSteps(run: string): Promise<number[]> {
  const order = JSON.parse(await readFile(path.join(run, RUN_FOLDER.order), 'utf8')) as SupervisionOrder;
  const steps = order.resumeStep === null ? [] : [order.resumeStep];
  const lines = createInterface({ input: createReadStream(path.join(run, RUN_FOLDER.events)) });
  for await (const line of lines) {
    if (!line.includes('checkpoint')) continue;
    const [, kind, text] = JSON.parse(line) as [number, string, string];
    const step = kind === 'progress' ? readProgress(text)?.checkpoint : undefined;
    if (step !== undefined) steps.push(step);
  }
  return steps;
}

/** The last whole checkpoint of a run of this machine; null where it has none, or is not known here. */
export async function findCheckpoint(run: string): Promise<Checkpoint | null> {
  if (!(await isFolder(run))) return null;
  for (const step of (await announcedSteps(run)).reverse()) {
    const folder = path.join(run, RUN_FOLDER.checkpoints, `step-${step}`);
    if (await isFolder(folder)) return { step, folder };
  }
  return null;
}
