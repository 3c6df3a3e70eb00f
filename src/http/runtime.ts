import type { Caller, Database } from '@/db/session';
import type { RunOffer, StorageLimits, WorkQueue } from '@/domain/context';
import type { Limiter } from '@/http/limiter';
import type { Clock } from '@/lib/clock';
import type { FileStore } from '@/lib/file-store';
import type { Logger } from '@/lib/log';

/** Who sent a request; `caller` is null where it brought no credential at all. */
export type Authentication = {
  readonly caller: Caller | null;
  /** Complete `Set-Cookie` values, for example of a session that was refreshed on the way. */
  readonly setCookies: readonly string[];
};

/** What the process builds once at its start, and every route uses. */
export type RuntimeParts = {
  readonly database: Database;
  /** Bearer before cookie; throws `unauthenticated` for a credential that is not valid, `unavailable` where it cannot be checked. */
  authenticate(request: Request): Promise<Authentication>;
  /** The embedded `/auth/v1` endpoints; null where hosted Supabase signs people in. */
  readonly identityFetch: ((request: Request) => Promise<Response>) | null;
  /** How many migrations of this build the database does not have yet; throws where the database is away. */
  countPendingMigrations(): Promise<number>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limiter: Limiter;
  readonly queue: WorkQueue;
  readonly files: FileStore;
  readonly limits: StorageLimits;
  readonly offer: RunOffer;
  /** Host (with port) under which people reach the product where a proxy hides it from the Host header, else null. */
  readonly publicHost: string | null;
  readonly version: string;
};

// Next bundles the routes apart from the server's own modules, so a variable of this module would exist twice.
const place = Symbol.for('pipeline.runtime');
type Holder = { [place]?: RuntimeParts };

/** Hands the process's parts to the routes; called once at start, before the first request. Null takes them away. */
export function provideRuntime(parts: RuntimeParts | null): void {
  (globalThis as Holder)[place] = parts ?? undefined;
}

/** The process's parts; throws where nothing was provided, which is a fault of the start, never of a request. */
export function runtime(): RuntimeParts {
  const parts = (globalThis as Holder)[place];
  if (!parts) throw new Error('The routes were reached before provideRuntime() was called.');
  return parts;
}
