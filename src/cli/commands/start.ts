import type { Command } from 'commander';
import { CommandError } from '@/cli/command-error';
import { listenForSignals } from '@/cli/signals';
import { readEnv } from '@/lib/env';
import { createLogger, type Logger } from '@/lib/log';
import type { RunningServer } from '@/server/start-server';

/** An orderly stop ends well before; this is for the case that something hangs. */
const LAST_RESORT_MS = 9500;

const say = (line: string) => console.log(line);

/** Ends the process in order; a second signal, or a stop that hangs, ends it at once. */
function stopOnSignal(running: () => Promise<RunningServer | null>, cancel: AbortController): void {
  const stop = async () => {
    cancel.abort(new CommandError('Stopped.'));
    setTimeout(() => process.exit(1), LAST_RESORT_MS).unref();
    const server = await running();
    await server?.stop();
    process.exit(0);
  };
  listenForSignals(
    () => {
      say('Stopping …');
      void stop();
    },
    () => process.exit(1),
  );
  // our launcher is gone: nobody is left to pass signals on
  process.once('disconnect', () => void stop());
  process.channel?.unref();
}

/** A fault that nobody caught leaves the process in an unknown state: it ends, and the launcher starts a new one. */
function endOnFault(log: Logger): void {
  const end = (error: unknown) => {
    log.fatal({ error }, 'the server met a fault that nobody caught');
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

/** `pipeline start`: everything in one process. */
export function registerStart(program: Command): void {
  program
    .command('start')
    .description('start the product: database, pages, API and background work')
    .addHelpText(
      'after',
      `
Environment:
  HOST                     address to listen on (127.0.0.1)
  PORT                     port to listen on (3000)
  PIPELINE_DATA_DIR        folder for the embedded database (.pipeline)
  DATABASE_URL             a Postgres 15 or newer of your own, as administrator
  SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY
                           sign-in by a hosted Supabase project (with its DATABASE_URL)
  PIPELINE_SIGNUP          "open": everybody may sign up ("first": only the first person)
  PIPELINE_ALLOWED_HOSTS   further host names, separated by commas
  PIPELINE_TRUSTED_PROXIES addresses of reverse proxies, separated by commas
  PIPELINE_PUBLIC_URL      where people reach the product, if not at HOST and PORT
  PIPELINE_LOG_LEVEL       debug, info, warn, error or silent (info)
  PIPELINE_WORKER          "off": jobs are left to the command "worker" (on)
  PIPELINE_WORKER_SLOTS    runs at a time (1)
  PIPELINE_TRAINERS        a JSON file that lists further trainers
  PIPELINE_RATE_LIMIT      multiplies every limit of requests per time (1)`,
    )
    .action(async () => {
      // not before it is needed: a glance at --help should not load a server
      const [{ startServer }, { announce }] = await Promise.all([
        import('@/server/start-server'),
        import('@/server/announce'),
      ]);
      const env = readEnv(process.env);
      const log = createLogger({ level: env.logLevel });
      endOnFault(log);
      const cancel = new AbortController();
      const started = startServer({ env, log, say, signal: cancel.signal });
      stopOnSignal(() => started.catch(() => null), cancel);
      const server = await started;
      await announce(server, say);
      process.send?.('ready');
    });
}
