import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { SystemCtx, UserCtx } from '@/domain/context';
import { clientAddress } from '@/http/address';
import { type Answer, baseHeaders, refusalAnswer, refusalOf, successAnswer, toResponse } from '@/http/answer';
import { DEFAULT_MAX_BYTES, readBody } from '@/http/body';
import { refuseCrossSite } from '@/http/cross-site';
import { formatTag, parseIfNoneMatch } from '@/http/entity-tags';
import { explain, sentenceFor } from '@/http/explain';
import { type HandlerSpec, type InputOf, namesOf } from '@/http/operation';
import { parseQuery, refuseUnknown } from '@/http/query';
import { type Authentication, type RuntimeParts, runtime } from '@/http/runtime';
import { PipelineError, unauthenticated } from '@/lib/errors';
import type { Logger } from '@/lib/log';

/** The context of a verb: an account's own, or for a public route the product's. */
export type CtxOf<S extends HandlerSpec> = S extends { readonly access: 'public' } ? SystemCtx : UserCtx;

/** What Next passes beside the request. */
export type RouteContext = { readonly params: Promise<Record<string, unknown>> };

/** A route handler that remembers what it was built from; `route()` makes a file's exports of it. */
export type Handler = {
  (request: Request, context: RouteContext): Promise<Response>;
  readonly spec: HandlerSpec;
};

/** A verb's answer to somebody who may have it already: its tag, and null where the tag was among the known ones. */
export type Conditional = { readonly tag: string; readonly data: unknown };

type Verb<S extends HandlerSpec, R> = (ctx: CtxOf<S>, input: InputOf<S>, extra: VerbExtra) => Promise<R>;

/** For the few routes that are more than one verb: the request itself, and cookies to send along. */
export type VerbExtra = { readonly request: Request; readonly setCookie: (value: string) => void };

/**
 * Makes a route handler of a verb: who is calling → budget of requests → parse → verb → `{ success: true, data }`.
 * Every refusal and every failure leaves as `{ error, details }`; what was not meant for the caller goes to the log.
 */
export function handle<const S extends HandlerSpec>(spec: S, verb: Verb<S, unknown>): Handler {
  return handler(spec, async (ctx, input, extra) =>
    successAnswer(await verb(ctx as CtxOf<S>, input as InputOf<S>, extra), spec),
  );
}

/** Like `handle`, for a verb that is told the tags which the caller already has and answers with its own tag. */
handle.conditional = function conditional<const S extends HandlerSpec>(
  spec: S,
  verb: (ctx: CtxOf<S>, input: InputOf<S>, knownTags: readonly string[]) => Promise<Conditional>,
): Handler {
  return handler(spec, async (ctx, input, { request }) => {
    const known = parseIfNoneMatch(request.headers.get('if-none-match'));
    const { tag, data } = await verb(ctx as CtxOf<S>, input as InputOf<S>, known.tags);
    const unchanged = data === null || known.any || known.tags.includes(tag);
    const answer: Answer = unchanged
      ? { status: 304, headers: baseHeaders('no-cache'), body: null }
      : successAnswer(data, spec);
    answer.headers.set('ETag', formatTag(tag));
    return answer;
  });
};

type Run = (ctx: UserCtx | SystemCtx, input: unknown, extra: VerbExtra) => Promise<Answer>;

function handler(spec: HandlerSpec, run: Run): Handler {
  const parse = inputParser(spec);
  const respond = async (request: Request, context: RouteContext): Promise<Response> => {
    const requestId = randomUUID();
    const cookies: string[] = [];
    let log: Logger | null = null;
    let answer: Answer;
    try {
      const parts = runtime();
      const requestLog = parts.log.child({ requestId });
      log = requestLog;
      refuseCrossSite(request, parts.publicHost);
      const { caller, setCookies } = await admit(spec, request, parts);
      cookies.push(...setCookies);
      const input = await parse(request, context);
      const ctx = contextOf(parts, caller, caller ? requestLog.child({ userId: caller.userId }) : requestLog);
      answer = await run(ctx, input, { request, setCookie: (value) => cookies.push(value) });
    } catch (error) {
      answer = failure(error, request, log);
    }
    answer.headers.set('X-Request-Id', requestId);
    for (const cookie of cookies) answer.headers.append('Set-Cookie', cookie);
    return toResponse(answer);
  };
  return Object.assign(respond, { spec });
}

/** Finds out who is calling and takes the call from the budget: the account's, or the address's where there is none. */
async function admit(spec: HandlerSpec, request: Request, parts: RuntimeParts): Promise<Authentication> {
  if (spec.access === 'public') {
    if (spec.limit !== 'none') await spend(parts, 'address', clientAddress(request));
    return { caller: null, setCookies: [] };
  }
  try {
    const found = await parts.authenticate(request);
    if (!found.caller) throw unauthenticated('no credential');
    await spend(parts, 'user', found.caller.userId);
    return found;
  } catch (error) {
    // Guessing credentials costs the guesser's address, never an account.
    if (refusalOf(error).code === 'unauthenticated') await spend(parts, 'address', clientAddress(request));
    throw error;
  }
}

async function spend({ limiter }: RuntimeParts, scope: 'user' | 'address', key: string): Promise<void> {
  const retryAfterS = await limiter.spend(scope, key);
  if (retryAfterS > 0) {
    throw new PipelineError('rate_limited', `Too many requests: wait ${retryAfterS} s and try again.`, { retryAfterS });
  }
}

function contextOf(parts: RuntimeParts, caller: Authentication['caller'], log: Logger): UserCtx | SystemCtx {
  const { clock, database } = parts;
  if (!caller) return { session: database.asService(), clock, log };
  return {
    userId: caller.userId,
    email: caller.email,
    session: database.asUser(caller),
    service: database.asService(),
    clock,
    log,
  };
}

/** Reads path, query and body by the schemas; what they take by name is known from the first request on. */
function inputParser(spec: HandlerSpec) {
  let names: { query: readonly string[] | null; body: readonly string[] | null } | undefined;
  return async (request: Request, context: RouteContext): Promise<Record<string, unknown>> => {
    names ??= { query: namesOf(spec.query), body: namesOf(spec.body) };
    const params = spec.params ? check(spec.params, await context.params) : {};
    const query = parseQuery(request.url);
    if (names.query) refuseUnknown('parameter', Object.keys(query), names.query);
    const checkedQuery = spec.query ? check(spec.query, query) : {};
    if (request.method === 'GET' || request.method === 'HEAD') return { ...params, ...checkedQuery };
    const body = (await readBody(request, spec.maxBytes ?? DEFAULT_MAX_BYTES)) ?? {};
    if (names.body) refuseUnknown('field', Object.keys(body), names.body);
    return { ...params, ...checkedQuery, ...(spec.body ? check(spec.body, body) : {}) };
  };
}

function check(schema: z.ZodType<Record<string, unknown>>, value: unknown): Record<string, unknown> {
  const result = schema.safeParse(value, { error: sentenceFor });
  if (!result.success) throw explain(result.error);
  return result.data;
}

function failure(error: unknown, request: Request, log: Logger | null): Answer {
  const refusal = refusalOf(error);
  const about = { err: error, method: request.method, path: new URL(request.url).pathname };
  if (refusal.code === 'internal') log ? log.error(about, 'a request failed') : console.error(error);
  else if (refusal.code === 'unavailable') log?.warn(about, 'a request was put off');
  return refusalAnswer(refusal);
}
