import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { TestDatabase } from '@tests/support/database';
import type { SystemCtx } from '@/domain/context';
import { IMPORT_TIMEOUT_MS, type ImportOptions, type ImportReport, importFile } from '@/domain/imports/import-file';
import type { ImportRequest } from '@/domain/imports/schema';
import { systemClock } from '@/lib/clock';
import { createLogger } from '@/lib/log';

export const ROOT = path.resolve(import.meta.dirname, '../..');

const DATA = path.resolve(process.env.PIPELINE_TEST_DATA ?? '../shared/data');

/** A file of the real data sets. */
export const dataFile = (name: string): string => path.join(DATA, name);

/** Why a test of real data is skipped, or null where the file is there. */
export const whyWithout = (name: string): string | null =>
  existsSync(dataFile(name)) ? null : `skipped: ${name} is not there; PIPELINE_TEST_DATA names the folder that has it`;

export const contextOf = (db: TestDatabase): SystemCtx => ({
  session: db.database.asService({ timeoutMs: IMPORT_TIMEOUT_MS }),
  clock: systemClock,
  log: createLogger({ level: 'silent' }),
});

/** A text or bytes as they come from a file, in pieces. */
export async function* inPieces(content: string | Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content as string);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

type Request = Partial<ImportRequest> & Pick<ImportRequest, 'kind'>;

/** Imports a text as the command would. */
export function importText(
  db: TestDatabase,
  request: Request,
  content: string | Uint8Array,
  options?: ImportOptions,
): Promise<ImportReport> {
  return importFile(contextOf(db), { fileName: 'test', ...request }, inPieces(content), options);
}

/** Everything that an import can change, as text: equal texts mean that nothing has changed. */
export async function stateOf(db: TestDatabase): Promise<string> {
  const tables = [
    'auth.users',
    'lora_accounts',
    'lora_training_jobs',
    'lora_cost_records',
    'lora_cost_state',
    'lora_cost_days',
    'lora_cost_quarters',
    'lora_cost_job_days',
    'lora_cost_job_life',
    'lora_import_items',
    'lora_import_lines',
    'lora_import_accounts',
  ];
  const parts = await Promise.all(
    tables.map(async (table) => {
      const { rows } = await db.admin.query<{ digest: string }>(
        `select count(*) || ' ' || coalesce(md5(string_agg(t::text, e'\\n' order by t::text)), '') as digest from ${table} t`,
      );
      return `${table}: ${rows[0]?.digest}`;
    }),
  );
  return parts.join('\n');
}

export const rowsOf = async <Row extends object>(
  db: TestDatabase,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> => (await db.admin.query<Row>(sql, values)).rows;

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

export interface RunningCommand {
  child: ChildProcess;
  /** What it has written to the standard error so far. */
  err(): string;
  ended: Promise<Outcome>;
}

/** Starts `pipeline …` on a database, without the launcher in between, so that a signal reaches the work itself. */
export function startPipeline(
  db: TestDatabase,
  args: string[],
  stdin: string | Uint8Array = '',
  options: { keepOpen?: boolean; nodeOptions?: string } = {},
): RunningCommand {
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(ROOT, 'src/cli/main.ts'), ...args], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATABASE_URL: db.adminUrl,
      NODE_OPTIONS: options.nodeOptions ?? '',
    } as unknown as NodeJS.ProcessEnv,
    stdio: 'pipe',
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk));
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk));
  child.stdin.on('error', () => undefined); // it may end before it has read everything
  if (options.keepOpen) child.stdin.write(stdin);
  else child.stdin.end(stdin);
  const ended = new Promise<Outcome>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal, ...text })),
  );
  return { child, err: () => text.err, ended };
}

export const pipeline = (
  db: TestDatabase,
  args: string[],
  stdin?: string | Uint8Array,
  options?: { nodeOptions?: string },
): Promise<Outcome> => startPipeline(db, args, stdin, options).ended;
