import { randomUUID } from 'node:crypto';
import { type CallerCtx, contextOf, identify, type PublicCtx, spend } from '@/http/admit';
import { type Answer, baseHeaders, refusalAnswer, refusalOf, successAnswer, toResponse } from '@/http/answer';
import { refuseCrossSite } from '@/http/cross-site';
import { downloadAnswer, type Sendable } from '@/http/download';
import { formatTag, parseIfNoneMatch } from '@/http/entity-tags';
import { inputParser, type Parsed, type RouteContext } from '@/http/input';
import { discardBody } from '@/http/leftover';
import type { HandlerSpec, InputOf } from '@/http/operation';
import { runtime } from '@/http/runtime';
import type { Logger } from '@/lib/log';

/** The context of a verb: an account's own, or for a public route the product's. */
export type CtxOf<S extends HandlerSpec> = S extends { readonly access: 'public' } ? PublicCtx : CallerCtx;

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

/** Like `handle`, for a verb that gives a file to be sent. */
handle.download = function download<const S extends HandlerSpec>(
  spec: S,
  verb: (ctx: CtxOf<S>, input: InputOf<S>) => Promise<Sendable>,
): Handler {
  return handler(spec, async (ctx, input, { request }) =>
    downloadAnswer(request, await verb(ctx as CtxOf<S>, input as InputOf<S>)),
  );
};

type Run = (ctx: CallerCtx | PublicCtx, input: unknown, extra: VerbExtra) => Promise<Answer>;

/** How far a request came: a log of refusals is read by asking which door they ended at. */
type Stage = 'credential' | 'input' | 'verb';

function handler(spec: HandlerSpec, run: Run): Handler {
  const parse = inputParser(spec);
  const respond = async (request: Request, context: RouteContext): Promise<Response> => {
    const parts = runtime();
    const startedMs = parts.clock.monotonicMs();
    const requestId = randomUUID();
    const log = parts.log.child({ requestId });
    const cookies: string[] = [];
    let stage: Stage = 'credential';
    let answer: Answer;
    let upload: Parsed['upload'];
    try {
      refuseCrossSite(request, parts.publicHost);
      const { caller, setCookies } = await identify(spec, request, parts);
      cookies.push(...setCookies);
      if (caller) await spend(parts, 'user', caller.userId);
      stage = 'input';
      const input = await parse(request, context, parts.limits.uploadBytes);
      upload = input.upload;
      stage = 'verb';
      const extra: VerbExtra = { request, setCookie: (value) => cookies.push(value) };
      answer = await run(contextOf(parts, caller, log), input, extra);
    } catch (error) {
      answer = failure(error, request, log);
    }
    await upload?.end();
    if (!(await discardBody(request))) answer.headers.set('Connection', 'close');
    answer.headers.set('X-Request-Id', requestId);
    for (const cookie of cookies) answer.headers.append('Set-Cookie', cookie);
    const ms = parts.clock.monotonicMs() - startedMs;
    log.debug({ ...placeOf(request), status: answer.status, stage, ms }, 'answered');
    return toResponse(answer);
  };
  return Object.assign(respond, { spec });
}

/** Without the query: it may hold what the caller would not want to see in a log. */
const placeOf = ({ method, url }: Request) => ({ method, path: new URL(url).pathname });

function failure(error: unknown, request: Request, log: Logger): Answer {
  const refusal = refusalOf(error);
  if (refusal.code === 'internal') log.error({ ...placeOf(request), err: error }, 'a request failed');
  if (refusal.code === 'unavailable') log.warn({ ...placeOf(request), err: error }, 'a request was put off');
  return refusalAnswer(refusal);
}
