import type { SupabaseClient } from '@supabase/supabase-js';
import { type PipelineError, unauthenticated } from '@/lib/errors';
import {
  type Cookie,
  type CookieToSet,
  isSessionCookie,
  parseCookies,
  sessionCookie,
  setCookieHeader,
} from '@/lib/session-cookies';
import { type CookieJar, fetchAuth, openSupabaseClient, type SupabaseParts } from '@/lib/supabase-client';

/** What the functions of this file need; identity/ makes it, the start hands it over. */
export interface SupabaseServerParts extends SupabaseParts {
  authenticate(request: Request): Promise<{
    readonly caller: { readonly userId: string; readonly email: string | null } | null;
    readonly cookies: readonly CookieToSet[];
  }>;
}

/** The signed-in account, as route handlers of the specification use it. */
export interface User {
  readonly id: string;
  readonly email: string | null;
}

// Next bundles its routes apart from the server's own modules, so a variable of this module would exist twice.
const place = Symbol.for('pipeline.supabase-server');
type Holder = { [place]?: SupabaseServerParts };

/** Hands over what the functions of this file work with; called once at start, before the first request. */
export function provideSupabaseServer(parts: SupabaseServerParts | null): void {
  (globalThis as Holder)[place] = parts ?? undefined;
}

function provided(): SupabaseServerParts {
  const parts = (globalThis as Holder)[place];
  if (!parts) throw new Error('supabase-server was used before provideSupabaseServer() was called.');
  return parts;
}

function clientOfRequest(request: Request, cookies: Cookie[], setCookie: (value: string) => void): SupabaseClient {
  const parts = provided();
  const { name } = sessionCookie(parts.publicUrl);
  const jar: CookieJar = {
    getAll: () => cookies,
    setAll: (list) => {
      // what the client keeps for a link in a mail beside the session is of no use without mail
      for (const cookie of list) if (isSessionCookie(cookie.name, name)) setCookie(setCookieHeader(cookie));
    },
  };
  return openSupabaseClient(parts, jar, (sent) => fetchAuth(parts, sent, request));
}

/** A client for the session in the cookies of `request`; `setCookie` gets complete `Set-Cookie` values. */
export function createRequestSupabaseClient(request: Request, setCookie: (value: string) => void): SupabaseClient {
  return clientOfRequest(request, parseCookies(request.headers.get('cookie')), setCookie);
}

/**
 * Like `createRequestSupabaseClient`, for a request that begins a new session: an old one is not loaded, which might
 * refresh it in the background and write its cookies over the new ones. Their names are known, so that they are removed.
 */
export function createSignInSupabaseClient(request: Request, setCookie: (value: string) => void): SupabaseClient {
  const cookies = parseCookies(request.headers.get('cookie')).map(({ name }) => ({ name, value: '' }));
  return clientOfRequest(request, cookies, setCookie);
}

async function nextCookies() {
  const { cookies } = await import('next/headers');
  return cookies();
}

async function writeNextCookies(list: readonly CookieToSet[]): Promise<void> {
  const jar = await nextCookies();
  for (const { name, value, options } of list) jar.set(name, value, options);
}

/** Whether Next would take cookies now: in a route handler yes, while it renders a page no. */
async function canWriteCookies(name: string): Promise<boolean> {
  try {
    const jar = await nextCookies();
    // written as it is: the only way to find out
    for (const cookie of jar.getAll().filter((one) => isSessionCookie(one.name, name))) jar.set(cookie);
    return true;
  } catch {
    return false;
  }
}

const isRefresh = ({ url }: Request): boolean => new URL(url).searchParams.get('grant_type') === 'refresh_token';

/** What a client takes for the end of its session, without anything being ended. */
const noRefresh = (): Response =>
  Response.json(
    { code: 'refresh_token_not_found', message: 'A page cannot keep new cookies, so it does not refresh a session.' },
    { status: 400, headers: { 'x-supabase-api-version': '2024-01-01' } },
  );

/**
 * A client that acts for whoever sent the request at hand, in a route handler or server component, where Next knows its
 * cookies. Only its `auth` works in the embedded mode. A page cannot write cookies: there a session whose hour is over
 * counts as none, and the next request to the API refreshes it.
 */
export function createServerSupabaseClient(): SupabaseClient {
  const parts = provided();
  const jar: CookieJar = {
    // the client looks for a session by itself as soon as it is made: where there is no request there is none
    getAll: () =>
      nextCookies().then(
        (cookies) => cookies.getAll(),
        () => [],
      ),
    setAll: (cookies) => writeNextCookies(cookies).catch(() => undefined),
  };
  return openSupabaseClient(parts, jar, async (request) => {
    if (isRefresh(request) && !(await canWriteCookies(sessionCookie(parts.publicUrl).name))) return noRefresh();
    const { headers } = await import('next/headers');
    return fetchAuth(parts, request, new Request(parts.publicUrl, { headers: new Headers(await headers()) }));
  });
}

function refusal(error: PipelineError): Response {
  const isUnavailable = error.code === 'unavailable';
  const content = isUnavailable
    ? { error: 'Unavailable', details: error.details }
    : { error: 'Not signed in', details: 'Sign in, or send a valid token in the header "Authorization: Bearer …".' };
  const hint: Record<string, string> = isUnavailable
    ? { 'Retry-After': String(error.retryAfterS ?? 2) }
    : { 'WWW-Authenticate': 'Bearer realm="pipeline"' };
  const headers = { 'Cache-Control': 'private, no-store', ...hint };
  return Response.json(content, { status: isUnavailable ? 503 : 401, headers });
}

/**
 * Finds out who sent a request: a Bearer token before the session's cookie. Either `user` or `response` (401, or 503
 * where the credential cannot be checked) is null. A session that is refreshed on the way gets its new cookies from Next.
 */
export async function requireAuth(
  request: Request,
): Promise<{ user: User; response: null } | { user: null; response: Response }> {
  try {
    const { caller, cookies } = await provided().authenticate(request);
    if (!caller) throw unauthenticated('no credential');
    if (cookies.length > 0) await writeNextCookies(cookies);
    return { user: { id: caller.userId, email: caller.email }, response: null };
  } catch (error) {
    // the server's modules have a class of this name of their own
    const named = error instanceof Error && error.name === 'PipelineError' ? (error as PipelineError) : null;
    if (named?.code !== 'unauthenticated' && named?.code !== 'unavailable') throw error;
    return { user: null, response: refusal(named) };
  }
}
