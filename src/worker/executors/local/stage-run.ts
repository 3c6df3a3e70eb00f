import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { cp, lstat, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { unavailable } from '@/lib/errors';
import type { FileStore } from '@/lib/file-store';
import type { RunOrder } from '@/worker/executors/executor';
import { environmentOf } from './clean-environment.ts';
import { type Checkpoint, findCheckpoint } from './find-checkpoint.ts';
import { machineMs } from './machine-clock.ts';
import { identify, isAlive } from './processes.ts';
import { RESERVE_BYTES, RUN_FOLDER, type RunLimits, SLOT_BYTES, type SupervisionOrder } from './run-folder.ts';
import type { Trainers } from './trainer-registry.ts';

export interface Staging {
  /** Folder of all runs. */
  readonly runs: string;
  readonly files: FileStore;
  readonly trainers: Trainers;
  readonly limits: RunLimits;
}

const TICK_MS = 100;
const DRAFT_MS = 600_000;
const DRAFT = /^\.(?:new|gone)-[\w-]+\.(\d+)-(\w*)\.[0-9a-f]+$/;

/** A name that no run has, and that tells whether the process that made it still works on it. */
export function draftName(kind: 'new' | 'gone', attemptId: string): string {
  const { pid, began } = identify(process.pid);
  return `.${kind}-${attemptId}.${pid}-${began.replaceAll(/\W/g, '')}.${randomBytes(4).toString('hex')}`;
}

/**
 * Removes what processes left behind that died while they prepared a run or took one away. What is younger than a while
 * stays: its maker may live where we do not see its processes.
 */
export async function clearDrafts(runs: string): Promise<void> {
  for (const name of await readdir(runs)) {
    const [, pid, began] = name.match(DRAFT) ?? [];
    if (pid === undefined || began === undefined) continue;
    const now = identify(Number(pid));
    const isMakerAlive = isAlive(now) && now.began.replaceAll(/\W/g, '') === began;
    const draft = path.join(runs, name);
    const age = Date.now() - (await stat(draft)).mtimeMs;
    if (!isMakerAlive && age > DRAFT_MS) await rm(draft, { recursive: true, force: true });
  }
}

async function writeSynced(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx', mode: 0o600, flush: true });
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function copyDataset(order: RunOrder, draft: string, files: FileStore): Promise<string | null> {
  if (order.dataset === null) return null;
  const name = path.posix.basename(order.dataset.fileKey).replaceAll(/[^\w.-]/g, '_');
  const target = path.join(draft, RUN_FOLDER.dataset, name);
  await pipeline(await files.read(order.dataset.fileKey), createWriteStream(target, { flags: 'wx', mode: 0o600 }));
  return name;
}

/** A copy, so that a later attempt never changes the files of an earlier one. */
async function copyCheckpoint(order: RunOrder, draft: string, runs: string): Promise<Checkpoint | null> {
  if (order.resumeFrom === null) return null;
  const found = await findCheckpoint(path.join(runs, order.resumeFrom));
  if (found === null) return null;
  const folder = path.join(draft, RUN_FOLDER.checkpoints, `step-${found.step}`);
  const isPlain = async (file: string): Promise<boolean> => {
    const state = await lstat(file);
    return state.isFile() || state.isDirectory();
  };
  await cp(found.folder, folder, { recursive: true, filter: isPlain });
  return { step: found.step, folder };
}

/** What the trainer reads in its working directory; documented in `docs/progress-protocol.md`. */
function trainerOrder(order: RunOrder, folder: string, dataset: string | null, resumeStep: number | null) {
  const checkpoints = path.join(folder, RUN_FOLDER.checkpoints);
  return {
    job_id: order.jobId,
    attempt_id: order.attemptId,
    base_model: order.baseModel,
    hyperparameters: order.hyperparameters,
    dataset:
      order.dataset === null || dataset === null
        ? null
        : {
            path: path.join(folder, RUN_FOLDER.dataset, dataset),
            format: order.dataset.format,
            validation_share: order.dataset.validationShare,
          },
    total_steps: order.totalSteps,
    resume_from: resumeStep === null ? null : path.join(checkpoints, `step-${resumeStep}`),
    output_dir: path.join(folder, RUN_FOLDER.output),
    checkpoint_dir: checkpoints,
  };
}

function supervisionOrder(order: RunOrder, folder: string, resumeStep: number | null, staging: Staging) {
  const trainer = staging.trainers.get(order.trainer);
  return {
    attemptId: order.attemptId,
    command: trainer?.command ?? [],
    fault: trainer ? null : `There is no trainer ${order.trainer} on this machine.`,
    environment: environmentOf({
      attemptId: order.attemptId,
      folder: path.join(folder, RUN_FOLDER.work),
      trainer: trainer?.env ?? {},
      ours: process.env,
    }),
    systemLimits: trainer?.limits ?? {},
    limits: staging.limits,
    leaseMs: order.leaseMs,
    graceMs: order.graceMs,
    maxRuntimeMs: order.maxRuntimeMs,
    orderedAt: machineMs(),
    resumeStep,
  } satisfies SupervisionOrder;
}

/** Fails once this process has slept for longer than the lease: somebody else may have the attempt by now. */
function watchForSleep(leaseMs: number): { assertAwake: () => void; [Symbol.dispose]: () => void } {
  let last = machineMs();
  let longest = 0;
  const tick = (): void => {
    longest = Math.max(longest, machineMs() - last);
    last = machineMs();
  };
  const timer = setInterval(tick, TICK_MS);
  return {
    assertAwake: () => {
      tick();
      if (longest > leaseMs) throw unavailable('This worker stood still for too long to start the run.');
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

async function fill(order: RunOrder, draft: string, folder: string, staging: Staging): Promise<void> {
  using sleep = watchForSleep(order.leaseMs);
  const { work, output, checkpoints, dataset } = RUN_FOLDER;
  await mkdir(draft, { mode: 0o700 });
  for (const name of [work, `${work}/tmp`, output, checkpoints, dataset]) await mkdir(path.join(draft, name));
  const datasetName = await copyDataset(order, draft, staging.files);
  const resumeStep = (await copyCheckpoint(order, draft, staging.runs))?.step ?? null;
  for (const slot of [RUN_FOLDER.alive, RUN_FOLDER.lease, RUN_FOLDER.stop]) {
    await writeSynced(path.join(draft, slot), ' '.repeat(SLOT_BYTES));
  }
  await writeSynced(path.join(draft, RUN_FOLDER.reserve), ' '.repeat(RESERVE_BYTES));
  for (const empty of [RUN_FOLDER.events, RUN_FOLDER.complaints]) await writeFile(path.join(draft, empty), '');
  const forTrainer = trainerOrder(order, folder, datasetName, resumeStep);
  await writeSynced(path.join(draft, work, 'order.json'), JSON.stringify(forTrainer, null, 2));
  const forSupervisor = supervisionOrder(order, folder, resumeStep, staging);
  await writeSynced(path.join(draft, RUN_FOLDER.order), JSON.stringify(forSupervisor));
  await syncFolder(draft);
  sleep.assertAwake();
}

const isTaken = (error: unknown): boolean => /^(ENOTEMPTY|EEXIST)$/.test((error as NodeJS.ErrnoException).code ?? '');

/**
 * Prepares the folder of a run: under another name first, then at once under its own, so that it is there whole or not
 * at all. A folder that is there already stays as it is.
 *
 * @throws what the store of files and the disk throw; nothing remains
 */
export async function stageRun(order: RunOrder, staging: Staging): Promise<void> {
  const folder = path.join(staging.runs, order.attemptId);
  const draft = path.join(staging.runs, draftName('new', order.attemptId));
  try {
    await fill(order, draft, folder, staging);
    await rename(draft, folder);
    await syncFolder(staging.runs);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!isTaken(error)) throw error;
  }
}
