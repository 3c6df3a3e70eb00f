import {
  type CookieOptions,
  type CookieOptionsWithName,
  combineChunks,
  createChunks,
  isChunkLike,
  stringFromBase64URL,
  stringToBase64URL,
} from '@supabase/ssr';

/** What `@supabase/ssr` puts before a value that it encoded. */
const PREFIX = 'base64-';
const NAME = 'sb-pipeline-auth-token';
/** The longest that browsers keep a cookie, as `@supabase/ssr` asks for; the session itself ends before. */
const LONGEST_S = 400 * 24 * 3_600;

export interface Cookie {
  readonly name: string;
  readonly value: string;
}

export interface CookieToSet extends Cookie {
  readonly options: CookieOptions;
}

/** What the session's cookie has to hold to be of use here. */
export interface StoredSession {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/**
 * Name and attributes of the session's cookie. The name is fixed, so that another host name does not sign people out;
 * where people come by https it is bound to exactly this host (`__Host-`) and never sent in the clear.
 */
export function sessionCookie(publicUrl: string): CookieOptionsWithName & { readonly name: string } {
  const secure = new URL(publicUrl).protocol === 'https:';
  return { name: secure ? `__Host-${NAME}` : NAME, httpOnly: true, sameSite: 'lax', path: '/', secure };
}

function decoded(value: string): string {
  try {
    return value.includes('%') ? decodeURIComponent(value) : value;
  } catch {
    return value;
  }
}

/** The cookies of a `Cookie` header; of two with one name the first counts, as browsers send the closest first. */
export function parseCookies(header: string | null): Cookie[] {
  const found = new Map<string, string>();
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    const name = part.slice(0, at).trim();
    if (at < 0 || name === '' || found.has(name)) continue;
    found.set(name, decoded(part.slice(at + 1).trim()));
  }
  return [...found].map(([name, value]) => ({ name, value }));
}

/** A complete `Set-Cookie` value. */
export function setCookieHeader({ name, value, options }: CookieToSet): string {
  const { path = '/', domain, maxAge, httpOnly, secure, sameSite } = options;
  const attributes = [`${name}=${encodeURIComponent(value)}`, `Path=${path}`];
  if (domain !== undefined) attributes.push(`Domain=${domain}`);
  if (maxAge !== undefined) attributes.push(`Max-Age=${Math.floor(maxAge)}`);
  if (httpOnly) attributes.push('HttpOnly');
  if (secure) attributes.push('Secure');
  if (typeof sameSite === 'string') attributes.push(`SameSite=${sameSite[0]?.toUpperCase()}${sameSite.slice(1)}`);
  return attributes.join('; ');
}

/** The session in a request's cookies, as `@supabase/ssr` wrote it (possibly in several pieces), or null. Not verified. */
export async function readStoredSession(cookies: readonly Cookie[], name: string): Promise<StoredSession | null> {
  const value = await combineChunks(name, (chunk) => cookies.find((cookie) => cookie.name === chunk)?.value);
  if (!value?.startsWith(PREFIX)) return null;
  try {
    const session = JSON.parse(stringFromBase64URL(value.slice(PREFIX.length))) as Record<string, unknown> | null;
    const { access_token: accessToken, refresh_token: refreshToken } = session ?? {};
    return typeof accessToken === 'string' && typeof refreshToken === 'string' ? { accessToken, refreshToken } : null;
  } catch {
    return null;
  }
}

/** Whether a cookie is the session's, or one of its pieces. */
export const isSessionCookie = (cookieName: string, sessionName: string): boolean =>
  isChunkLike(cookieName, sessionName);

const chunksOf = (session: object, name: string): Cookie[] =>
  createChunks(name, PREFIX + stringToBase64URL(JSON.stringify(session)));

/** A session as the content of a `Cookie` header: what a browser would send after signing in. */
export const cookieHeaderOf = (session: object, name: string): string =>
  chunksOf(session, name)
    .map((chunk) => `${chunk.name}=${chunk.value}`)
    .join('; ');

/** What turns the cookies of a request into those of a new session; pieces of the old one that are left over go. */
export function replaceSession(session: object, publicUrl: string, current: readonly Cookie[]): CookieToSet[] {
  const { name, ...options } = sessionCookie(publicUrl);
  const chunks = chunksOf(session, name);
  const isLeft = (cookie: Cookie) =>
    isSessionCookie(cookie.name, name) && !chunks.some((one) => one.name === cookie.name);
  return [
    ...current.filter(isLeft).map((cookie) => ({ name: cookie.name, value: '', options: { ...options, maxAge: 0 } })),
    ...chunks.map((chunk) => ({ ...chunk, options: { ...options, maxAge: LONGEST_S } })),
  ];
}
