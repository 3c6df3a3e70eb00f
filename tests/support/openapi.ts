import { z } from 'zod';

/** JSON Schema as it stands in the document; read by Zod's own reader, which refuses keywords that it does not know. */
const schemaObject = z.looseObject({}).refine((json) => {
  if ('$ref' in json) return true;
  try {
    z.fromJSONSchema(json as z.core.JSONSchema.JSONSchema);
    return true;
  } catch {
    return false;
  }
}, 'not a JSON Schema');

const content = z.record(z.string(), z.strictObject({ schema: schemaObject }));
const response = z.strictObject({ description: z.string().min(1), content: content.optional() });
const parameter = z.strictObject({
  name: z.string().min(1),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  description: z.string().optional(),
  schema: schemaObject,
});
const operation = z.strictObject({
  operationId: z.string().regex(/^[a-z]\w+$/),
  summary: z.string().min(5),
  tags: z.array(z.string()),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(parameter).optional(),
  requestBody: z.strictObject({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), response),
});
const methods = z.strictObject({
  get: operation.optional(),
  post: operation.optional(),
  put: operation.optional(),
  patch: operation.optional(),
  delete: operation.optional(),
});

/** The objects of OpenAPI 3.1 that our document uses, with the fields that the standard asks for and no others. */
export const openApi = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string().optional() }),
  servers: z.array(z.strictObject({ url: z.string() })),
  paths: z.record(z.string().startsWith('/'), methods),
  components: z.strictObject({
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.enum(['http', 'apiKey']) })),
    schemas: z.record(z.string(), schemaObject),
  }),
});

export type OpenApi = z.output<typeof openApi>;
export type OpenApiOperation = z.output<typeof operation>;
export type OpenApiParameter = z.output<typeof parameter>;
/** One operation of the document with its method and path. */
export type Described = { readonly method: string; readonly path: string; readonly operation: OpenApiOperation };

/** All operations of a document. */
export function describedOperations({ paths }: OpenApi): Described[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, each]) =>
      each ? [{ method: method.toUpperCase(), path, operation: each }] : [],
    ),
  );
}

/** What the standard asks for beyond the form of its objects, as sentences about what is wrong. */
export function contradictions(document: OpenApi): string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  for (const { method, path, operation: each } of describedOperations(document)) {
    const place = `${method} ${path}`;
    if (ids.has(each.operationId)) problems.push(`${place}: the operationId is used twice`);
    ids.add(each.operationId);
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    const declared = (each.parameters ?? []).filter((p) => p.in === 'path').map((p) => p.name);
    if (inPath.join() !== declared.sort().join()) problems.push(`${place}: path parameters ${declared} are declared`);
    const names = (each.parameters ?? []).map((p) => `${p.in} ${p.name}`);
    if (new Set(names).size !== names.length) problems.push(`${place}: a parameter is declared twice`);
    if ((each.parameters ?? []).some((p) => p.in === 'path' && !p.required))
      problems.push(`${place}: optional in the path`);
    const unknown = each.security.flatMap(Object.keys).filter((name) => !(name in document.components.securitySchemes));
    if (unknown.length > 0) problems.push(`${place}: security ${unknown} is not declared`);
  }
  for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
    if (name === undefined || !(name in document.components.schemas)) problems.push(`schema ${name} is not declared`);
  }
  return problems;
}

/** The same schema, but objects have no other keys than the named ones: nothing leaves the house undocumented. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, closed(part)]));
  const isPlainObject = 'properties' in parts && parts.type === 'object' && !('additionalProperties' in parts);
  return isPlainObject ? { ...parts, additionalProperties: false } : parts;
}

/** A reader of the JSON content of an answer with `status`, made from the document alone; null where none is declared. */
export function answerSchema(document: OpenApi, operation: OpenApiOperation, status: number): z.ZodType | null {
  const schema = operation.responses[status]?.content?.['application/json']?.schema;
  if (!schema) return null;
  const name = /^#\/components\/schemas\/(\w+)$/.exec(String(schema.$ref ?? ''))?.[1];
  const resolved = name === undefined ? schema : document.components.schemas[name];
  return z.fromJSONSchema(closed(resolved) as z.core.JSONSchema.JSONSchema);
}
