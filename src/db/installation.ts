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

/**
 * Starts or joins the embedded Postgres, unless the environment names a database of its own.
 * @throws EmbeddedError or LoginUrlError with a sentence for the user.
 */
export async function openInstallation(
  env: Pick<Env, 'databaseUrl' | 'dataDir' | 'supabase'>,
  log: Logger,
): Promise<Installation> {
  if (env.databaseUrl !== null) {
    const urls = loginUrls(env.databaseUrl, { ownerIsAdmin: env.supabase !== null });
    return { urls, embedded: null, leave: async () => undefined };
  }
  const embedded = await startEmbedded({ dataDir: env.dataDir, log });
  return { urls: loginUrls(embedded.adminUrl), embedded, leave: () => embedded.stop() };
}
