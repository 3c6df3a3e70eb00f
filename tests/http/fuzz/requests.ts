import type { Described, OpenApiParameter } from '@tests/support/openapi';
import fc from 'fast-check';
import type { Harvest } from './harvest';
import { HOSTILE_BODIES, HOSTILE_HEADERS, HOSTILE_JSON, HOSTILE_QUERIES, HOSTILE_TEXTS } from './hostile';
import { valuesFor } from './values';

/** One request on its way to the wire. `lie`: the framing is wrong, so that the server may just end the connection. */
export type FuzzRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer | null;
  readonly lie: 'none' | 'too short' | 'too long' | 'bad chunk' | 'both lengths';
  readonly mutated: boolean;
};

type Pairs = [string, string][];
type Draft = {
  method: string;
  path: string;
  pairs: Pairs;
  rawQuery: string;
  headers: Pairs;
  body: string | Buffer | null;
  lie: FuzzRequest['lie'];
};
type Mutation = (draft: Draft) => Draft;

/** Requests for one operation: honest ones, and about 45 % that carry one to three faults. */
export function requestsFor(described: Described, harvest: Harvest): fc.Arbitrary<FuzzRequest> {
  const mutations = fc.oneof(
    { weight: 55, arbitrary: fc.constant<Mutation[]>([]) },
    { weight: 45, arbitrary: fc.array(mutation(described), { minLength: 1, maxLength: 3 }) },
  );
  return fc.tuple(honest(described, harvest), mutations).map(([draft, list]) =>
    finish(
      list.reduce((d, mutate) => mutate(d), draft),
      list.length > 0,
    ),
  );
}

function honest({ method, path, operation }: Described, harvest: Harvest): fc.Arbitrary<Draft> {
  const parameters = operation.parameters ?? [];
  const chosen = fc.tuple(...parameters.map((each) => oneParameter(each, harvest.values)));
  const form = operation.requestBody?.content['multipart/form-data'];
  const schema = operation.requestBody?.content['application/json']?.schema;
  const body = form
    ? fc.constantFrom(...FORMS)
    : schema
      ? valuesFor(schema, '', harvest.values).map((value) => JSON.stringify(value))
      : fc.constantFrom(null, null, '{}');
  const page =
    method === 'GET' && harvest.pages.length > 0
      ? fc.option(fc.constantFrom(...harvest.pages), { freq: 3 })
      : fc.constant(null);
  return fc.tuple(chosen, body, page).map(([values, text, ofPage]) => {
    const given = values.filter((each) => each !== null && each.name !== 'cursor') as NamedValue[];
    const inPath = new Map(given.filter((each) => each.in === 'path').map((each) => [each.name, each.value]));
    return {
      method,
      path: path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(inPath.get(name) ?? '')),
      pairs: ofPage ? [...ofPage] : pairsIn('query', given),
      rawQuery: '',
      headers: [...pairsIn('header', given), ...(text === null ? [] : [form ? FORM_TYPE : JSON_TYPE])],
      body: method === 'GET' ? null : text,
      lie: 'none',
    };
  });
}

type NamedValue = { readonly name: string; readonly in: OpenApiParameter['in']; readonly value: string };

const FORM_TYPE: [string, string] = ['Content-Type', 'multipart/form-data; boundary=fuzz'];

const part = (name: string, value: string, file = '') =>
  `--fuzz\r\nContent-Disposition: form-data; name="${name}"${file && `; filename="${file}"`}\r\n\r\n${value}\r\n`;
const FILE = part('file', '{"prompt":"a","completion":"b"}\n', 'x.jsonl');

/** Forms as browsers send them, whatever the operation makes of their fields. */
const FORMS = [
  `${FILE}--fuzz--\r\n`,
  `${part('name', 'Ä name')}${FILE}--fuzz--\r\n`,
  `${FILE}${part('tokenizer', 'llama3')}${part('validation_share', '0.25')}--fuzz--\r\n`,
  `${part('file', '\0'.repeat(3_000), '../../x')}--fuzz--\r\n`,
];

const JSON_TYPE: [string, string] = ['Content-Type', 'application/json'];

const pairsIn = (place: NamedValue['in'], given: readonly NamedValue[]): Pairs =>
  given.filter((each) => each.in === place).map((each) => [each.name, each.value]);

function oneParameter({ name, in: place, required, schema }: OpenApiParameter, harvest: Harvest['values']) {
  const value = valuesFor(schema, name, harvest).map((each) => ({ name, in: place, value: String(each) }));
  return required ? value : fc.option(value, { freq: 2, nil: null });
}

function mutation({ method, operation }: Described): fc.Arbitrary<Mutation> {
  const names = (operation.parameters ?? []).filter((each) => each.in === 'query').map((each) => each.name);
  const kinds: fc.Arbitrary<Mutation>[] = [
    fc.constantFrom(...HOSTILE_HEADERS).map(([name, value]) => (d) => ({
      ...d,
      headers: [...d.headers.filter(([n]) => n !== name), [name, value]],
    })),
    fc.constantFrom(...HOSTILE_QUERIES).map((rawQuery) => (d) => ({ ...d, rawQuery })),
    fc.tuple(fc.constantFrom(...HOSTILE_TEXTS, 'perod'), text()).map(([name, value]) => (d) => ({
      ...d,
      pairs: [...d.pairs, [name, value]],
    })),
    text().map((value) => (d) => ({ ...d, path: replaceId(d.path, value) })),
    fc
      .constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND')
      .map((other) => (d) => ({ ...d, method: other })),
  ];
  if (names.length > 0) {
    const name = fc.constantFrom(...names);
    kinds.push(
      fc.tuple(name, text()).map(([each, value]) => (d) => ({
        ...d,
        pairs: [...d.pairs.filter(([n]) => n !== each), [each, value]],
      })),
      fc.tuple(name, text()).map(([each, value]) => (d) => ({
        ...d,
        pairs: [...d.pairs, [each, value], [each, value]],
      })),
      fc.nat().map((seed) => (d) => ({
        ...d,
        pairs: d.pairs.map(([n, value]): [string, string] => [n, n === 'cursor' ? bend(value, seed) : value]),
      })),
    );
  }
  if (method !== 'GET') kinds.push(...bodyMutations());
  return fc.oneof(...kinds);
}

function bodyMutations(): fc.Arbitrary<Mutation>[] {
  const type: [string, string] = ['Content-Type', 'application/json'];
  return [
    fc.constantFrom(...HOSTILE_BODIES).map((body) => (d) => ({ ...d, body, headers: [...d.headers, type] })),
    fc.tuple(fc.nat(), fc.constantFrom(...HOSTILE_JSON)).map(([at, value]) => (d) => ({
      ...d,
      body: replaceValue(d.body, at, value),
      headers: [...d.headers, type],
    })),
    fc.nat({ max: 40 }).map((length) => (d) => ({ ...d, body: String(d.body ?? '{}').slice(0, length) })),
    fc
      .constantFrom('too short', 'too long', 'bad chunk', 'both lengths')
      .map((lie) => (d) => ({ ...d, lie, body: d.body ?? '{}' })),
  ];
}

const text = () =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  );

const UUID_SEGMENT = /\/[0-9a-f-]{36}(?=\/|$)/i;
const replaceId = (path: string, value: string): string =>
  path.replace(UUID_SEGMENT, () => `/${encodeURIComponent(value.toWellFormed())}`);

/** Puts a JSON text in the place of the n-th value of a body, or adds it under a name where there is none. */
function replaceValue(body: Draft['body'], at: number, value: string): string {
  const given = String(body ?? '{}');
  const places = [...given.matchAll(/(?<=:)("(?:[^"\\]|\\.)*"|-?\d[\d.]*|true|false|null)/g)];
  const place = places[at % Math.max(1, places.length)];
  if (!place) return `{"x":${value}}`;
  return given.slice(0, place.index) + value + given.slice(place.index + place[0].length);
}

/** A cursor that was ours, with one of its inner values changed and packed again as ours are. */
function bend(cursor: string, seed: number): string {
  const inside = Buffer.from(cursor, 'base64url').toString('utf8');
  const digits = [...inside.matchAll(/\d+/g)];
  const place = digits[seed % Math.max(1, digits.length)];
  if (!place) return `${cursor}x`;
  const values = ['99', '0', '-1', '1e9', '99999999999999999999', '31', '999999', '00', 'null', '"', '1.5'];
  const bent =
    inside.slice(0, place.index) + values[seed % values.length] + inside.slice(place.index + place[0].length);
  return /^[\x20-\x7e]+$/.test(inside) ? Buffer.from(bent).toString('base64url') : bent;
}

function finish({ pairs, rawQuery, path, body, ...rest }: Draft, mutated: boolean): FuzzRequest {
  const encoded = pairs.map((pair) => pair.map((part) => encodeURIComponent(part.toWellFormed())).join('='));
  const query = [...encoded, rawQuery].filter(Boolean).join('&').slice(0, 12_000);
  const request = { ...rest, path, query, body: body === null ? null : Buffer.from(body), mutated };
  // a counterexample is read by people: 10,000 characters of it would hide what it is
  return Object.defineProperty(request, fc.toStringMethod, { value: () => summaryOf(request), enumerable: false });
}

const shortened = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}… (${text.length})` : text);

function summaryOf({ method, path, query, headers, body, lie }: FuzzRequest): string {
  const lines = headers.map(([name, value]) => `${name}: ${shortened(value)}`);
  const content = body === null ? 'no body' : shortened(JSON.stringify(body.toString('latin1')));
  return `${method} ${shortened(path)}?${shortened(query)} | ${lines.join(' | ')} | ${content} | lie: ${lie}`;
}

/** The bytes of a request, framing lies included. */
export function bytesOf({ method, path, query, headers, body, lie }: FuzzRequest, host: string): Buffer {
  const lines = [`${method} ${path}${query === '' ? '' : `?${query}`} HTTP/1.1`, `Host: ${host}`, 'Connection: close'];
  for (const [name, value] of headers) lines.push(`${name}: ${value.replaceAll(/[\r\n]/g, '')}`);
  const content = body ?? Buffer.alloc(0);
  const length = {
    none: content.length,
    'too short': content.length + 50,
    'too long': Math.max(0, content.length - 1),
    'both lengths': content.length,
    'bad chunk': null,
  }[lie];
  if (length !== null && (body !== null || lie !== 'none')) lines.push(`Content-Length: ${length}`);
  if (lie === 'bad chunk' || lie === 'both lengths') lines.push('Transfer-Encoding: chunked');
  const framed = lie === 'bad chunk' ? [Buffer.from('zz\r\n'), content, Buffer.from('\r\n0\r\n\r\n')] : [content];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), ...framed]);
}
