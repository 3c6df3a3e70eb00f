import type { z } from 'zod';
import { DEFAULT_MAX_BYTES, readBody } from '@/http/body';
import { explain, sentenceFor } from '@/http/explain';
import { readIdempotencyKey } from '@/http/idempotency-key';
import { type OpenUpload, openUpload } from '@/http/multipart';
import { type HandlerSpec, namesOf } from '@/http/operation';
import { parseQuery, refuseUnknown } from '@/http/query';

type Values = Record<string, unknown>;
/** What Next passes beside the request. */
export type RouteContext = { readonly params: Promise<Values> };
/** Values by name, and for an operation that takes a file the upload, which has to be ended. */
export type Parsed = Values & { readonly upload?: OpenUpload<Values> };

/**
 * Reads path, query and body of a request by the schemas of `spec`, all into one object of values by name; of a form with
 * a file everything before the file's content.
 * The promise rejects with a refusal that names the field and says what to send instead.
 */
export function inputParser(
  spec: HandlerSpec,
): (request: Request, context: RouteContext, mostUploadBytes: number) => Promise<Parsed> {
  let names: { query: readonly string[] | null; body: readonly string[] | null } | undefined;
  return async (request, context, mostUploadBytes) => {
    names ??= { query: namesOf(spec.query), body: namesOf(spec.body) };
    const params = spec.params ? check(spec.params, await context.params) : {};
    const query = parseQuery(request.url);
    if (names.query) refuseUnknown('parameter', Object.keys(query), names.query);
    const checkedQuery = spec.query ? check(spec.query, query) : {};
    if (request.method === 'GET' || request.method === 'HEAD') return { ...params, ...checkedQuery };
    if (spec.upload) {
      return { ...params, ...checkedQuery, upload: await openUpload(request, spec.upload, mostUploadBytes) };
    }
    const body = (await readBody(request, spec.maxBytes ?? DEFAULT_MAX_BYTES)) ?? {};
    if (names.body) refuseUnknown('field', Object.keys(body), names.body);
    const key = spec.once ? { onceKey: readIdempotencyKey(request.headers) } : {};
    return { ...params, ...checkedQuery, ...(spec.body ? check(spec.body, body) : {}), ...key };
  };
}

function check(schema: z.ZodType<Values>, value: unknown): Values {
  const result = schema.safeParse(value, { error: sentenceFor });
  if (!result.success) throw explain(result.error);
  return result.data;
}
