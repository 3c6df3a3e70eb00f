import { createServerClient } from '@supabase/ssr';
import type { SupabaseClient } from '@supabase/supabase-js';
import { type PipelineError, unauthenticated } from '@/lib/errors';
import { type Cookie, type CookieToSet, parseCookies, sessionCookie, setCookieHeader } from '@/lib/session-cookies';

/** How a client reaches the service that signs people in. */
export interface SupabaseParts {
  /** Where people reach the product: decides the cookie's name and whether it needs https. */
  readonly publicUrl: string;
  readonly supabaseUrl: string;
  readonly publishableKey: string;
  /** Answers /auth/v1 in this process, `from` being the request on whose behalf; null where hosted Supabase does. */
  readonly embeddedFetch: ((request: Request, from?: Request) => Promise<Response>) | null;
}

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

/** Where a client reads and writes cookies. */
export interface CookieJar {
  getAll(): Promise<Cookie[]> | Cookie[];
  setAll(cookies: readonly CookieToSet[]): Promise<void> | void;
}

const DATA_PARTS = ['from', 'rpc', 'schema', 'storage', 'functions', 'realtime', 'channel'] as const;

/** The embedded mode has no data API: reaching for it says where data is to be had, instead of a failed connection. */
function withoutDataApi(client: SupabaseClient): SupabaseClient {
  for (const part of DATA_PARTS) {
    Object.defineProperty(client, part, {
      get() {
        throw new Error(
          `supabase.${part} is not there without hosted Supabase: data goes through the API of PIPELINE (/api/costs, /api/notifications, …).`,
        );
      },
    });
  }
  return client;
}

/** A client of `@supabase/ssr` over a cookie jar; `from` is the request on whose behalf it acts. */
export function openSupabaseClient(
  parts: SupabaseParts,
  jar: CookieJar,
  from?: () => Request | Promise<Request>,
): SupabaseClient {
  const { embeddedFetch } = parts;
  const client: SupabaseClient = createServerClient(parts.supabaseUrl, parts.publishableKey, {
    cookieOptions: sessionCookie(parts.publicUrl),
    cookies: { getAll: async () => [...(await jar.getAll())], setAll: async (cookies) => jar.setAll(cookies) },
    ...(embeddedFetch && {
      global: {
        fetch: async (input: RequestInfo | URL, init?: RequestInit) =>
          embeddedFetch(new Request(input, init), await from?.()),
      },
    }),
  });
  return embeddedFetch ? withoutDataApi(client) : client;
}

/** A client that reads the cookies of `request`; `setCookie` gets complete `Set-Cookie` values. */
export function createRequestSupabaseClient(request: Request, setCookie: (value: string) => void): SupabaseClient {
  const jar: CookieJar = {
    getAll: () => parseCookies(request.headers.get('cookie')),
    setAll: (cookies) => {
      for (const cookie of cookies) setCookie(setCookieHeader(cookie));
    },
  };
  return openSupabaseClient(provided(), jar, () => request);
}

async function writeNextCookies(cookies: readonly CookieToSet[]): Promise<void> {
  const { cookies: nextCookies } = await import('next/headers');
  const jar = await nextCookies();
  for (const { name, value, options } of cookies) jar.set(name, value, options);
}

/**
 * A client that acts for whoever sent the request at hand: in a route handler or server component, where Next knows its
 * cookies. Only its `auth` works in the embedded mode. Pages cannot set cookies, so only route handlers may refresh.
 */
export function createServerSupabaseClient(): SupabaseClient {
  const parts = provided();
  const jar: CookieJar = {
    async getAll() {
      const { cookies } = await import('next/headers');
      return (await cookies()).getAll();
    },
    setAll: writeNextCookies,
  };
  return openSupabaseClient(parts, jar, async () => {
    const { headers } = await import('next/headers');
    return new Request(parts.publicUrl, { headers: new Headers(await headers()) });
  });
}

function refusal(error: PipelineError): Response {
  const isUnavailable = error.code === 'unavailable';
  const content = isUnavailable
    ? { error: 'Unavailable', details: error.details }
    : { error: 'Not signed in', details: 'Sign in, or send a valid token in the header "Authorization: Bearer …".' };
  return Response.json(content, {
    status: isUnavailable ? 503 : 401,
    headers: {
      'Cache-Control': 'private, no-store',
      ...(isUnavailable
        ? { 'Retry-After': String(error.retryAfterS ?? 2) }
        : { 'WWW-Authenticate': 'Bearer realm="pipeline"' }),
    },
  });
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
    const named = error instanceof Error && error.name === 'PipelineError' ? (error as PipelineError) : null;
    if (named?.code !== 'unauthenticated' && named?.code !== 'unavailable') throw error;
    return { user: null, response: refusal(named) };
  }
}
