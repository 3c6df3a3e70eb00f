import type { Caller } from '@/db/session';
import { AuthFailure } from '@/identity/failure';
import { findSession, type SessionRow } from '@/identity/session-store';
import type { SessionParts } from '@/identity/sessions';
import type { AuthSettings } from '@/identity/settings';
import type { SignUpPolicy } from '@/identity/sign-up-policy';
import { type AccountRow, findAccountById } from '@/identity/store';
import type { Throttle } from '@/identity/throttle';
import type { VerifyAccessToken } from '@/identity/verify';
import { PipelineError } from '@/lib/errors';

/** What the endpoints work with. */
export interface EndpointParts extends SessionParts {
  readonly settings: AuthSettings;
  readonly throttle: Throttle;
  readonly verifyAccessToken: VerifyAccessToken;
  readonly signUpPolicy: SignUpPolicy;
}

/** One call of an endpoint. */
export interface Call {
  readonly request: Request;
  readonly query: URLSearchParams;
  /** Whose tries are counted together, or null where nobody knows it. */
  readonly address: string | null;
}

/** Answers one call. @throws AuthFailure */
export type Endpoint = (parts: EndpointParts, call: Call) => Promise<Response>;

export interface SignedInCall {
  readonly caller: Caller;
  readonly account: AccountRow;
  readonly session: SessionRow;
}

async function verifiedCaller(parts: EndpointParts, request: Request): Promise<Caller> {
  const token = /^bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (token === undefined) throw new AuthFailure(401, 'no_authorization', 'This endpoint requires a Bearer token');
  try {
    return await parts.verifyAccessToken(token);
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code !== 'unauthenticated') throw error;
    throw new AuthFailure(403, 'bad_jwt', 'The access token is not valid or has expired. Sign in again.');
  }
}

/** The account and the living session behind the Bearer token of a call. @throws AuthFailure 401, 403 */
export async function requireSession(parts: EndpointParts, request: Request): Promise<SignedInCall> {
  const caller = await verifiedCaller(parts, request);
  const [[account], [session]] = await parts.service.run(
    findAccountById(caller.userId),
    // a token without a session is none of ours
    findSession(caller.sessionId ?? caller.userId, caller.userId, parts.clock.now()),
  );
  if (!account) throw new AuthFailure(403, 'user_not_found', 'User from sub claim in JWT does not exist');
  if (!session) throw new AuthFailure(403, 'session_not_found', 'Session from session_id claim in JWT does not exist');
  return { caller, account, session };
}
