import { type RuntimeParts, runtime } from '@/http/runtime';
import { unavailable } from '@/lib/errors';

/** Whether requests can be served: the database answers, and it has every migration of this build. */
export type Readiness = { readonly database: boolean; readonly migrations: boolean };

const PATIENCE_MS = 2_500;
const KEPT_MS = 1_000;

let latest: { parts: RuntimeParts; askedAtMs: number; answer: Promise<Readiness> } | null = null;

/**
 * Asks the database at most once a second, however many ask us, and says "no" after 2.5 s without an answer,
 * so that a probe hears back within 3 s in every case. Never throws.
 */
export function readReadiness(parts: RuntimeParts): Promise<Readiness> {
  const now = parts.clock.monotonicMs();
  if (!latest || latest.parts !== parts || now - latest.askedAtMs >= KEPT_MS) {
    latest = { parts, askedAtMs: now, answer: ask(parts) };
  }
  return latest.answer;
}

async function ask(parts: RuntimeParts): Promise<Readiness> {
  const patience = Promise.withResolvers<never>();
  const timer = setTimeout(() => patience.reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  try {
    return await Promise.race([look(parts), patience.promise]);
  } catch (error) {
    parts.log.warn({ err: error }, 'the database is away');
    return { database: false, migrations: false };
  } finally {
    clearTimeout(timer);
  }
}

async function look({ database, countPendingMigrations }: RuntimeParts): Promise<Readiness> {
  await database.ping();
  return { database: true, migrations: (await countPendingMigrations()) === 0 };
}

/**
 * The verb behind GET /api/health. An answer of any kind says "alive"; `check: 'alive'` asks for no more than that.
 *
 * @throws PipelineError `unavailable` while requests could not be served.
 */
export async function checkHealth(_ctx: unknown, { check }: { check: 'alive' | 'ready' }) {
  const parts = runtime();
  if (check === 'alive') return { alive: true, version: parts.version };
  const { database, migrations } = await readReadiness(parts);
  if (!database) throw unavailable('Alive, but not ready: the database does not answer. Try again in a few seconds.');
  if (!migrations) throw unavailable('Alive, but not ready: the database lacks migrations. Run `pipeline migrate`.');
  return { alive: true, ready: true, version: parts.version };
}
