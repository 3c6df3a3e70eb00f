import { randomUUID } from 'node:crypto';
import { baseHeaders, refusalAnswer, toResponse } from '@/http/answer';
import type { Handler } from '@/http/handle';
import type { RouteContext } from '@/http/input';
import { discardBody } from '@/http/leftover';
import type { Method } from '@/http/operation';
import { PipelineError } from '@/lib/errors';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const satisfies readonly Method[];

type Answering = (request: Request, context: RouteContext) => Promise<Response>;

/** Everything that a `route.ts` exports. */
export type Route = Record<Method | 'HEAD' | 'OPTIONS', Answering>;

/**
 * The exports of a route file: its own handlers, HEAD where there is a GET, OPTIONS, and a 405 in our shape for the rest.
 *
 * ```ts
 * export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({ GET: handle(costs.readCosts, readCosts) });
 * ```
 */
export function route(handlers: Partial<Record<Method, Handler>>): Route {
  const own = METHODS.filter((method) => handlers[method]);
  const allow = [...own, ...(handlers.GET ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  const refusal = new PipelineError('method_not_allowed', `This address takes only ${allow}.`);
  const refuse: Answering = (request) => refused(request, refusal, { Allow: allow });
  const { GET = refuse, POST = refuse, PUT = refuse, PATCH = refuse, DELETE = refuse } = handlers;
  return { GET, POST, PUT, PATCH, DELETE, HEAD: withoutBody(GET), OPTIONS: async () => options(allow) };
}

/** The exports of the route that catches every address under /api which no other route has. */
export function unknownAddress(): Route {
  const details = 'There is nothing at this address. GET /api/openapi.json lists what there is.';
  const refuse: Answering = (request) => refused(request, new PipelineError('not_found', details));
  return {
    GET: refuse,
    HEAD: withoutBody(refuse),
    OPTIONS: refuse,
    POST: refuse,
    PUT: refuse,
    PATCH: refuse,
    DELETE: refuse,
  };
}

async function refused(request: Request, refusal: PipelineError, more: Record<string, string> = {}): Promise<Response> {
  const answer = refusalAnswer(refusal);
  const connection: Record<string, string> = (await discardBody(request)) ? {} : { Connection: 'close' };
  const headers = { ...more, ...connection, 'X-Request-Id': randomUUID() };
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
  return toResponse(answer);
}

function options(allow: string): Response {
  const headers = baseHeaders('no-store');
  headers.set('Allow', allow);
  return new Response(null, { status: 204, headers });
}

function withoutBody(get: Answering): Answering {
  return async (request, context) => {
    const { status, headers } = await get(request, context);
    return new Response(null, { status, headers });
  };
}
