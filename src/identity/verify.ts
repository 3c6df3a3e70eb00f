import { createHash } from 'node:crypto';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Caller } from '@/db/session';
import { SIGNING_ALGORITHM, type SigningKeys } from '@/identity/signing-keys';
import type { Clock } from '@/lib/clock';
import { type PipelineError, unauthenticated, unavailable } from '@/lib/errors';
import { asUserId, UUID_PATTERN } from '@/lib/ids';

/** Clocks of two machines may differ by this much. */
const SKEW_S = 60;
const LONGEST_TOKEN = 8_192;

/** A verified token is believed again for this long without its signature being computed anew. */
const REMEMBER_MS = 60_000;
const MOST_REMEMBERED = 1_000;

/** Headers that bring a key along: a token may never say which key it is to be checked with. */
const KEY_HEADERS = ['jku', 'jwk', 'x5u', 'x5c', 'crit'] as const;

/** Where tokens come from, and how their keys are found. */
export interface TokenSource {
  issuer(): Promise<string>;
  readonly algorithms: readonly string[];
  readonly findKey: JWTVerifyGetKey;
}

/** Turns an access token into the caller it vouches for; nothing is sent anywhere but for keys that are not known yet. */
export type VerifyAccessToken = (token: string) => Promise<Caller>;

const refused = (): PipelineError =>
  unauthenticated('The access token is not valid or has expired. Sign in again and send the new one.');

/** Tokens that this installation signs itself. */
export function embeddedSource(keys: SigningKeys, issuer: () => Promise<string>): TokenSource {
  return {
    issuer,
    algorithms: [SIGNING_ALGORITHM],
    findKey: async (header) => {
      const key = typeof header.kid === 'string' ? await keys.publicKey(header.kid) : null;
      if (!key) throw refused();
      return key;
    },
  };
}

/**
 * Tokens of a hosted Supabase project with asymmetric signing keys. Its key set is fetched from one fixed address, kept
 * for ten minutes, and fetched again for an unknown key at most twice a minute.
 */
export function hostedSource(supabaseUrl: string): TokenSource {
  const issuer = `${supabaseUrl.replace(/\/+$/, '')}/auth/v1`;
  const keySet = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
    cacheMaxAge: 10 * 60_000,
    cooldownDuration: 30_000,
    timeoutDuration: 3_000,
  });
  return {
    issuer: async () => issuer,
    algorithms: ['ES256', 'RS256'],
    findKey: async (header, token) => {
      try {
        return await keySet(header, token);
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
          throw refused();
        throw unavailable(
          'The keys of the sign-in service cannot be read at the moment. Try again in a few seconds.',
          error,
        );
      }
    },
  };
}

function callerOf(payload: Record<string, unknown>): Caller {
  const { sub, aud, exp, email, role, session_id: sessionId } = payload;
  if (aud !== 'authenticated' || role !== 'authenticated') throw refused();
  if (typeof sub !== 'string' || !UUID_PATTERN.test(sub) || typeof exp !== 'number') throw refused();
  if (sessionId !== undefined && (typeof sessionId !== 'string' || !UUID_PATTERN.test(sessionId))) throw refused();
  return {
    userId: asUserId(sub),
    email: typeof email === 'string' && email !== '' ? email : null,
    sessionId: sessionId ?? null,
    expiresAt: new Date(exp * 1000),
  };
}

/** Tokens whose signature was found good a moment ago, by their hash; times are checked at every use. */
function createMemory(clock: Clock) {
  const known = new Map<string, { caller: Caller; until: number }>();
  return {
    find(hash: string): Caller | null {
      const found = known.get(hash);
      if (!found) return null;
      const over = found.caller.expiresAt.getTime() + SKEW_S * 1000 <= clock.now().getTime();
      if (!over && clock.monotonicMs() < found.until) return found.caller;
      known.delete(hash);
      return null;
    },
    keep(hash: string, caller: Caller): void {
      const oldest = known.keys().next();
      if (known.size >= MOST_REMEMBERED && !oldest.done) known.delete(oldest.value);
      known.set(hash, { caller, until: clock.monotonicMs() + REMEMBER_MS });
    },
  };
}

/**
 * Checks signature, algorithm, issuer, audience, type and times (60 s of skew) of an access token.
 *
 * The promise rejects with `unauthenticated` for any token that does not hold, `unavailable` when the keys cannot be had.
 */
export function createVerifier(source: TokenSource, clock: Clock): VerifyAccessToken {
  const memory = createMemory(clock);
  const findKey: JWTVerifyGetKey = (header, token) => {
    if (KEY_HEADERS.some((name) => Object.hasOwn(header, name))) throw refused();
    return source.findKey(header, token);
  };
  async function verify(token: string): Promise<Caller> {
    const { payload } = await jwtVerify(token, findKey, {
      algorithms: [...source.algorithms],
      issuer: await source.issuer(),
      audience: 'authenticated',
      typ: 'JWT',
      requiredClaims: ['exp', 'sub'],
      clockTolerance: SKEW_S,
      currentDate: clock.now(),
    });
    return callerOf(payload);
  }
  return async (token) => {
    if (token.length > LONGEST_TOKEN) throw refused();
    const hash = createHash('sha256').update(token).digest('base64');
    const remembered = memory.find(hash);
    if (remembered) return remembered;
    try {
      const caller = await verify(token);
      memory.keep(hash, caller);
      return caller;
    } catch (error) {
      throw error instanceof errors.JOSEError ? refused() : error;
    }
  };
}
