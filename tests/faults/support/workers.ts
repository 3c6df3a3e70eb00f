import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { WorkerTimes } from '@/worker/worker-parts';
import type { TestDatabase } from '../../support/database';
import type { WorkerSettings } from './worker-process';

const PROGRAM = path.join(import.meta.dirname, 'worker-process.ts');
const TRAINER = path.join(import.meta.dirname, 'tick.sh');

/** A worker's process, and what it has logged. */
export interface WorkerProcess {
  readonly child: ChildProcess;
  log(): string;
  /** Resolves when it is gone. */
  readonly gone: Promise<void>;
}

/** How a run of the trainer went: by its journal, and by what it wrote itself. */
export interface RunRecord {
  readonly attemptId: string;
  /** By the journal, ms since 1970; null where the command never began. */
  readonly startedAt: number | null;
  readonly endedAt: number;
  readonly reason: string;
  /** By the run itself; more than one start would be a run that was started twice. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** A folder of runs, and the workers on it. */
export function createYard(db: TestDatabase, times: WorkerTimes, slots: number) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pipeline-yard-'));
  const logs = path.join(folder, 'logs');
  const runs = path.join(folder, 'runs');
  const trainersFile = path.join(folder, 'trainers.json');
  mkdirSync(logs);
  mkdirSync(runs);
  const tick = { command: ['sh', TRAINER], env: { RUN_LOG_FOLDER: logs } };
  writeFileSync(trainersFile, JSON.stringify({ tick }));
  const { appUrl, workerUrl } = db;
  const settings: WorkerSettings = { appUrl, workerUrl, dataDir: folder, trainersFile, slots, times };
  const workers = new Set<WorkerProcess>();

  /** Resolves when it has begun to work. */
  async function startWorker(): Promise<WorkerProcess> {
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), PROGRAM, JSON.stringify(settings)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let text = '';
    child.stderr?.on('data', (chunk) => {
      text += chunk;
    });
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const worker = { child, gone, log: () => text };
    workers.add(worker);
    void gone.then(() => workers.delete(worker));
    const begun = new Promise<void>((resolve) => child.once('message', () => resolve()));
    await Promise.race([begun, gone.then(() => Promise.reject(new Error(`no worker began:\n${text}`)))]);
    return worker;
  }

  const lines = (attemptId: string): [string, number][] => {
    try {
      const text = readFileSync(path.join(logs, attemptId), 'utf8');
      return [...text.matchAll(/^(start|end) (\d+)$/gm)].map(([, word = '', at]) => [word, Number(at)]);
    } catch {
      return [];
    }
  };

  return {
    startWorker,
    /** How every run that was ordered went. */
    records: (): RunRecord[] =>
      readdirSync(runs)
        .filter((name) => !name.startsWith('.'))
        .map((attemptId) => {
          const end = JSON.parse(readFileSync(path.join(runs, attemptId, 'end.json'), 'utf8'));
          const told = lines(attemptId);
          const of = (word: string) => told.filter(([is]) => is === word).map(([, at]) => at);
          return {
            attemptId,
            startedAt: end.startedAt,
            endedAt: end.at,
            reason: end.reason,
            starts: of('start'),
            ends: of('end'),
          };
        }),
    /** The process that watches a run. */
    supervisorOf: (attemptId: string): number | null => {
      const text = readFileSync(path.join(runs, attemptId, 'journal.jsonl'), 'utf8');
      const [first] = text.split('\n');
      return first ? (JSON.parse(first).pid ?? null) : null;
    },
    /** Processes that belong to runs of this yard: what trains, and what watches. */
    processes: (): string[] => readdirSync('/proc').flatMap((pid) => describeOf(pid, folder)),
    async stop(): Promise<void> {
      for (const { child } of workers) child.kill('SIGKILL');
      await Promise.all([...workers].map(({ gone }) => gone));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type Yard = ReturnType<typeof createYard>;

/** A process that was started for a run below this folder: its number and its command; of any other nothing. */
function describeOf(pid: string, folder: string): string[] {
  if (!/^\d+$/.test(pid)) return [];
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
    const isOurs = command.includes(`${folder}/runs/`) || environment.includes(`RUN_LOG_FOLDER=${folder}/`);
    return isOurs ? [`${pid} ${command}`] : [];
  } catch {
    return []; // gone meanwhile
  }
}
