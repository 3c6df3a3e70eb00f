import type { AuthFailure } from '@/identity/failure';
import type { AccountRow, Metadata } from '@/identity/store';
import type { TokenPair } from '@/identity/tokens';

/** The error form in which Supabase Auth gives codes as texts; a client that sends this header understands it. */
const API_VERSION_HEADER = 'x-supabase-api-version';
const API_VERSION = '2024-01-01';

/** An account as Supabase Auth shows it to its owner. */
export interface UserAnswer {
  readonly id: string;
  readonly email: string;
  readonly user_metadata: Metadata;
  readonly [key: string]: unknown;
}

const iso = (instant: Date | null): string | null => instant?.toISOString() ?? null;

/** The one identity of an account with an e-mail address. */
function identitiesOf(account: AccountRow) {
  if (account.email === null) return [];
  return [
    {
      identity_id: account.id,
      id: account.id,
      user_id: account.id,
      identity_data: { email: account.email, email_verified: true, phone_verified: false, sub: account.id },
      provider: 'email',
      last_sign_in_at: iso(account.last_sign_in_at),
      created_at: iso(account.created_at),
      updated_at: iso(account.updated_at),
      email: account.email,
    },
  ];
}

export function userAnswer(account: AccountRow): UserAnswer {
  return {
    id: account.id,
    aud: 'authenticated',
    role: 'authenticated',
    email: account.email ?? '',
    email_confirmed_at: iso(account.email_confirmed_at),
    phone: '',
    confirmed_at: iso(account.email_confirmed_at),
    last_sign_in_at: iso(account.last_sign_in_at),
    app_metadata: account.app_metadata,
    user_metadata: account.user_metadata,
    identities: identitiesOf(account),
    created_at: iso(account.created_at),
    updated_at: iso(account.updated_at),
    is_anonymous: false,
  };
}

/** What a sign-in gives, and what `@supabase/ssr` keeps in its cookie. */
export interface SessionAnswer {
  readonly access_token: string;
  readonly token_type: 'bearer';
  readonly expires_in: number;
  readonly expires_at: number;
  readonly refresh_token: string;
  readonly user: UserAnswer;
}

export function sessionAnswer(pair: TokenPair, account: AccountRow, now: Date): SessionAnswer {
  return {
    access_token: pair.accessToken,
    token_type: 'bearer',
    expires_in: Math.max(1, pair.expiresAt - Math.floor(now.getTime() / 1000)),
    expires_at: pair.expiresAt,
    refresh_token: pair.refreshToken,
    user: userAnswer(account),
  };
}

/** Nothing of an auth answer may stay in any cache. */
const HEADERS = {
  'Cache-Control': 'private, no-store',
  'Content-Type': 'application/json; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
} as const;

export const jsonResponse = (content: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(content), { status, headers: { ...HEADERS, ...headers } });

export const emptyResponse = (): Response =>
  new Response(null, { status: 204, headers: { 'Cache-Control': HEADERS['Cache-Control'] } });

/** The refusal in the form that the client asked for: `code` as a text, or in the older one as `error_code`. */
export function failureResponse(failure: AuthFailure, request: Request): Response {
  const modern = request.headers.get(API_VERSION_HEADER) !== null;
  const weakness = failure.reasons ? { weak_password: { reasons: failure.reasons, message: failure.message } } : {};
  const content = modern
    ? { code: failure.code, message: failure.message, ...weakness }
    : { code: failure.status, error_code: failure.code, msg: failure.message, ...weakness };
  return jsonResponse(content, failure.status, {
    ...(modern ? { [API_VERSION_HEADER]: API_VERSION } : {}),
    ...(failure.retryAfterS === undefined ? {} : { 'Retry-After': String(failure.retryAfterS) }),
  });
}
