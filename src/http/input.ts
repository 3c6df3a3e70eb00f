import type { z } from 'zod';
import { DEFAULT_MAX_BYTES, readBody } from '@/http/body';
import { explain, sentenceFor } from '@/http/explain';
import { type HandlerSpec, namesOf } from '@/http/operation';
import { parseQuery, refuseUnknown } from '@/http/query';

type Values = Record<string, unknown>;
/** What Next passes beside the request. */
export type RouteContext = { readonly params: Promise<Values> };

/**
 * Reads path, query and body of a request by the schemas of `spec`, all into one object of values by name.
 * The promise rejects with a refusal that names the field and says what to send instead.
 */
export function inputParser(spec: HandlerSpec): (request: Request, context: RouteContext) => Promise<Values> {
  let names: { query: readonly string[] | null; body: readonly string[] | null } | undefined;
  return async (request, context) => {
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

function check(schema: z.ZodType<Values>, value: unknown): Values {
  const result = schema.safeParse(value, { error: sentenceFor });
  if (!result.success) throw explain(result.error);
  return result.data;
}
