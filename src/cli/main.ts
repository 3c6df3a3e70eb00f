import { Command, CommanderError } from 'commander';
import { CommandError } from '@/cli/command-error';
import { EmbeddedError } from '@/db/embedded/embedded-error';
import { UnreachableDatabaseError } from '@/db/installation';
import { LoginUrlError } from '@/db/logins';
import { EnvError } from '@/lib/env';
import { PipelineError } from '@/lib/errors';
import { hideSecrets } from '@/lib/log';
import { StartError } from '@/server/start-error';
import packageJson from '../../package.json' with { type: 'json' };

/** Each command is loaded only when it is named, so that a short one need not wait for a long one's libraries. */
const COMMANDS = {
  start: async () => (await import('@/cli/commands/start')).registerStart,
  worker: async () => (await import('@/cli/commands/worker')).registerWorker,
  migrate: async () => (await import('@/cli/commands/migrate')).registerMigrate,
  doctor: async () => (await import('@/cli/commands/doctor')).registerDoctor,
  db: async () => (await import('@/cli/commands/db')).registerDb,
  user: async () => (await import('@/cli/commands/user')).registerUser,
  token: async () => (await import('@/cli/commands/token')).registerToken,
  import: async () => (await import('@/cli/commands/import')).registerImport,
  dataset: async () => (await import('@/cli/commands/dataset')).registerDataset,
  prices: async () => (await import('@/cli/commands/prices')).registerPrices,
  estimates: async () => (await import('@/cli/commands/estimates')).registerEstimates,
} as const;

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

const isCommand = (name: string | undefined): name is keyof typeof COMMANDS => name !== undefined && name in COMMANDS;

/** Only the named command is needed to run it; all of them to list them. */
async function registerCommands(program: Command, named: string | undefined): Promise<void> {
  const wanted = isCommand(named) ? [COMMANDS[named]] : Object.values(COMMANDS);
  for (const load of wanted) (await load())(program);
}

/** Errors whose message is one sentence for the user. */
const FOR_USERS = [CommandError, EmbeddedError, EnvError, LoginUrlError, StartError, UnreachableDatabaseError];

/** What went wrong, for people; the whole of it only where somebody is looking for a fault. */
function explain(error: unknown): string {
  if (error instanceof PipelineError) return error.details;
  if (!(error instanceof Error)) return String(error);
  if (FOR_USERS.some((kind) => error instanceof kind)) return error.message;
  const isDebugging = process.env.PIPELINE_LOG_LEVEL === 'debug';
  const text = isDebugging ? (error.stack ?? error.message) : `${error.message} (PIPELINE_LOG_LEVEL=debug shows more)`;
  return String(hideSecrets(text));
}

function createProgram(): Command {
  return new Command('pipeline')
    .description(packageJson.description)
    .version(packageJson.version)
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)');
}

async function main(args: string[]): Promise<void> {
  const program = createProgram();
  try {
    await registerCommands(program, args[0]);
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
      return;
    }
    console.error(`pipeline: ${explain(error)}`);
    process.exitCode ||= EXIT_FAILURE;
  }
}

await main(process.argv.slice(2));
