import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { unavailable } from '@/lib/errors';
import { cleanEnvironment } from './clean-environment.ts';
import { RUN_FOLDER } from './run-folder.ts';

const SUPERVISOR = path.join(import.meta.dirname, 'supervisor.ts');

/** Of the data folder; with it a supervisor starts in a third of the time and takes half the memory. */
const CACHE = '../../supervisor-cache';

/**
 * A supervisor holds little: it is one of many beside the trainings. And it compiles in one thread, because a Node that
 * ends may wait for ever for a thread that compiles (nodejs/node, issue 54918).
 */
export const NODE_ARGUMENTS: readonly string[] = [
  '--single-threaded',
  '--max-old-space-size=48',
  '--max-semi-space-size=1',
  '--disable-warning=ExperimentalWarning',
];

/**
 * Starts a supervisor that outlives this process. Of several for one run, the first to begin the journal stays.
 *
 * @throws PipelineError `unavailable` where the system starts none
 */
export async function startSupervisor(folder: string, nodeArguments: readonly string[]): Promise<void> {
  const complaints = openSync(path.join(folder, RUN_FOLDER.complaints), 'a');
  try {
    const environment: Record<string, string> = {
      ...cleanEnvironment(process.env),
      NODE_COMPILE_CACHE: path.resolve(folder, CACHE),
    };
    const child = spawn(process.execPath, [...nodeArguments, SUPERVISOR, folder], {
      cwd: folder,
      env: environment as NodeJS.ProcessEnv,
      detached: true,
      stdio: ['ignore', complaints, complaints],
    });
    child.unref();
    await once(child, 'spawn');
  } catch (error) {
    throw unavailable('The system starts no further process for a run.', error);
  } finally {
    closeSync(complaints);
  }
}
