import path from 'node:path';
import { addAbortSignal } from 'node:stream';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { withDatabase } from '@/cli/context';
import { describeImport, importToJson } from '@/cli/import-report';
import { type InputFile, openInputFile } from '@/cli/input-file';
import { Progress } from '@/cli/progress';
import { COLUMNS, type ImportKind } from '@/domain/imports/columns';
import { IMPORT_TIMEOUT_MS, type ImportProgress, type ImportReport, importFile } from '@/domain/imports/import-file';
import { type ImportRequest, parseRequest } from '@/domain/imports/schema';
import { systemClock } from '@/lib/clock';

type Pair = [string, string];

interface Flags {
  format?: 'csv' | 'jsonl';
  source?: string;
  map?: Pair[];
  set?: Pair[];
  bucket?: 'quarter' | 'hour' | 'day';
  createUsers?: boolean;
  skipBad?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

const EXIT_REFUSED = 1;

const ABOUT: Record<ImportKind, string> = {
  usage: 'measured use with a unit price; the charges are computed, exactly, per quarter-hour',
  charges: 'charges that have been computed elsewhere',
};

/** `pipeline import usage FILE` and `pipeline import charges FILE`. */
export function registerImport(program: Command): void {
  const command = program.command('import').description('bring usage or charges from elsewhere into the ledger');
  for (const kind of ['usage', 'charges'] as const) registerKind(command, kind);
}

function registerKind(parent: Command, kind: ImportKind): void {
  const command = parent
    .command(kind)
    .description(ABOUT[kind])
    .argument('<file>', 'CSV with a header, or JSON Lines; gzip too; "-" for the standard input')
    .addOption(new Option('--format <format>', 'default: by the name, else by the content').choices(['csv', 'jsonl']))
    .option('--source <name>', 'where the ids come from; an id is known within its source', kind)
    .option('--map <theirs=ours>', 'read our column from theirs (repeatable)', collect(splitMap))
    .option('--set <column=value>', 'give every line this value (repeatable)', collect(splitSet))
    .option('--create-users', 'make accounts that are missing, without a password')
    .option('--skip-bad', 'import the good lines although others are bad')
    .option('--dry-run', 'check everything and change nothing')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', helpText(kind))
    .action((file: string, flags: Flags) => runImport(kind, file, flags));
  if (kind === 'usage') {
    const bucket = new Option('--bucket <size>', 'how finely time is cut').choices(['quarter', 'hour', 'day']);
    command.addOption(bucket.default('quarter'));
  }
}

const helpText = (kind: ImportKind): string => `
Columns: ${COLUMNS[kind].join(', ')}
A user is an e-mail, an id, or else an alias of an account without a password. Amounts are plain decimals, times are
ISO 8601 with an offset (a date alone is its midnight in UTC). Posting a line again changes nothing; a line with a
known id and other content is refused. An import that was interrupted is finished by the same command.

Example: pipeline import ${kind} examples/${kind}.csv --set user=you@example.com`;

const collect =
  (split: (text: string) => Pair) =>
  (text: string, before: Pair[] | undefined): Pair[] => [...(before ?? []), split(text)];

/** Their name may hold an equals sign, ours does not. */
function splitMap(text: string): Pair {
  const at = text.lastIndexOf('=');
  if (at <= 0 || at === text.length - 1) throw new InvalidArgumentError('Write theirs=ours, like job_id=external_id.');
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

function splitSet(text: string): Pair {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('Write column=value, like unit_price=1.89.');
  return [text.slice(0, at).trim(), text.slice(at + 1)];
}

async function runImport(kind: ImportKind, file: string, flags: Flags): Promise<void> {
  const { json, ...options } = flags;
  const request: ImportRequest = { kind, fileName: file === '-' ? 'standard input' : path.basename(file), ...options };
  parseRequest(request);
  const input = await openInputFile(file);
  try {
    const started = systemClock.monotonicMs();
    const report = await importWithProgress(request, input);
    const seconds = (systemClock.monotonicMs() - started) / 1000;
    const run = { seconds, peakBytes: process.resourceUsage().maxRSS * 1024 };
    console.log(json ? JSON.stringify(importToJson(report, run)) : describeImport(report, run));
    if (report.outcome === 'refused' || (flags.dryRun && report.badLines > 0)) process.exitCode = EXIT_REFUSED;
  } finally {
    input.stream.destroy();
  }
}

async function importWithProgress(request: ImportRequest, input: InputFile): Promise<ImportReport> {
  const progress = new Progress(process.stderr, systemClock);
  let last: ImportProgress | null = null;
  let bytesRead = 0;
  async function* counted() {
    for await (const piece of input.stream) {
      bytesRead += piece.length;
      yield piece as Uint8Array;
    }
  }
  try {
    return await withDatabase(async ({ database, clock, log, signal }) => {
      addAbortSignal(signal, input.stream);
      const ctx = { session: database.asService({ timeoutMs: IMPORT_TIMEOUT_MS }), clock, log };
      try {
        return await importFile(ctx, request, counted(), {
          signal,
          onProgress: (step) => {
            last = step;
            show(progress, step, bytesRead, input.size);
          },
        });
      } catch (error) {
        throw signal.aborted ? signal.reason : error;
      }
    });
  } catch (error) {
    progress.end();
    if (isPosting(last)) console.error('Some lines are posted already. The same command posts the rest.');
    throw error;
  } finally {
    progress.end();
  }
}

const isPosting = (step: ImportProgress | null): boolean => step?.phase === 'posting' || step?.phase === 'resuming';

const count = (n: number): string => n.toLocaleString('en-US');

function show(progress: Progress, step: ImportProgress, bytesRead: number, size: number | null): void {
  switch (step.phase) {
    case 'waiting':
      progress.show({ label: 'Waiting for another import of this source', done: 0, total: null });
      break;
    case 'reading':
      progress.show({ label: 'Reading ', done: bytesRead, total: size, note: `${count(step.lines)} lines` });
      break;
    case 'checking':
      progress.show({ label: 'Checking', done: 0, total: null, note: `${count(step.lines)} lines` });
      break;
    case 'resuming':
    case 'posting': {
      const label = step.phase === 'posting' ? 'Posting ' : `Finishing ${step.fileName}`;
      progress.show({
        label,
        done: step.lines,
        total: step.of,
        note: `${count(step.lines)} of ${count(step.of)} lines`,
      });
      break;
    }
  }
}
