import { failureResponse, jsonResponse } from '@/identity/answers';
import type { Endpoint, EndpointParts } from '@/identity/endpoint';
import { getUser } from '@/identity/endpoints/get-user';
import { keySet } from '@/identity/endpoints/key-set';
import { logout } from '@/identity/endpoints/logout';
import { signInWithPassword } from '@/identity/endpoints/password-sign-in';
import { recover } from '@/identity/endpoints/recover';
import { refresh } from '@/identity/endpoints/refresh';
import { settings } from '@/identity/endpoints/settings';
import { signUp } from '@/identity/endpoints/sign-up';
import { updateUser } from '@/identity/endpoints/update-user';
import { verify } from '@/identity/endpoints/verify';
import { AuthFailure } from '@/identity/failure';
import { PipelineError } from '@/lib/errors';

const BASE = '/auth/v1';

const token: Endpoint = (parts, call) => {
  switch (call.query.get('grant_type')) {
    case 'password':
      return signInWithPassword(parts, call);
    case 'refresh_token':
      return refresh(parts, call);
    default:
      throw new AuthFailure(400, 'validation_failed', 'Send grant_type=password or grant_type=refresh_token.');
  }
};

const ENDPOINTS: Readonly<Record<string, Readonly<Record<string, Endpoint>>>> = {
  '/signup': { POST: signUp },
  '/token': { POST: token },
  '/user': { GET: getUser, PUT: updateUser },
  '/logout': { POST: logout },
  '/recover': { POST: recover },
  '/verify': { POST: verify },
  '/settings': { GET: settings },
  '/.well-known/jwks.json': { GET: keySet },
};

function endpointFor(request: Request, path: string): Endpoint {
  const methods = Object.hasOwn(ENDPOINTS, path) ? ENDPOINTS[path] : undefined;
  if (!methods) throw new AuthFailure(404, 'not_found', 'There is no such endpoint of /auth/v1 in this installation.');
  const endpoint = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
  if (!endpoint) {
    throw new AuthFailure(405, 'method_not_allowed', `This endpoint takes only ${Object.keys(methods).join(' and ')}.`);
  }
  return endpoint;
}

/** A client that was set up for another installation is told so. The key opens nothing, so leaving it out is fine. */
async function refuseForeignKey(parts: EndpointParts, request: Request): Promise<Response | null> {
  const key = request.headers.get('apikey');
  if (key === null || key === (await parts.settings.publishableKey())) return null;
  return jsonResponse({ message: 'Invalid API key', hint: 'Use the publishable key that the start prints.' }, 401);
}

function failureOf(error: unknown, parts: EndpointParts, path: string): AuthFailure {
  if (error instanceof AuthFailure) return error;
  if (error instanceof PipelineError && error.code === 'unavailable') {
    parts.log.warn({ err: error, path }, 'an auth request was put off');
    return new AuthFailure(503, 'service_unavailable', error.details, { retryAfterS: error.retryAfterS ?? 2 });
  }
  parts.log.error({ err: error, path }, 'an auth request failed');
  return new AuthFailure(
    500,
    'unexpected_failure',
    'Unexpected failure, please check server logs for more information',
  );
}

/** The embedded part of Supabase Auth under /auth/v1: answers a request, never throws. */
export async function answerAuthRequest(
  parts: EndpointParts,
  request: Request,
  address: string | null,
): Promise<Response> {
  const url = new URL(request.url);
  const path = url.pathname.startsWith(`${BASE}/`) ? url.pathname.slice(BASE.length) : '';
  try {
    const endpoint = endpointFor(request, path);
    return (
      (await refuseForeignKey(parts, request)) ?? (await endpoint(parts, { request, query: url.searchParams, address }))
    );
  } catch (error) {
    return failureResponse(failureOf(error, parts, path), request);
  }
}
