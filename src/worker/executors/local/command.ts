// Also read by the supervisor, which runs without the product: only files that do so too are imported.
import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { SupervisionOrder, SystemLimits } from './run-folder.ts';

function mayRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Where a program lies: a path as it is, a name in the folders of `PATH`; null where there is none that may be run. */
export function findProgram(name: string, searchPath: string): string | null {
  const places = name.includes('/') ? [name] : searchPath.split(':').map((folder) => path.join(folder, name));
  return places.find(mayRun) ?? null;
}

function limitArguments({ memory_mb, file_mb, open_files, processes }: SystemLimits): string[] {
  return [
    memory_mb === undefined ? null : `--as=${memory_mb * 1_048_576}`,
    file_mb === undefined ? null : `--fsize=${file_mb * 1_048_576}`,
    open_files === undefined ? null : `--nofile=${open_files}`,
    processes === undefined ? null : `--nproc=${processes}`,
  ].filter((argument) => argument !== null);
}

/** What is to be executed, or a sentence why it cannot be. */
export type Executable = { readonly file: string; readonly args: readonly string[] } | { readonly fault: string };

/** The command of an order, behind `prlimit` where its trainer sets limits. */
export function executableOf(order: SupervisionOrder): Executable {
  const [name, ...args] = order.command;
  if (name === undefined) return { fault: order.fault ?? 'There is no command to start.' };
  const searchPath = order.environment.PATH ?? '';
  const file = findProgram(name, searchPath);
  if (file === null) return { fault: `The command ${name} is not there, or may not be executed.` };
  const limits = limitArguments(order.systemLimits);
  if (limits.length === 0) return { file, args };
  const prlimit = findProgram('prlimit', searchPath);
  if (prlimit === null) return { fault: 'The trainer asks for limits of the system, and prlimit is not installed.' };
  return { file: prlimit, args: [...limits, '--', file, ...args] };
}

/** Bytes that are free for us where `folder` lies. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
