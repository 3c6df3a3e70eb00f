import pg from 'pg';
import { type EmbeddedPostgres, startEmbedded } from '@/db/embedded/start-embedded';
import { type LoginUrls, loginUrls } from '@/db/logins';
import type { Env } from '@/lib/env';
import type { Logger } from '@/lib/log';

/** The database that the environment names, up and reachable. */
export interface Installation {
  urls: LoginUrls;
  /** The embedded server, or null where DATABASE_URL names another. */
  embedded: EmbeddedPostgres | null;
  /** Leaves the embedded server, which stops it where nobody else uses it. */
  leave(): Promise<void>;
}

/** The database that DATABASE_URL names does not let us in; the message is for the user. */
export class UnreachableDatabaseError extends Error {
  override readonly name = 'UnreachableDatabaseError';
}

const CONNECT_TIMEOUT_MS = 10_000;

/** Node gives several failures (one for each address of a name) as one without a text. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** @throws UnreachableDatabaseError unless a connection can be made. */
async function requireReachable(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new UnreachableDatabaseError(
      `The database of DATABASE_URL cannot be reached (${reasonOf(error)}). Check the address, and that the server runs and lets this machine in.`,
      { cause: error },
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Starts or joins the embedded Postgres, unless the environment names a database of its own.
 * @throws EmbeddedError, LoginUrlError or UnreachableDatabaseError with a sentence for the user.
 */
export async function openInstallation(
  env: Pick<Env, 'databaseUrl' | 'dataDir' | 'supabase'>,
  log: Logger,
): Promise<Installation> {
  if (env.databaseUrl !== null) {
    const urls = loginUrls(env.databaseUrl, { ownerIsAdmin: env.supabase !== null });
    await requireReachable(urls.admin);
    return { urls, embedded: null, leave: async () => undefined };
  }
  const embedded = await startEmbedded({ dataDir: env.dataDir, log });
  return { urls: loginUrls(embedded.adminUrl), embedded, leave: () => embedded.stop() };
}
