import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { builder } from '@/db/builder';
import type { ServiceSession } from '@/db/session';
import { AuthFailure } from '@/identity/failure';
import type { Clock } from '@/lib/clock';

/** How many tries fit into one window. */
export interface ThrottleLimits {
  /** Wrong passwords for one account from one address. */
  readonly accountFromAddress: number;
  /** Wrong passwords for one account from everywhere: higher, so that a stranger cannot easily lock somebody out. */
  readonly account: number;
  /** Wrong passwords or links from one address, whatever the account. */
  readonly address: number;
  /** New accounts from one address. */
  readonly signUp: number;
}

export const THROTTLE_LIMITS: ThrottleLimits = { accountFromAddress: 10, account: 50, address: 50, signUp: 100 };

const WINDOW_MS = 15 * 60_000;
/** Stands for tries that are far beyond every limit; keeps the counter from overflowing. */
const HIGHEST_COUNT = 1_000_000;

interface Bucket {
  readonly key: string;
  readonly limit: number;
  /** The right password proves that the tries before it were somebody's own slips. */
  readonly forgottenOnSuccess?: boolean;
}

export interface Throttle {
  /** Takes one try from each budget before the work is done. @throws AuthFailure 429 when one is used up */
  signIn(email: string, address: string | null): Promise<Refund>;
  signUp(address: string | null): Promise<void>;
  oneTimeToken(address: string | null): Promise<Refund>;
}

/** Gives the try back, because it succeeded. */
export type Refund = () => Promise<void>;

/** Keys are hashed: people type passwords into the field for the address, and addresses of people are personal data. */
const keyOf = (kind: string, ...parts: string[]): string =>
  `${kind}:${createHash('sha256').update(parts.join('\n')).digest('base64url')}`;

const countTries = (keys: string[], now: Date, windowEndsAt: Date) =>
  sql<{ key: string; count: number; window_ends_at: Date }>`
    insert into auth.attempts as a (key, count, window_ends_at)
    select key, 1, ${windowEndsAt} from unnest(${keys}::text[]) as key order by key
    on conflict (key) do update set
      count = case when a.window_ends_at <= ${now} then 1 else least(a.count + 1, ${HIGHEST_COUNT}) end,
      window_ends_at = case when a.window_ends_at <= ${now} then excluded.window_ends_at else a.window_ends_at end
    returning key, count, window_ends_at`.compile(builder);

/** `forgotten` starts at nought again, the others get one try back. */
const giveBack = (keys: string[], forgotten: string[]) =>
  sql`
    update auth.attempts set count = case when key = any(${forgotten}::text[]) then 0 else greatest(count - 1, 0) end
    where key in (select key from auth.attempts where key = any(${keys}::text[]) order by key for update)`.compile(
    builder,
  );

/** Throttling that counts in the database, so that it holds over several processes and restarts. */
export function createThrottle(service: ServiceSession, clock: Clock, limits: ThrottleLimits): Throttle {
  async function take(buckets: Bucket[]): Promise<Refund> {
    const keys = buckets.map((bucket) => bucket.key);
    if (keys.length === 0) return async () => undefined;
    const now = clock.now();
    const [rows] = await service.run(countTries(keys, now, new Date(now.getTime() + WINDOW_MS)));
    const full = rows.filter((row) => buckets.some(({ key, limit }) => key === row.key && row.count > limit));
    if (full.length > 0) throw tooMany(Math.max(...full.map((row) => row.window_ends_at.getTime())) - now.getTime());
    const forgotten = buckets.filter((bucket) => bucket.forgottenOnSuccess).map((bucket) => bucket.key);
    return async () => {
      await service.run(giveBack(keys, forgotten));
    };
  }

  const ofAddress = (kind: string, address: string | null, limit: number): Bucket[] =>
    address === null ? [] : [{ key: keyOf(kind, address), limit }];

  return {
    signIn: (email, address) =>
      take([
        { key: keyOf('pair', email, address ?? ''), limit: limits.accountFromAddress, forgottenOnSuccess: true },
        { key: keyOf('account', email), limit: limits.account },
        ...ofAddress('address', address, limits.address),
      ]),
    async signUp(address) {
      await take(ofAddress('sign-up', address, limits.signUp));
    },
    oneTimeToken: (address) => take(ofAddress('address', address, limits.address)),
  };
}

function tooMany(waitMs: number): AuthFailure {
  const retryAfterS = Math.max(1, Math.ceil(waitMs / 1000));
  const message = `Too many tries. Wait ${retryAfterS} s, then try again.`;
  return new AuthFailure(429, 'over_request_rate_limit', message, { retryAfterS });
}
