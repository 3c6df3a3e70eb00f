import { setTimeout as sleep } from 'node:timers/promises';
import { readDurability } from '@/db/durability';
import { type Installation, openInstallation } from '@/db/installation';
import { migrate } from '@/db/migrate';
import { type Database, openDatabase } from '@/db/session';
import type { Identity } from '@/identity/identity';
import { systemClock } from '@/lib/clock';
import type { Env } from '@/lib/env';
import type { Logger } from '@/lib/log';
import { openFiles } from '@/storage/open-files';
import { openWorker } from '@/worker/open-worker';
import { runOffer } from '@/worker/run-offer';
import { createWorkQueue } from '@/worker/work-queue';
import nextConfig from '../../next.config';
import packageJson from '../../package.json' with { type: 'json' };
import { startBackground } from './background';
import { buildPages, ROOT } from './build-pages';
import { layHandover } from './handover';
import { createHttpServer, type RequestHandler } from './http-server';
import { createRuntimeParts, openIdentity, type PartsOptions } from './parts';
import { PortTakenError, probePort } from './port';
import { createTasks, type TaskTools } from './tasks';

export interface ServerOptions {
  readonly env: Env;
  readonly log: Logger;
  /** Tells whoever started the server how far it is, a line at a time. */
  readonly say: (line: string) => void;
  /** Aborted when the start is to be given up. */
  readonly signal: AbortSignal;
}

export interface RunningServer {
  readonly url: string;
  readonly identity: Identity;
  /** Ends everything in order; never takes longer than about 9 s. */
  stop(): Promise<void>;
}

const GRACE = { requestsMs: 4000, tasksMs: 2500, poolsMs: 1000 } as const;
const POOL_SIZE = 10;

/** A port that is being given up this very moment (a restart) becomes free within this time. */
const PORT_PATIENCE_MS = 2000;

/** Finds out early, before anything slow is done, that the port cannot be had. */
async function requirePort(env: Env): Promise<void> {
  const end = performance.now() + PORT_PATIENCE_MS;
  for (;;) {
    try {
      return await probePort(env);
    } catch (error) {
      if (!(error instanceof PortTakenError) || performance.now() > end) throw error;
      await sleep(100);
    }
  }
}

async function warnIfForgetful(adminUrl: string, log: Logger): Promise<void> {
  for (const { setting, value } of await readDurability(adminUrl)) {
    log.error(
      `the database has ${setting}=${value}: a crash of its machine may lose or damage acknowledged data. Set it to on.`,
    );
  }
}

/** Starts Next over the built pages. Its own variable says whether it runs for real. */
async function startNext({ host, port }: Env): Promise<{ handle: RequestHandler; close(): Promise<void> }> {
  Object.assign(process.env, { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' });
  const { default: next } = await import('next');
  const app = next({ dev: false, dir: ROOT, hostname: host, port, conf: nextConfig });
  await app.prepare();
  const handler = app.getRequestHandler();
  return { handle: (request, response) => handler(request, response), close: () => app.close() };
}

async function openQueue({ urls }: Installation, { log }: ServerOptions, ends: AsyncDisposableStack) {
  const work = createWorkQueue({ workerUrl: urls.worker, log });
  ends.defer(() => work.stop());
  await work.start();
  return work;
}

async function openParts(
  { urls }: Installation,
  { env, log }: ServerOptions,
  { queue, files, isEnding }: TaskTools & { isEnding: () => boolean },
) {
  const onIdleError = (error: Error) => {
    if (!isEnding()) log.warn({ error }, 'a connection to the database was lost');
  };
  const database = openDatabase({ appUrl: urls.app, workerUrl: urls.worker, poolSize: POOL_SIZE, onIdleError });
  const options: PartsOptions = {
    env,
    database,
    queue,
    offer: runOffer(env),
    files,
    adminUrl: urls.admin,
    clock: systemClock,
    log,
    version: packageJson.version,
  };
  const identity = openIdentity(options);
  layHandover({ runtime: createRuntimeParts(options, identity), supabase: await identity.supabaseServerParts() });
  return { database, identity };
}

const closePools = (database: Database) =>
  Promise.race([database.close(), sleep(GRACE.poolsMs, undefined, { ref: false })]);

async function startAll(options: ServerOptions, ends: AsyncDisposableStack): Promise<RunningServer> {
  const { env, log, say, signal } = options;
  await requirePort(env);
  await buildPages(say, signal);
  const installation = await openInstallation(env, log);
  ends.defer(() => installation.leave());
  signal.throwIfAborted();
  await migrate({ adminUrl: installation.urls.admin, log });
  await warnIfForgetful(installation.urls.admin, log);
  let isEnding = false;
  const work = await openQueue(installation, options, ends);
  const tools: TaskTools = { queue: work.queue, files: openFiles(env), stuckMs: env.worker.stuckMs };
  const { database, identity } = await openParts(installation, options, { ...tools, isEnding: () => isEnding });
  ends.defer(() => closePools(database));
  const next = await startNext(env);
  ends.defer(() => next.close());
  signal.throwIfAborted();
  const ctx = { session: database.asService({ timeoutMs: 60_000 }), clock: systemClock, log };
  const background = await startBackground({
    workerUrl: installation.urls.worker,
    tasks: createTasks(identity, tools),
    ctx,
  });
  const clock = systemClock;
  const worker = env.worker.inServer ? openWorker({ env, database, work, files: tools.files, clock, log }) : null;
  const server = createHttpServer(env, next.handle, log);
  ends.defer(async () => {
    isEnding = true;
    await Promise.allSettled([
      server.stop(GRACE.requestsMs),
      background.stop(GRACE.tasksMs),
      worker?.stop(GRACE.tasksMs),
    ]);
  });
  await server.listen();
  return { url: env.publicUrl, identity, stop: () => ends.disposeAsync() };
}

/**
 * Starts the product: pages built, database up and migrated, routes, background loop, server. What was started is ended
 * again when a later step fails.
 * @throws StartError, EmbeddedError or LoginUrlError with a sentence for the user.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const ends = new AsyncDisposableStack();
  try {
    return await startAll(options, ends);
  } catch (error) {
    await ends.disposeAsync();
    throw error;
  }
}
