import { z } from 'zod';
import { FILE_FIELD } from '@/http/form';
import { IDEMPOTENCY_HEADER, IDEMPOTENCY_PATTERN } from '@/http/idempotency-key';
import type { Operation } from '@/http/operation';

type Json = { [key: string]: unknown };

const ERROR = { $ref: '#/components/schemas/Error' };

const REFUSALS = {
  badInput: [400, 'Something in the request is not valid; `details` says what to send instead.'],
  unauthenticated: [401, 'No credential, or one that is not valid.'],
  crossSite: [403, 'A change asked for by a page of another site.'],
  notFound: [404, 'Not there, or not yours.'],
  conflict: [409, 'The same key or id with other content, or still in flight.'],
  tooLarge: [413, 'The body is too large.'],
  unsupported: [415, 'The body is not of the type that the document names.'],
  rateLimited: [429, 'Too many requests; `Retry-After` says when to try again.'],
  unavailable: [503, 'Away for the moment; `Retry-After` says when to try again.'],
} as const satisfies Record<string, readonly [number, string]>;

/** The OpenAPI 3.1 document of `operations`, written from the schemas by which the routes themselves read and answer. */
export function openApiDocument(operations: readonly Operation[], version: string): Json {
  const paths: { [path: string]: Json } = {};
  for (const each of operations) {
    paths[each.path] = { ...paths[each.path], [each.method.toLowerCase()]: describe(each) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'PIPELINE',
      version,
      description:
        'Costs and notifications of training runs. Amounts come as a number and, exact, as a text beside it.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        session: { type: 'apiKey', in: 'cookie', name: 'sb-pipeline-auth-token' },
      },
      schemas: { Error: errorSchema },
    },
  };
}

const errorSchema: Json = {
  type: 'object',
  properties: {
    error: { type: 'string', description: 'The kind of refusal.' },
    details: { type: 'string', description: 'What is wrong and what to send instead.' },
  },
  required: ['error', 'details'],
};

const ONCE_PARAMETER: Json = {
  name: IDEMPOTENCY_HEADER,
  in: 'header',
  required: false,
  description:
    'Your name for this request: sent again with it, it has one effect and one answer. Kept for a day or more.',
  schema: { type: 'string', pattern: IDEMPOTENCY_PATTERN },
};

function describe(operation: Operation): Json {
  const parameters = [
    ...parametersOf(operation.params, 'path'),
    ...parametersOf(operation.query, 'query'),
    ...(operation.once ? [ONCE_PARAMETER] : []),
  ];
  return {
    operationId: operationId(operation),
    summary: operation.summary,
    tags: [operation.path.split('/')[2]],
    security: operation.access === 'public' ? [] : [{ bearer: [] }, { session: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(operation.body && {
      requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(operation.body, 'input') } } },
    }),
    ...(operation.upload && {
      requestBody: { required: true, content: { 'multipart/form-data': { schema: formSchema(operation.upload) } } },
    }),
    responses: responsesOf(operation),
  };
}

/** `GET /api/jobs/{id}/logs` → `getJobsByIdLogs`. */
function operationId({ method, path }: Operation): string {
  const words = path
    .slice('/api/'.length)
    .replace(/\{(\w+)\}/g, 'by-$1')
    .split(/[^A-Za-z0-9]+/);
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = typeof property === 'object' ? property : {};
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description && { description }),
      schema: rest,
    };
  });
}

function responsesOf(operation: Operation): Json {
  const { params, method, access, limit, conditional, status = 200 } = operation;
  const body = operation.body ?? operation.upload;
  const changesOne = params !== undefined && method !== 'GET';
  const refusals: readonly (readonly [number, string] | false | undefined)[] = [
    REFUSALS.badInput,
    access !== 'public' && REFUSALS.unauthenticated,
    method !== 'GET' && REFUSALS.crossSite,
    params && REFUSALS.notFound,
    (body || changesOne) && REFUSALS.conflict,
    body && REFUSALS.tooLarge,
    body && REFUSALS.unsupported,
    limit !== 'none' && REFUSALS.rateLimited,
    REFUSALS.unavailable,
  ];
  return {
    [status]: { description: 'Done.', content: contentOf(operation) },
    ...(operation.response === 'file' && {
      206: { description: 'The part that `Range` asks for.', content: contentOf(operation) },
      416: { description: 'Nothing of the file lies in that range; `Content-Range` says how long it is.' },
    }),
    ...((conditional || operation.response === 'file') && {
      304: { description: 'Unchanged since the answer whose ETag `If-None-Match` names.' },
    }),
    ...Object.fromEntries(
      refusals
        .filter((refusal) => refusal !== false && refusal !== undefined)
        .map(([code, description]) => [code, { description, content: { 'application/json': { schema: ERROR } } }]),
    ),
  };
}

/** A form: its fields as texts, and the file beside them. */
function formSchema(fields: z.ZodObject): Json {
  const {
    properties,
    required = [],
    ...form
  } = jsonSchema(fields, 'input') as { properties?: Json; required?: string[] };
  const file = { type: 'string', contentMediaType: 'application/octet-stream', description: 'The file, streamed.' };
  return { ...form, properties: { [FILE_FIELD]: file, ...properties }, required: [FILE_FIELD, ...required] };
}

function contentOf({ response, bare }: Operation): Json {
  if (response === 'file') return { 'application/octet-stream': { schema: {} } };
  const data = jsonSchema(response, 'output');
  const wrapped = { type: 'object', properties: { success: { const: true }, data }, required: ['success', 'data'] };
  return { 'application/json': { schema: bare ? data : wrapped } };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    // answers may get more keys one day: a client that checks them must not break over one that it does not know
    override: ({ jsonSchema: part }) => {
      if (io === 'output' && part.additionalProperties === false) delete part.additionalProperties;
    },
  });
  return json;
}
