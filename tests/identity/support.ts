import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { createTestDatabase, type TestDatabase } from '@tests/support/database';
import { createIdentity, type EmbeddedIdentity, type Identity, type IdentityEnv } from '@/identity/identity';
import type { Clock } from '@/lib/clock';
import { createLogger } from '@/lib/log';

export const PASSWORD = 'correct horse battery';

/** The real clock, moved by hand. */
export interface MovableClock extends Clock {
  advance(ms: number): void;
}

export function movableClock(): MovableClock {
  let offset = 0;
  return {
    now: () => new Date(Date.now() + offset),
    monotonicMs: () => performance.now() + offset,
    advance: (ms) => {
      offset += ms;
    },
  };
}

export const identityEnv = (overrides: Partial<IdentityEnv> = {}): IdentityEnv => ({
  supabase: null,
  signup: 'open',
  host: '127.0.0.1',
  publicUrl: 'http://localhost:3000',
  publicUrlGiven: false,
  allowedHosts: [],
  rateLimit: 1,
  ...overrides,
});

export interface AuthServer {
  readonly url: string;
  readonly db: TestDatabase;
  readonly clock: MovableClock;
  readonly identity: Identity;
  readonly embedded: EmbeddedIdentity;
  readonly logged: Record<string, unknown>[];
  /** The unmodified client, without a memory of its own beyond its life. */
  client(): Promise<SupabaseClient>;
  /** Like another process on the same database. */
  another(env?: Partial<IdentityEnv>): EmbeddedIdentity;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

/** Which address a test's request pretends to come from. */
export const FROM = 'x-test-address';

function embeddedOf({ embedded }: Identity): EmbeddedIdentity {
  if (!embedded) throw new Error('not the embedded mode');
  return embedded;
}

/** Serves a handler of Web requests over real HTTP. */
export async function serveFetch(answer: (request: Request) => Promise<Response>) {
  const server = createServer(async (incoming, outgoing) => {
    const bodiless = incoming.method === 'GET' || incoming.method === 'HEAD';
    const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
      method: incoming.method ?? 'GET',
      headers: incoming.headers as Record<string, string>,
      body: bodiless ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>),
      duplex: 'half',
    } as RequestInit);
    const response = await answer(request);
    outgoing.writeHead(response.status, [...response.headers].flat());
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** A database of its own and the embedded endpoints over real HTTP. */
export async function startAuth(overrides: Partial<IdentityEnv> = {}): Promise<AuthServer> {
  const db = await createTestDatabase();
  const clock = movableClock();
  const logged: Record<string, unknown>[] = [];
  const log = createLogger({ level: 'info', destination: { write: (line) => void logged.push(JSON.parse(line)) } });
  const create = (env: Partial<IdentityEnv>) =>
    createIdentity({
      service: db.database.asService(),
      clock,
      log,
      env: identityEnv({ ...overrides, ...env }),
      clientAddress: (request) => request.headers.get(FROM),
    });
  const identity = create({});
  const embedded = embeddedOf(identity);
  const served = await serveFetch((request) => embedded.fetch(request));
  return {
    url: served.url,
    db,
    clock,
    identity,
    embedded,
    logged,
    client: async () =>
      createClient(served.url, await identity.publishableKey(), {
        auth: { autoRefreshToken: false, persistSession: false },
      }),
    another: (env = {}) => embeddedOf(create(env)),
    post: (path, body, headers = {}) =>
      fetch(`${served.url}/auth/v1${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-supabase-api-version': '2024-01-01', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    close: async () => {
      await served.close();
      await db.drop();
    },
  };
}

let count = 0;
export const newEmail = (): string => `person${++count}@example.test`;
