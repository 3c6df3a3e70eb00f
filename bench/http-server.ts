// A process of its own, started by the bench: the product's server in front of the bench's pages, whose routes are the
// product's and two that do nothing. Tells where it listens and the tokens of the accounts it was given.
import path from 'node:path';
import { loginUrls } from '@/db/logins';
import { openDatabase } from '@/db/session';
import { systemClock } from '@/lib/clock';
import { readEnv } from '@/lib/env';
import { createLogger } from '@/lib/log';
import { layHandover } from '@/server/handover';
import { createHttpServer } from '@/server/http-server';
import { createRuntimeParts, openIdentity, type PartsOptions } from '@/server/parts';
import { openFiles } from '@/storage/open-files';
import { runOffer } from '@/worker/run-offer';
import { createWorkQueue } from '@/worker/work-queue';
import nextConfig from '../next.config';
import { benchClock } from './accounts';

/** What the bench is told once requests are answered. */
export interface Listening {
  readonly url: string;
  /** Access tokens, in the order of the accounts that were given. */
  readonly tokens: readonly string[];
}

const PAGES = path.join(import.meta.dirname, 'pages');
/** As many connections as the product has. */
const POOL_SIZE = 10;

async function listen(accounts: readonly string[]): Promise<Listening> {
  const env = readEnv(process.env);
  const adminUrl = env.databaseUrl ?? '';
  const { app: appUrl, worker: workerUrl } = loginUrls(adminUrl);
  const log = createLogger({ level: 'warn' });
  const database = openDatabase({ appUrl, workerUrl, poolSize: POOL_SIZE });
  const { queue } = createWorkQueue({ workerUrl, log });
  const offer = runOffer(env);
  const options: PartsOptions = {
    env,
    database,
    queue,
    offer,
    files: openFiles(env),
    adminUrl,
    clock: systemClock,
    log,
    version: 'bench',
  };
  const identity = openIdentity(options);
  // who is calling is judged by the time it is; what is asked for, at the moment at which the bench asks
  const runtime = createRuntimeParts({ ...options, clock: benchClock }, identity);
  layHandover({ runtime, supabase: await identity.supabaseServerParts() });
  const { default: next } = await import('next');
  const pages = next({ dev: false, dir: PAGES, hostname: env.host, port: env.port, conf: nextConfig });
  await pages.prepare();
  const handler = pages.getRequestHandler();
  await createHttpServer(env, (request, response) => handler(request, response), log).listen();
  const desk = identity.embedded?.accounts;
  if (!desk) throw new Error('the bench signs in by itself');
  const sessions = await Promise.all(accounts.map(async (id) => desk.openSession(await desk.find(id))));
  return { url: env.publicUrl, tokens: sessions.map((session) => session.access_token) };
}

process.once('disconnect', () => process.exit());
process.send?.(await listen(process.argv.slice(2)));
