import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { notFound } from '@/lib/errors';
import type { FileStore } from '@/lib/file-store';
import { LocalExecutor, type LocalExecutorOptions } from '@/worker/executors/local/local-executor';
import type { Trainer, Trainers } from '@/worker/executors/local/trainer-registry';
import type { Bench } from './executor-contract';

const SCRIPTS = path.join(import.meta.dirname, 'trainers');

/** A trainer of this folder: a script and its arguments. */
export const script = (name: string, ...args: string[]): Trainer => ({
  command: [process.execPath, path.join(SCRIPTS, name), ...args],
  env: {},
  limits: {},
});

export const TRAINERS = {
  obedient: script('obedient.mjs'),
  endless: script('endless.mjs'),
  stubborn: script('endless.mjs', 'stubborn'),
  failing: script('exits.mjs', '3'),
} as const;

/** Files in memory, as far as executors use them. */
export function memoryFiles(contents: Readonly<Record<string, string>> = {}): FileStore {
  const refuse = async () => {
    throw new Error('runs only read');
  };
  return {
    read: async (key) => {
      const content = contents[key];
      if (content === undefined) throw notFound('file');
      return Readable.from([Buffer.from(content)]);
    },
    size: async (key) => contents[key]?.length ?? null,
    write: refuse,
    remove: refuse,
    async *list() {},
  };
}

export interface LocalBench extends Omit<Bench, 'trainers' | 'executor'> {
  readonly executor: LocalExecutor;
  readonly dataDir: string;
  /** A further executor on the same folder, as another worker of this machine has it. */
  another(): LocalExecutor;
  folder(attemptId: string): string;
}

/** A local executor in a folder of its own; nothing of it may be left when it closes. */
export function openLocal(trainers: Record<string, Trainer>, options: Partial<LocalExecutorOptions> = {}): LocalBench {
  const dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), 'pipeline-runs-'));
  const registry: Trainers = new Map(Object.entries(trainers));
  const limits = { freeBytes: 0, ...options.limits };
  const open = () => new LocalExecutor({ files: memoryFiles(), trainers: registry, ...options, dataDir, limits });
  return {
    executor: open(),
    another: open,
    dataDir,
    folder: (attemptId) => path.join(dataDir, 'runs', attemptId),
    pass: (ms) => sleep(ms),
    close: async () => {
      const runs = path.join(dataDir, 'runs');
      const attempts = existsSync(runs) ? readdirSync(runs) : [];
      const left = attempts.flatMap((attempt) => markedProcesses(attempt));
      for (let looks = 0; looks < 200 && supervisorsOf(dataDir).length > 0; looks += 1) await sleep(25);
      left.push(...supervisorsOf(dataDir));
      rmSync(dataDir, { recursive: true, force: true });
      if (left.length > 0) throw new Error(`processes are left: ${left.join(', ')}`);
    },
  };
}

/** The processes that were called with a path below this folder (Linux only). */
function supervisorsOf(dataDir: string): number[] {
  const found = readdirSync('/proc').filter((name) => {
    try {
      return Number(name) > 0 && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`\0${dataDir}/runs/`);
    } catch {
      return false;
    }
  });
  return found.map(Number);
}

/** The processes that carry the mark of a run, found without the code under test (Linux only). */
export function markedProcesses(attemptId: string): number[] {
  return readdirSync('/proc')
    .filter((name) => Number(name) > 0)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`).toString().split('\0').includes(`PIPELINE_ATTEMPT=${attemptId}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}
