import type { Caller } from '@/db/session';
import type { UserCtx } from '@/domain/context';
import type { Clock } from '@/lib/clock';
import { asUserId } from '@/lib/ids';
import { createLogger } from '@/lib/log';
import type { BenchDatabase } from './cluster';
import { NOW } from './seed-charges';

const log = createLogger({ level: 'silent' });

/** Stands still, so that a round asks what the round before asked. */
export const benchClock: Clock = { now: () => new Date(NOW), monotonicMs: () => performance.now() };

/** Makes an account with a live sign-in, or finds the one of an earlier run. */
export async function openAccount({ admin }: BenchDatabase, name: string): Promise<Caller> {
  const email = `${name}@bench.example`;
  const { rows } = await admin.query<{ user_id: string; session_id: string }>(
    `with account as (
       insert into auth.users (email, email_confirmed_at) values ($1, now())
       on conflict (email) do update set updated_at = now() returning id)
     insert into auth.sessions (user_id, not_after) select id, now() + interval '30 days' from account
     returning user_id, id as session_id`,
    [email],
  );
  const [row] = rows;
  if (!row) throw new Error('an account was not made');
  const expiresAt = new Date(Date.now() + 3_600_000);
  return { userId: asUserId(row.user_id), email, sessionId: row.session_id, expiresAt };
}

/** What a verb gets when this account calls it. */
export const contextOf = ({ database }: BenchDatabase, caller: Caller): UserCtx => ({
  userId: caller.userId,
  email: caller.email,
  session: database.asUser(caller),
  service: database.asService(),
  clock: benchClock,
  log,
});
