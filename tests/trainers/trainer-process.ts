import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

export type Line = Readonly<Record<string, unknown>>;

/** A trainer that has ended: what it reported, what it printed beside, and how it ended. */
export interface Ended {
  readonly reports: readonly Line[];
  readonly printed: readonly string[];
  readonly code: number | null;
  readonly signal: string | null;
}

const TRAINER = path.resolve('trainers/tiny/train.ts');
const PROGRESS_FD = 3;

const HYPERPARAMETERS = {
  learning_rate: 3e-3,
  per_device_train_batch_size: 4,
  gradient_accumulation_steps: 1,
  num_train_epochs: 1,
  r: 4,
  lora_alpha: 8,
  lora_dropout: 0,
  warmup_ratio: 0.1,
  weight_decay: 0,
  max_length: 64,
  packing: false,
  eval_steps: 1_000,
  save_steps: 1_000,
  seed: 42,
};

/** What an order of a test says otherwise than the ones before it. */
export interface Wishes {
  readonly hyperparameters?: Readonly<Record<string, unknown>>;
  readonly data?: { readonly path: string; readonly format: string; readonly validation_share?: number } | null;
  readonly total_steps?: number;
  readonly resume_from?: string;
  readonly base_model?: string;
}

/** A folder for one run, with its order; it is removed after the test. */
export function runFolder({ hyperparameters, data = null, ...wishes }: Wishes): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pipeline-trainer-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(path.join(folder, 'work'));
  const order = {
    job_id: 'a job',
    attempt_id: 'an attempt',
    base_model: 'pipeline/tiny-byte-lm',
    total_steps: null,
    resume_from: null,
    ...wishes,
    hyperparameters: { ...HYPERPARAMETERS, ...hyperparameters },
    dataset: data && { validation_share: 0, ...data },
    output_dir: path.join(folder, 'output'),
    checkpoint_dir: path.join(folder, 'checkpoints'),
  };
  writeFileSync(path.join(folder, 'work', 'order.json'), JSON.stringify(order));
  return folder;
}

/** Starts the trainer in a folder; `seen` is told each report as it comes, and may send the process a signal. */
export async function runTrainer(
  folder: string,
  { seen, marked = false }: { seen?: (report: Line, child: ChildProcess) => void; marked?: boolean } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [TRAINER], {
    cwd: path.join(folder, 'work'),
    env: { NODE_ENV: 'test', ...(marked ? {} : { PIPELINE_PROGRESS_FD: String(PROGRESS_FD) }) },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [reports, printed]: [Line[], string[]] = [[], []];
  const [, output, , progress] = child.stdio;
  if (output) createInterface({ input: output as NodeJS.ReadableStream }).on('line', (line) => printed.push(line));
  if (progress) {
    createInterface({ input: progress as NodeJS.ReadableStream }).on('line', (line) => {
      const report = JSON.parse(line) as Line;
      reports.push(report);
      seen?.(report, child);
    });
  }
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...end) => resolve(end));
  });
  return { reports, printed, code, signal };
}

/** The values of one field over all reports that have it. */
export const valuesOf = (reports: readonly Line[], field: string): unknown[] =>
  reports.flatMap((report) => (field in report ? [report[field]] : []));
