import { pendingMigrations } from '@/db/migrate';
import type { Database } from '@/db/session';
import type { RunOffer, WorkQueue } from '@/domain/context';
import { CLIENT_ADDRESS_HEADER, clientAddress } from '@/http/address';
import { createLimiter } from '@/http/limiter';
import type { RuntimeParts } from '@/http/runtime';
import { createIdentity, type Identity } from '@/identity/identity';
import type { Clock } from '@/lib/clock';
import type { Env } from '@/lib/env';
import type { FileStore } from '@/lib/file-store';
import type { Logger } from '@/lib/log';

export interface PartsOptions {
  readonly env: Env;
  readonly database: Database;
  readonly queue: WorkQueue;
  readonly offer: RunOffer;
  readonly files: FileStore;
  readonly adminUrl: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly version: string;
}

const LOOK_AGAIN_MS = 30_000;

/** Health asks every second, but a database only rarely loses migrations: one look at a time, each good for a while. */
function createPendingCounter(adminUrl: string, clock: Clock): () => Promise<number> {
  let latest: { at: number; count: Promise<number> } | undefined;
  return () => {
    const now = clock.monotonicMs();
    if (latest && now - latest.at < LOOK_AGAIN_MS) return latest.count;
    const count = pendingMigrations(adminUrl).then((pending) => pending.length);
    const look = { at: now, count };
    latest = look;
    // what failed or was incomplete is looked at again at once
    const forget = () => {
      if (latest === look) latest = undefined;
    };
    count.then((missing) => missing > 0 && forget(), forget);
    return count;
  };
}

/** Who signs people in, for this environment. */
export function openIdentity({ env, database, clock, log }: PartsOptions): Identity {
  return createIdentity({
    service: database.asService(),
    clock,
    log,
    env,
    clientAddress: (request) => (request.headers.has(CLIENT_ADDRESS_HEADER) ? clientAddress(request) : null),
  });
}

/** What every route uses, built once per process. */
export function createRuntimeParts(options: PartsOptions, identity: Identity): RuntimeParts {
  const { env, database, queue, offer, files, clock, log, version } = options;
  const { embedded } = identity;
  return {
    database,
    authenticate: identity.authenticate,
    identityFetch: embedded ? (request) => embedded.fetch(request) : null,
    countPendingMigrations: createPendingCounter(options.adminUrl, clock),
    clock,
    log,
    limiter: createLimiter({ multiplier: env.rateLimit }),
    queue,
    offer,
    files,
    limits: env.limits,
    publicHost: env.publicUrlGiven ? new URL(env.publicUrl).host : null,
    version,
  };
}
