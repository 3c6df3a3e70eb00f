import { createServerClient } from '@supabase/ssr';
import type { SupabaseClient } from '@supabase/supabase-js';
import { type Cookie, type CookieToSet, sessionCookie } from '@/lib/session-cookies';

/** How a client reaches the service that signs people in. */
export interface SupabaseParts {
  /** Where people reach the product: decides the cookie's name and whether it needs https. */
  readonly publicUrl: string;
  readonly supabaseUrl: string;
  readonly publishableKey: string;
  /** Answers /auth/v1 in this process, `from` being the request on whose behalf; null where hosted Supabase does. */
  readonly embeddedFetch: ((request: Request, from?: Request) => Promise<Response>) | null;
}

/** Where a client reads and writes cookies. It may read at any time, also before it is asked for anything. */
export interface CookieJar {
  getAll(): Promise<Cookie[]> | Cookie[];
  setAll(cookies: readonly CookieToSet[]): Promise<void> | void;
}

/** Sends a request to the service that signs people in, wherever it is. */
export const fetchAuth = (parts: SupabaseParts, request: Request, from?: Request): Promise<Response> =>
  parts.embeddedFetch ? parts.embeddedFetch(request, from) : fetch(request);

const DATA_PARTS: ReadonlySet<PropertyKey> = new Set([
  'from',
  'rpc',
  'schema',
  'storage',
  'functions',
  'realtime',
  'channel',
]);

/** The embedded mode has no data API: reaching for it says where data is to be had, instead of a failed connection. */
function withoutDataApi(client: SupabaseClient): SupabaseClient {
  return new Proxy(client, {
    get(target, part) {
      if (!DATA_PARTS.has(part)) return Reflect.get(target, part, target);
      throw new Error(
        `supabase.${String(part)} is not there without hosted Supabase: data goes through the API of PIPELINE (/api/costs, /api/notifications, …).`,
      );
    },
  });
}

/** A client of `@supabase/ssr` over a cookie jar; `send` passes its requests on. */
export function openSupabaseClient(
  parts: SupabaseParts,
  jar: CookieJar,
  send: (request: Request) => Promise<Response>,
): SupabaseClient {
  const client: SupabaseClient = createServerClient(parts.supabaseUrl, parts.publishableKey, {
    cookieOptions: sessionCookie(parts.publicUrl),
    cookies: { getAll: async () => [...(await jar.getAll())], setAll: async (cookies) => jar.setAll(cookies) },
    global: { fetch: (input: RequestInfo | URL, init?: RequestInit) => send(new Request(input, init)) },
  });
  return parts.embeddedFetch ? withoutDataApi(client) : client;
}
