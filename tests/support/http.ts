import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Caller } from '@/db/session';
import type { RunOffer } from '@/domain/context';
import { clientAddress } from '@/http/address';
import { createLimiter } from '@/http/limiter';
import { provideRuntime, type RuntimeParts } from '@/http/runtime';
import { createIdentity, type Identity } from '@/identity/identity';
import { systemClock } from '@/lib/clock';
import { type Env, readEnv } from '@/lib/env';
import { createLogger } from '@/lib/log';
import { cookieHeaderOf, sessionCookie } from '@/lib/session-cookies';
import { provideSupabaseServer } from '@/lib/supabase-server';
import { createLocalFiles } from '@/storage/local-files';
import { createWorkQueue } from '@/worker/work-queue';
import { findRouteFiles, loadRoute } from '../../scripts/routes';
import { createTestDatabase, type TestDatabase } from './database';
import { type RunningServer, serveRoutes } from './serve-routes';

/** An account with a live session, and what a program and a browser would send for it. */
export interface TestCaller extends Caller {
  readonly email: string;
  /** Value of the header `Authorization`. */
  readonly bearer: string;
  /** Value of the header `Cookie`. */
  readonly cookie: string;
}

export interface TestServer {
  readonly url: string;
  readonly db: TestDatabase;
  readonly identity: Identity;
  /** The lines of the log so far, as objects. */
  readonly logged: Record<string, unknown>[];
  /** Sends a request to a path; with a caller, as that account by Bearer token. Redirects are not followed. */
  request(path: string, init?: RequestInit, caller?: TestCaller): Promise<Response>;
  /** The same for JSON both ways: `body` is sent as JSON where it is given, `form` as multipart/form-data. */
  json<T = unknown>(
    path: string,
    options?: {
      method?: string;
      body?: unknown;
      form?: FormData;
      caller?: TestCaller;
      headers?: Record<string, string>;
    },
  ): Promise<{ status: number; headers: Headers; body: T }>;
  createUser(email?: string): Promise<TestCaller>;
  close(): Promise<void>;
}

/** What a test may replace; a database handed in is left open by `close`. */
export type TestServerOptions = Partial<Omit<RuntimeParts, 'authenticate' | 'identityFetch'>> & {
  readonly db?: TestDatabase;
  readonly env?: Partial<Env>;
};

/** What test servers let their accounts run, unless a test says otherwise. */
export const TEST_OFFER: RunOffer = {
  trainers: ['tiny'],
  executors: ['local', 'simulated'],
  mostRunning: 4,
  mostQueued: 50,
};

let running = 0;

/**
 * Serves the real route handlers of src/app over real HTTP, on a real database and with real sign-in, without a build.
 * The parts of the process are global, so a test file runs one at a time.
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  if (running > 0) throw new Error('Close the running test server before another one starts.');
  running++;
  const { db: givenDb, env: givenEnv, ...replaced } = options;
  const db = givenDb ?? (await createTestDatabase());
  const served = await serveRoutes(findRouteFiles().map((file) => ({ ...file, load: () => loadRoute(file) })));
  const env = {
    ...readEnv({ PIPELINE_SIGNUP: 'open', PIPELINE_RATE_LIMIT: '1000000' }),
    publicUrl: served.url,
    ...givenEnv,
  };
  const logged: Record<string, unknown>[] = [];
  const log =
    replaced.log ??
    createLogger({ level: 'debug', destination: { write: (line) => void logged.push(JSON.parse(line)) } });
  const clock = replaced.clock ?? systemClock;
  const database = replaced.database ?? db.database;
  const identity = createIdentity({ service: database.asService(), clock, log, env, clientAddress });
  provideSupabaseServer(await identity.supabaseServerParts());
  const work = createWorkQueue({ workerUrl: db.workerUrl, log });
  const folder = await mkdtemp(path.join(tmpdir(), 'pipeline-files-'));
  provideRuntime({
    files: createLocalFiles(folder),
    limits: env.limits,
    queue: work.queue,
    offer: TEST_OFFER,
    countPendingMigrations: async () => 0,
    limiter: createLimiter({ multiplier: env.rateLimit }),
    publicHost: null,
    version: '0.0.0-test',
    ...replaced,
    database,
    clock,
    log,
    authenticate: identity.authenticate,
    identityFetch: identity.embedded?.fetch ?? null,
  });
  return {
    url: served.url,
    db,
    identity,
    logged,
    ...clientOf(served),
    createUser: (email) => signedIn(db, identity, env, email),
    async close() {
      await served.close();
      provideRuntime(null);
      provideSupabaseServer(null);
      await work.stop();
      await rm(folder, { recursive: true, force: true });
      if (!givenDb) await db.drop();
      running--;
    },
  };
}

function clientOf({ url }: RunningServer): Pick<TestServer, 'request' | 'json'> {
  const request: TestServer['request'] = (path, init = {}, caller) => {
    const headers = new Headers(init.headers);
    if (caller && !headers.has('authorization')) headers.set('authorization', caller.bearer);
    return fetch(url + path, { redirect: 'manual', ...init, headers });
  };
  const json: TestServer['json'] = async (path, { method = 'GET', body, form, caller, headers = {} } = {}) => {
    const sent = body === undefined ? { headers } : { headers: { 'content-type': 'application/json', ...headers } };
    const text = form ? { body: form } : body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await request(path, { method, ...sent, ...text }, caller);
    const received = await response.text();
    return { status: response.status, headers: response.headers, body: received === '' ? null : JSON.parse(received) };
  };
  return { request, json };
}

async function signedIn(
  db: TestDatabase,
  identity: Identity,
  env: Env,
  email = `${randomUUID()}@example.test`,
): Promise<TestCaller> {
  await db.admin.query('insert into auth.users (email, email_confirmed_at) values (lower($1), now())', [email]);
  const accounts = identity.embedded?.accounts;
  if (!accounts) throw new Error('test accounts are made where this installation signs people in itself');
  const session = await accounts.openSession(await accounts.find(email));
  const caller = await identity.verifyAccessToken(session.access_token);
  const cookie = cookieHeaderOf(session, sessionCookie(env.publicUrl).name);
  return { ...caller, email: email.toLowerCase(), bearer: `Bearer ${session.access_token}`, cookie };
}
