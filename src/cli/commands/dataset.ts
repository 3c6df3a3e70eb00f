import path from 'node:path';
import { addAbortSignal } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { type CallerCtx, callerCtx } from '@/cli/caller-ctx';
import { CommandError } from '@/cli/command-error';
import { type CommandCtx, withDatabase } from '@/cli/context';
import { describeDataset, listDatasetLines } from '@/cli/dataset-report';
import { type InputFile, openInputFile } from '@/cli/input-file';
import { Progress } from '@/cli/progress';
import { addDataset } from '@/domain/datasets/add-dataset';
import { listDatasets } from '@/domain/datasets/list-datasets';
import { readDataset } from '@/domain/datasets/read-dataset';
import { type Dataset, type DatasetAdded, type DatasetAnswer, uploadFields } from '@/domain/datasets/schema';
import { DEFAULT_TOKENIZER, TOKENIZER_NAMES } from '@/domain/datasets/tokenizers';
import { validateDataset } from '@/domain/datasets/validate-dataset';
import { systemClock } from '@/lib/clock';
import { formatBytes } from '@/lib/format';

interface AddFlags {
  user?: string;
  name?: string;
  tokenizer: string;
  validationShare?: string;
  json?: boolean;
}

const EXIT_INVALID = 1;
const LOOK_EVERY_MS = 250;
const WRITE_TIMEOUT_MS = 60_000;

/** `pipeline dataset add FILE` and `pipeline dataset list`. */
export function registerDataset(program: Command): void {
  const command = program.command('dataset').description('training data: add a file, or list what is there');
  command
    .command('add')
    .description('add a file of training examples and validate it')
    .argument('<file>', 'JSON Lines, gzip too; "-" for the standard input')
    .option('--user <user>', 'whose it will be: e-mail, id or alias (default: the only account)')
    .option('--name <name>', 'default: the name of the file')
    .addOption(
      new Option('--tokenizer <name>', 'what tokens are counted by')
        .choices(TOKENIZER_NAMES)
        .default(DEFAULT_TOKENIZER),
    )
    .option('--validation-share <share>', 'share of rows kept from training, 0 to 0.5')
    .option('--json', 'print the dataset as JSON')
    .addHelpText('after', HELP)
    .action((file: string, flags: AddFlags) => add(file, flags));
  command
    .command('list')
    .description('list datasets, newest first')
    .option('--user <user>', 'whose: e-mail, id or alias (default: the only account)')
    .option('--json', 'print them as JSON')
    .action((flags: { user?: string; json?: boolean }) => list(flags));
}

const HELP = `
Each line is one JSON object: {"messages": […]}, {"conversations": […]}, {"instruction", "input", "output"},
{"prompt", "completion"} or {"text"}. The same file with the same tokenizer is added once.

Exit codes: 0 the dataset can be trained on, 1 it cannot.`;

async function add(file: string, flags: AddFlags): Promise<void> {
  const fields = readFields(flags);
  const input = await openInputFile(file);
  const progress = new Progress(process.stderr, systemClock);
  try {
    await withDatabase(async (command) => {
      const ctx = await callerCtx(command, flags.user);
      addAbortSignal(command.signal, input.stream);
      const fileName = file === '-' ? 'standard input' : path.basename(file);
      const added = await send(ctx, { ...input, fileName, fields }, progress);
      const dataset = await validate(command, ctx, added, progress);
      progress.end();
      const { already_there } = added;
      console.log(flags.json ? JSON.stringify({ ...dataset, already_there }) : describeDataset(dataset, already_there));
      if (dataset.status === 'invalid') process.exitCode = EXIT_INVALID;
    });
  } finally {
    progress.end();
    input.stream.destroy();
  }
}

function readFields({ name, tokenizer, validationShare }: AddFlags) {
  const result = uploadFields.safeParse({ name, tokenizer, validation_share: validationShare });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new CommandError(`--${String(issue?.path[0] ?? '').replace('_', '-')}: ${issue?.message}.`);
}

type Sent = InputFile & { readonly fileName: string; readonly fields: ReturnType<typeof readFields> };

/** The same verb as behind the API, over a file of this machine; whoever is at the machine is held to the same limits. */
function send(ctx: CallerCtx, { stream, size, fileName, fields }: Sent, progress: Progress): Promise<DatasetAdded> {
  const most = ctx.limits.uploadBytes;
  async function* content() {
    let bytes = 0;
    for await (const chunk of stream) {
      bytes += (chunk as Uint8Array).byteLength;
      if (bytes > most)
        throw new CommandError(`The file has more than ${formatBytes(most)}: raise PIPELINE_MAX_UPLOAD_MB.`);
      progress.show({ label: 'Storing   ', done: bytes, total: size });
      yield chunk as Uint8Array;
    }
  }
  const upload = { fileName, announcedBytes: size, content: content(), fields: async () => fields };
  return addDataset(ctx, { upload });
}

/** Validates here and now, so that no server need run; where one does, its worker finds nothing left to do. */
async function validate(
  { database, files, clock, log, signal }: CommandCtx,
  ctx: CallerCtx,
  { id }: Dataset,
  progress: Progress,
): Promise<DatasetAnswer> {
  const system = { session: database.asService({ timeoutMs: WRITE_TIMEOUT_MS }), files, clock, log };
  let isDone = false;
  const work = validateDataset(system, id).finally(() => {
    isDone = true;
  });
  work.catch(() => undefined); // awaited below; a look at the row may fail first
  while (!isDone && !signal.aborted) {
    await Promise.race([work, sleep(LOOK_EVERY_MS)]);
    if (isDone) break;
    const { bytes_read, bytes, rows_total } = await readDataset(ctx, { id });
    progress.show({
      label: 'Validating',
      done: bytes_read,
      total: bytes,
      note: `${(rows_total ?? 0).toLocaleString('en-US')} rows`,
    });
  }
  if (signal.aborted) throw signal.reason;
  await work;
  return readDataset(ctx, { id });
}

async function list({ user, json }: { user?: string; json?: boolean }): Promise<void> {
  await withDatabase(async (command) => {
    const ctx = await callerCtx(command, user);
    const datasets: Dataset[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await listDatasets(ctx, { limit: 100, cursor });
      datasets.push(...page.datasets);
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
    }
    console.log(json ? JSON.stringify({ datasets }) : listDatasetLines(datasets));
  });
}
