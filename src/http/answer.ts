import { type ErrorCode, PipelineError } from '@/lib/errors';

/** The status and the short name under which each kind of refusal leaves the house. */
const REFUSALS = {
  bad_input: { status: 400, error: 'Bad request' },
  unauthenticated: { status: 401, error: 'Not signed in' },
  forbidden: { status: 403, error: 'Forbidden' },
  not_found: { status: 404, error: 'Not found' },
  method_not_allowed: { status: 405, error: 'Method not allowed' },
  conflict: { status: 409, error: 'Conflict' },
  too_large: { status: 413, error: 'Too large' },
  unsupported_media_type: { status: 415, error: 'Unsupported media type' },
  rate_limited: { status: 429, error: 'Too many requests' },
  internal: { status: 500, error: 'Internal error' },
  unavailable: { status: 503, error: 'Unavailable' },
} as const satisfies Record<ErrorCode, { status: number; error: string }>;

/** Which check failed is nobody's business but the log's. */
const UNAUTHENTICATED = 'Sign in, or send a valid token in the header "Authorization: Bearer …".';
const INTERNAL =
  'Something went wrong on our side; the log has the cause. Try again, and name the X-Request-Id if it stays.';

/** How long an answer may be kept: re-checked before each use, or never written down. */
export type CachePolicy = 'no-cache' | 'no-store';

/** Status, headers and content of an answer: a JSON text, a file on its way, or nothing. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string | ReadableStream<Uint8Array> | null;
};

/** An answer whose content is there, for Web responses and for plain node:http alike. */
export type TextAnswer = Answer & { readonly body: string };

/** Headers of every answer under /api: nothing is sniffed, framed, referred, or kept in a cache shared with others. */
export function baseHeaders(cache: CachePolicy): Headers {
  return new Headers({
    'Cache-Control': `private, ${cache}`,
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    Vary: 'Authorization, Cookie',
    'X-Content-Type-Options': 'nosniff',
  });
}

function jsonAnswer(status: number, cache: CachePolicy, content: unknown): TextAnswer {
  const headers = baseHeaders(cache);
  headers.set('Content-Type', 'application/json; charset=utf-8');
  return { status, headers, body: JSON.stringify(content) };
}

/** `{ success: true, data }`, or the data alone where the answer is `bare`. */
export function successAnswer(
  data: unknown,
  form: { status?: number; cache?: CachePolicy; bare?: boolean } = {},
): TextAnswer {
  const { status = 200, cache = 'no-cache', bare = false } = form;
  return jsonAnswer(status, cache, bare ? data : { success: true, data: data ?? null });
}

/** The refusal behind `error`; anything that was not meant for the caller becomes `internal`. */
export function refusalOf(error: unknown): PipelineError {
  if (error instanceof PipelineError) return error;
  // The server's modules and Next's bundle each have a class of this name: what the one throws, the other knows by shape.
  if (error instanceof Error && error.name === 'PipelineError') {
    const { code, details, retryAfterS } = error as Partial<PipelineError>;
    if (code !== undefined && Object.hasOwn(REFUSALS, code) && typeof details === 'string') {
      return new PipelineError(code, details, {
        cause: error.cause,
        ...(retryAfterS !== undefined && { retryAfterS }),
      });
    }
  }
  return new PipelineError('internal', INTERNAL, { cause: error });
}

/** `{ error, details }` with the status, `Retry-After` and `WWW-Authenticate` that belong to the refusal. */
export function refusalAnswer(refusal: PipelineError): TextAnswer {
  const { status, error } = REFUSALS[refusal.code];
  const details = publicDetails(refusal);
  const answer = jsonAnswer(status, 'no-store', { error, details });
  if (refusal.code === 'unauthenticated') answer.headers.set('WWW-Authenticate', 'Bearer realm="pipeline"');
  if (refusal.code === 'rate_limited' || refusal.code === 'unavailable') {
    answer.headers.set('Retry-After', String(Math.max(1, Math.ceil(refusal.retryAfterS ?? 2))));
  }
  return answer;
}

function publicDetails({ code, details }: PipelineError): string {
  if (code === 'unauthenticated') return UNAUTHENTICATED;
  return code === 'internal' ? INTERNAL : details;
}

/** The same answer as a Web response. */
export function toResponse({ status, headers, body }: Answer): Response {
  return new Response(body, { status, headers });
}
