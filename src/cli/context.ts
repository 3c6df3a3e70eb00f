import { CommandError } from '@/cli/command-error';
import { listenForSignals } from '@/cli/signals';
import { type Installation, openInstallation } from '@/db/installation';
import type { LoginUrls } from '@/db/logins';
import { migrate, pendingMigrations } from '@/db/migrate';
import { type Database, openDatabase } from '@/db/session';
import type { WorkQueue } from '@/domain/context';
import { type Clock, systemClock } from '@/lib/clock';
import { type Env, readEnv } from '@/lib/env';
import type { FileStore } from '@/lib/file-store';
import { createLogger, type Logger } from '@/lib/log';
import { openFiles } from '@/storage/open-files';
import { createWorkQueue } from '@/worker/work-queue';

/** What a command works with. */
export interface CommandCtx {
  env: Env;
  urls: LoginUrls;
  database: Database;
  /** Connects when something is sent. */
  queue: WorkQueue;
  files: FileStore;
  clock: Clock;
  log: Logger;
  /** Aborted by Ctrl-C: long work ends at its next good moment. */
  signal: AbortSignal;
}

/** After Ctrl-C the work gets this long to end by itself before the database is taken away from it. */
const GRACE_MS = 3000;
const POOL_SIZE = 4;

/** The environment and a logger for commands, which tell the user by other means and log only what is wrong. */
export function readCommandEnv(): { env: Env; log: Logger } {
  const env = readEnv(process.env);
  return { env, log: createLogger({ level: env.logLevel === 'info' ? 'warn' : env.logLevel }) };
}

/** A database of our own is brought up to date in passing; one that others may be using is not. */
async function requireMigrated({ urls, embedded }: Installation, log: Logger): Promise<void> {
  const pending = await pendingMigrations(urls.admin);
  if (pending.length === 0) return;
  if (embedded && !embedded.joined) {
    await migrate({ adminUrl: urls.admin, log });
    return;
  }
  throw new CommandError(
    `The database lacks ${pending.length} migration(s) of this version. Run \`npm run pipeline -- migrate\`, or restart the server.`,
  );
}

/** Runs work that Ctrl-C ends: in its own time while that is short, else by taking its result away. */
async function runUntilSignal<R>(work: (signal: AbortSignal, cut: Promise<never>) => Promise<R>): Promise<R> {
  const controller = new AbortController();
  const cut = Promise.withResolvers<never>();
  cut.promise.catch(() => undefined);
  const off = listenForSignals(
    () => {
      process.exitCode = 130;
      const error = new CommandError('Stopped.');
      controller.abort(error);
      setTimeout(() => cut.reject(error), GRACE_MS).unref();
    },
    () => process.exit(130),
  );
  try {
    return await work(controller.signal, cut.promise);
  } finally {
    off();
  }
}

/**
 * Runs `work` while the database is up, migrated or not: starts the embedded one or joins the running one, and leaves it
 * as it was found, also after Ctrl-C.
 */
export function withInstallation<R>(
  env: Env,
  log: Logger,
  work: (installation: Installation, signal: AbortSignal) => Promise<R>,
): Promise<R> {
  return runUntilSignal(async (signal, cut) => {
    const installation = await openInstallation(env, log);
    try {
      signal.throwIfAborted();
      return await Promise.race([work(installation, signal), cut]);
    } finally {
      await installation.leave();
    }
  });
}

/** Runs a command's work on the product's database, up and migrated, and leaves it as it was found. */
export async function withDatabase<R>(work: (ctx: CommandCtx) => Promise<R>): Promise<R> {
  const { env, log } = readCommandEnv();
  return withInstallation(env, log, async (installation, signal) => {
    await requireMigrated(installation, log);
    const { urls } = installation;
    const onIdleError = (error: Error) => log.warn({ error }, 'a connection to the database was lost');
    const database = openDatabase({ appUrl: urls.app, workerUrl: urls.worker, poolSize: POOL_SIZE, onIdleError });
    const { queue, stop } = createWorkQueue({ workerUrl: urls.worker, log });
    try {
      return await work({ env, urls, database, queue, files: openFiles(env), clock: systemClock, log, signal });
    } finally {
      await Promise.all([database.close(), stop()]);
    }
  });
}
