import type { Caller } from '@/db/session';
import type { VerifyAccessToken } from '@/identity/verify';
import { PipelineError, unauthenticated, unavailable } from '@/lib/errors';
import {
  type CookieToSet,
  parseCookies,
  readStoredSession,
  replaceSession,
  type StoredSession,
  sessionCookie,
  setCookieHeader,
} from '@/lib/session-cookies';
import { fetchAuth, type SupabaseParts } from '@/lib/supabase-client';

/** A session at hosted Supabase is refreshed within this time, or the request is told to come again. */
const REFRESH_TIMEOUT_MS = 5_000;

/** Who sent a request; `caller` is null where it brought no credential at all. */
export interface Authenticated {
  readonly caller: Caller | null;
  /** New cookies of a session that was refreshed on the way; the answer has to carry them. */
  readonly cookies: readonly CookieToSet[];
  /** The same as complete `Set-Cookie` values. */
  readonly setCookies: readonly string[];
}

export type Authenticate = (request: Request) => Promise<Authenticated>;

const isRefusal = (error: unknown): boolean => error instanceof PipelineError && error.code === 'unauthenticated';

const answer = (caller: Caller | null, cookies: readonly CookieToSet[] = []): Authenticated => ({
  caller,
  cookies,
  setCookies: cookies.map(setCookieHeader),
});

/** The session's answer, or null where the service refused the refresh token. */
async function fetchRefreshed(parts: SupabaseParts, from: Request, refreshToken: string): Promise<object | null> {
  const request = new Request(`${parts.supabaseUrl}/auth/v1/token?grant_type=refresh_token`, {
    method: 'POST',
    headers: { apikey: parts.publishableKey, 'content-type': 'application/json' },
    body: JSON.stringify({ refresh_token: refreshToken }),
    signal: AbortSignal.timeout(REFRESH_TIMEOUT_MS),
  });
  const response = await fetchAuth(parts, request, from);
  if (response.ok) return (await response.json()) as object;
  await response.body?.cancel();
  if (response.status < 500 && response.status !== 429) return null;
  throw new Error(`the sign-in service answered ${response.status}`);
}

/** Exchanges the refresh token of a cookie. */
async function refreshStored(
  parts: SupabaseParts,
  request: Request,
  stored: StoredSession,
): Promise<{ accessToken: string; cookies: CookieToSet[] }> {
  const session = await fetchRefreshed(parts, request, stored.refreshToken).catch((cause: unknown) => {
    throw unavailable('The session cannot be refreshed at the moment. Try again in a few seconds.', cause);
  });
  if (!session || !('access_token' in session) || typeof session.access_token !== 'string') {
    throw unauthenticated('The session has ended. Sign in again.');
  }
  const cookies = replaceSession(session, parts.publicUrl, parseCookies(request.headers.get('cookie')));
  return { accessToken: session.access_token, cookies };
}

/**
 * Finds out who is asking. A Bearer token counts before a cookie, and a bad one is refused even beside a good cookie. A
 * cookie whose access token is over is refreshed once.
 *
 * The promise rejects with `unauthenticated` for a credential that does not hold, `unavailable` where it cannot be checked.
 */
export function createAuthenticate(verify: VerifyAccessToken, parts: () => Promise<SupabaseParts>): Authenticate {
  return async (request) => {
    const authorization = request.headers.get('authorization');
    if (authorization !== null) {
      const token = /^bearer +(\S+) *$/i.exec(authorization)?.[1];
      if (token === undefined) throw unauthenticated('Send "Authorization: Bearer" and an access token.');
      return answer(await verify(token));
    }
    const header = request.headers.get('cookie');
    if (header === null) return answer(null);
    const supabase = await parts();
    const stored = await readStoredSession(parseCookies(header), sessionCookie(supabase.publicUrl).name);
    if (!stored) return answer(null);
    try {
      return answer(await verify(stored.accessToken));
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    const refreshed = await refreshStored(supabase, request, stored);
    return answer(await verify(refreshed.accessToken), refreshed.cookies);
  };
}
