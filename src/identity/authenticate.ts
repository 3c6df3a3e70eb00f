import type { Caller } from '@/db/session';
import type { VerifyAccessToken } from '@/identity/verify';
import { PipelineError, unauthenticated, unavailable } from '@/lib/errors';
import {
  type CookieToSet,
  parseCookies,
  readStoredSession,
  type StoredSession,
  sessionCookie,
  setCookieHeader,
} from '@/lib/session-cookies';
import { openSupabaseClient, type SupabaseParts } from '@/lib/supabase-server';

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

/** Exchanges the refresh token of a cookie through the same client that wrote the cookie. */
async function refreshStored(
  parts: SupabaseParts,
  request: Request,
  stored: StoredSession,
): Promise<{ accessToken: string; cookies: CookieToSet[] }> {
  const cookies: CookieToSet[] = [];
  const jar = {
    getAll: () => parseCookies(request.headers.get('cookie')),
    setAll: (list: readonly CookieToSet[]) => {
      cookies.push(...list);
    },
  };
  const client = openSupabaseClient(parts, jar, () => request);
  const { data, error } = await client.auth.refreshSession({ refresh_token: stored.refreshToken });
  if (data.session) return { accessToken: data.session.access_token, cookies };
  const status = error?.status ?? 0;
  if (status >= 400 && status < 500 && status !== 429) throw unauthenticated('The session has ended. Sign in again.');
  throw unavailable('The session cannot be refreshed at the moment. Try again in a few seconds.', error);
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
