import { z } from 'zod';
import type { Upload } from '@/lib/upload';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What `handle` needs to know of a request; every schema reads an object of named values. */
export type HandlerSpec = {
  /** `user` (default): only with a valid credential. `public`: for everybody, and the credential is not looked at. */
  readonly access?: 'user' | 'public';
  readonly params?: z.ZodType<Record<string, unknown>>;
  /** Reads texts: a parameter that is absent is undefined, never an empty text. */
  readonly query?: z.ZodType<Record<string, unknown>>;
  readonly body?: z.ZodType<Record<string, unknown>>;
  /** Takes a form with a file (multipart/form-data) instead of JSON: its other fields, all of them texts. */
  readonly upload?: z.ZodObject;
  /** Of a success; 200 unless said otherwise. */
  readonly status?: 200 | 201 | 202;
  /** Takes the header `Idempotency-Key`: with it the same request, sent again, has the first one's effect and answer. */
  readonly once?: true;
  /** Most bytes of a body. */
  readonly maxBytes?: number;
  /** `no-store` for what may not even stay on the caller's disk (credentials, exports). */
  readonly cache?: 'no-cache' | 'no-store';
  /** `none` for what a load balancer asks every second. */
  readonly limit?: 'none';
  /** Answers with the data itself, not with `{ success: true, data }`: for documents whose form another standard fixes. */
  readonly bare?: true;
};

/** One line of the API: what a route takes and gives. The route runs by it and the OpenAPI document is written from it. */
export type Operation = HandlerSpec & {
  readonly method: Method;
  /** As in OpenAPI: `/api/jobs/{id}`. */
  readonly path: `/api/${string}`;
  readonly summary: string;
  /** The content of `data`; of a route built by `handle.download` the word `file`. */
  readonly response: z.ZodType | 'file';
  /** Whether it answers `If-None-Match` with 304 (a route built by `handle.conditional`). */
  readonly conditional?: boolean;
};

/** Declares an operation and keeps the exact types of its schemas. */
export const operation = <const O extends Operation>(declared: O): O => declared;

type OutputOf<S, K extends string> = S extends { readonly [key in K]: infer T extends z.ZodType }
  ? z.output<T>
  : Record<never, never>;

type UploadOf<S> = S extends { readonly upload: infer T extends z.ZodObject }
  ? { readonly upload: Upload<z.output<T>> }
  : Record<never, never>;

type OnceKeyOf<S> = S extends { readonly once: true } ? { readonly onceKey: string | null } : Record<never, never>;

/** What a verb gets: everything from the path, the query and the body, by name, or the upload; and the key. */
export type InputOf<S extends HandlerSpec> = OutputOf<S, 'params'> &
  OutputOf<S, 'query'> &
  OutputOf<S, 'body'> &
  UploadOf<S> &
  OnceKeyOf<S>;

/** The names that a schema knows, or null where it takes any name. */
export function namesOf(schema: z.ZodType | undefined): readonly string[] | null {
  if (!schema) return [];
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const names = new Set<string>();
  return collectNames(json, names) ? [...names] : null;
}

function collectNames(json: z.core.JSONSchema.BaseSchema, names: Set<string>): boolean {
  const branches = [json.anyOf, json.oneOf, json.allOf].flatMap((list) => list ?? []);
  for (const name of Object.keys(json.properties ?? {})) names.add(name);
  if (json.type === 'object' && json.additionalProperties !== undefined && json.additionalProperties !== false)
    return false;
  if (json.type !== 'object' && branches.length === 0) return false;
  return branches.every((branch) => collectNames(branch, names));
}
