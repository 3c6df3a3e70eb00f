import { randomUUID } from 'node:crypto';
import { refusalAnswer, toResponse } from '@/http/answer';
import type { Handler, RouteContext } from '@/http/handle';
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
 * export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({ GET: handle(readCostsOperation, readCosts) });
 * ```
 */
export function route(handlers: Partial<Record<Method, Handler>>): Route {
  const own = METHODS.filter((method) => handlers[method]);
  const allow = [...own, ...(handlers.GET ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  const refuse: Answering = async () => methodRefused(allow);
  const { GET = refuse, POST = refuse, PUT = refuse, PATCH = refuse, DELETE = refuse } = handlers;
  return {
    GET,
    POST,
    PUT,
    PATCH,
    DELETE,
    HEAD: handlers.GET ? withoutBody(handlers.GET) : refuse,
    OPTIONS: async () => new Response(null, { status: 204, headers: { Allow: allow, 'X-Request-Id': randomUUID() } }),
  };
}

function methodRefused(allow: string): Response {
  const answer = refusalAnswer(new PipelineError('method_not_allowed', `This address takes only ${allow}.`));
  answer.headers.set('Allow', allow);
  answer.headers.set('X-Request-Id', randomUUID());
  return toResponse(answer);
}

function withoutBody(get: Handler): Answering {
  return async (request, context) => {
    const { status, headers } = await get(request, context);
    return new Response(null, { status, headers });
  };
}
