import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { EnvError } from '@/lib/env';
import type { SystemLimits } from './run-folder.ts';

/** A command that trains; accounts choose it by its name and cannot change it. */
export interface Trainer {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Set by `prlimit`, which then has to be installed. */
  readonly limits: SystemLimits;
}

export type Trainers = ReadonlyMap<string, Trainer>;

const ROOT = path.resolve(import.meta.dirname, '../../../..');

const TINY: Trainer = {
  // in one thread, because a Node that ends may wait for ever for one that compiles (nodejs/node, issue 54918)
  command: [process.execPath, '--single-threaded', path.join(ROOT, 'trainers/tiny/train.ts')],
  env: {},
  limits: {},
};

const limit = z.int('must be a whole number above 0').positive('must be a whole number above 0').max(1e9).optional();

const listed = z.record(
  z.string().regex(/^[a-z0-9][a-z0-9._-]{0,49}$/, 'must be a name of small letters, digits and . _ -'),
  z.strictObject({
    command: z
      .array(z.string().regex(/^[^\0]*$/, 'must not hold a NUL'), 'must be a list: the program, then its arguments')
      .min(1, 'must name a program')
      .max(100),
    env: z
      .record(
        z
          .string()
          .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a name of a variable')
          .refine((name) => !name.startsWith('PIPELINE_'), 'must not begin with PIPELINE_, which is ours'),
        z.string().regex(/^[^\0]*$/, 'must not hold a NUL'),
      )
      .default({}),
    limits: z.strictObject({ memory_mb: limit, file_mb: limit, open_files: limit, processes: limit }).default({}),
  }),
);

/** What names a file beside the list is meant from there: a run has a working directory of its own. */
function located(folder: string, [program = '', ...args]: readonly string[]): string[] {
  const besides = (word: string): string => {
    const file = path.resolve(folder, word);
    return !path.isAbsolute(word) && existsSync(file) ? file : word;
  };
  return [
    program.includes('/') ? besides(program) : program,
    ...args.map((word) => (word === '' ? word : besides(word))),
  ];
}

function parse(file: string): z.output<typeof listed> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new EnvError(`PIPELINE_TRAINERS: ${file} cannot be read as JSON (${(error as Error).message}).`);
  }
  const parsed = listed.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => {
    const names = issue.code === 'invalid_key' ? issue.issues.map(({ message }) => message).join(', ') : issue.message;
    return `PIPELINE_TRAINERS: ${file}: ${issue.path.join('.') || 'the list'}: ${names}.`;
  });
  throw new EnvError(faults.join('\n'));
}

/**
 * The trainers of this installation: the embedded one, and those of the JSON file that PIPELINE_TRAINERS names:
 * `{ "my-trainer": { "command": ["python3", "train.py"], "env": { "HF_HOME": "/models" } } }`.
 *
 * @throws EnvError with a sentence for each thing that is wrong with the file
 */
export function readTrainers(file: string | null): Trainers {
  const trainers = new Map<string, Trainer>([['tiny', TINY]]);
  if (file === null) return trainers;
  const folder = path.dirname(path.resolve(file));
  for (const [name, trainer] of Object.entries(parse(file))) {
    trainers.set(name, { ...trainer, command: located(folder, trainer.command) });
  }
  return trainers;
}
