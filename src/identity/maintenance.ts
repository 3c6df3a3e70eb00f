import { sql } from 'kysely';
import { builder } from '@/db/builder';
import type { ServiceSession } from '@/db/session';
import type { Clock } from '@/lib/clock';

const BATCH = 1_000;

const removeSessions = (now: Date) =>
  sql`
    delete from auth.sessions
    where id in (select id from auth.sessions where not_after < ${now} order by not_after limit ${BATCH} for update skip locked)`.compile(
    builder,
  );

/** A used token has to be known for as long as somebody might try it again; after a month it is merely unknown. */
const removeUsedTokens = (now: Date) =>
  sql`
    delete from auth.refresh_tokens
    where id in (
      select id from auth.refresh_tokens where used_at < ${now}::timestamptz - interval '30 days' order by id limit ${BATCH})`.compile(
    builder,
  );

const removeOneTimeTokens = (now: Date) =>
  sql`delete from auth.one_time_tokens where expires_at < ${now}`.compile(builder);

const removeAttempts = (now: Date) =>
  sql`
    delete from auth.attempts
    where key in (select key from auth.attempts where window_ends_at < ${now} order by key limit ${BATCH} for update skip locked)`.compile(
    builder,
  );

/** Takes out what is over: sessions, old used tokens, links, counts of tries. At most 1,000 rows of each at a time. */
export async function removeExpired(service: ServiceSession, clock: Clock): Promise<void> {
  const now = clock.now();
  await service.run(removeSessions(now), removeUsedTokens(now), removeOneTimeTokens(now), removeAttempts(now));
}
