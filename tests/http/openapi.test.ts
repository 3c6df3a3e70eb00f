import { startTestServer, type TestCaller, type TestServer } from '@tests/support/http';
import {
  answerSchema,
  contradictions,
  type Described,
  describedOperations,
  type OpenApi,
  openApi,
} from '@tests/support/openapi';
import { fillAccount, type SampleRows } from '@tests/support/sample-account';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareWithRegistry, findRouteFiles } from '../../scripts/routes';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const PASSWORD = 'correct horse battery staple';
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

let server: TestServer;
let caller: TestCaller;
let rows: SampleRows;
let upTo: string;
let resetToken: string;
let document: OpenApi;
let described: Described[];

beforeAll(async () => {
  server = await startTestServer();
  caller = await server.createUser();
  rows = await fillAccount(server.db.admin, caller.userId, 10);
  upTo = (await server.json<{ data: { up_to: string } }>('/api/notifications', { caller })).body.data.up_to;
  const accounts = server.identity.embedded?.accounts;
  await accounts?.create({ email: 'known@example.test', password: PASSWORD });
  resetToken = (await accounts?.resetLink('known@example.test'))?.split('#token=')[1] ?? '';
  document = (await server.json<OpenApi>('/api/openapi.json')).body;
  described = describedOperations(document);
});
afterAll(() => server.close());

/** What an operation needs to succeed, beside a caller with rows. */
function goodCalls(): Readonly<
  Record<string, { id?: string | undefined; query?: string; body?: unknown; form?: FormData }>
> {
  return {
    'POST /api/datasets': { form: datasetForm() },
    'POST /api/jobs/estimate': { body: { dataset_id: rows.datasets.at(-1) } },
    'GET /api/prices': { query: '?versions=all&limit=3' },
    'POST /api/jobs': { body: { dataset_id: rows.datasets[1], tags: { team: 'vision' } } },
    'POST /api/models/{id}/download': { id: rows.models[1] },
    'POST /api/jobs/{id}/cancel': { id: rows.waiting[0] },
    'POST /api/jobs/{id}/retry': { id: rows.failed[0] },
    'GET /api/jobs/{id}/metrics': { id: rows.failed[0], query: '?points=10' },
    'GET /api/jobs/{id}/logs': { id: rows.failed[0] },
    'PATCH /api/me': { body: { currency: 'USD' } },
    'GET /api/costs': { query: '?period=year&limit=3&include=estimates&group_by=job&fill=zero' },
    'GET /api/jobs': { query: '?origin=any' },
    'GET /api/notifications/changes': { query: `?after=${upTo.replace(/\d+$/, '0')}` },
    'POST /api/notifications/read-all': { body: { up_to: upTo } },
    'POST /api/auth/sign-in': { body: { email: 'known@example.test', password: PASSWORD } },
    'POST /api/auth/sign-up': { body: { email: 'new@example.test', password: PASSWORD } },
    'POST /api/auth/reset-password': { body: { token: resetToken, password: `${PASSWORD} again` } },
  };
}

function callWell({ method, path }: Described) {
  const { id, query = '', body, form } = goodCalls()[`${method} ${path}`] ?? {};
  const ids: Readonly<Record<string, readonly string[]>> = { ...rows };
  const at = path.replace('{id}', id ?? ids[path.split('/')[2] ?? '']?.[0] ?? '') + query;
  return server.json<Record<string, unknown>>(at, {
    method,
    caller,
    ...(body !== undefined && { body }),
    ...(form && { form }),
  });
}

function datasetForm(): FormData {
  const form = new FormData();
  form.set('validation_share', '0.2');
  form.set('file', new Blob(['{"prompt":"a","completion":"b"}\n']), 'train.jsonl');
  return form;
}

const call = (method: string, path: string, as?: TestCaller) =>
  server.json<Record<string, unknown>>(path.replace(/\{\w+\}/g, UNKNOWN), { method, ...(as && { caller: as }) });

test('the document is OpenAPI 3.1 and does not contradict itself', () => {
  const parsed = openApi.safeParse(document);
  expect(parsed.error?.issues ?? []).toEqual([]);
  expect(contradictions(document)).toEqual([]);
});

test('a document with a fault does not pass the same check', () => {
  const faulty = structuredClone(document);
  const [, get] = Object.entries(faulty.paths)[0] ?? [];
  if (get?.get) Object.assign(get.get, { responses: { '200': {} }, parameters: [{ name: 'x', in: 'body' }] });
  expect(openApi.safeParse(faulty).success).toBe(false);
  const doubled = structuredClone(document);
  doubled.paths['/api/health/{id}'] = structuredClone(doubled.paths['/api/health'] ?? {});
  expect(contradictions(doubled)).toHaveLength(2);
});

test('every route is built from the registry, and every operation of the registry has its route', async () => {
  expect(await compareWithRegistry()).toEqual([]);
});

test('the document and the route files name the same addresses', () => {
  const files = findRouteFiles()
    .map(({ address }) => address.replace(/\[(\w+)\]/g, '{$1}'))
    .filter((address) => address.startsWith('/api/') && !address.includes('[[...'));
  expect(Object.keys(document.paths).sort()).toEqual(files.sort());
});

test('every operation is answered by its route, and every other method there is 405', async () => {
  for (const path of Object.keys(document.paths)) {
    const own = described.filter((each) => each.path === path).map((each) => each.method);
    for (const method of METHODS) {
      const { status, body } = await call(method, path, caller);
      if (own.includes(method)) expect([200, 201, 202, 400, 404]).toContain(status);
      else
        expect({ method, path, status, error: body.error }).toEqual({
          method,
          path,
          status: 405,
          error: 'Method not allowed',
        });
    }
  }
});

test('operations that need a credential say so, and refuse without one', async () => {
  for (const { method, path, operation } of described) {
    const { status, body } = await call(method, path);
    if (operation.security.length === 0) expect([200, 201, 202, 400], `${method} ${path}`).toContain(status);
    else
      expect({ method, path, status, error: body.error }).toEqual({
        method,
        path,
        status: 401,
        error: 'Not signed in',
      });
  }
});

/** Downloads answer with files; tests/http/downloads.test.ts looks at them. */
const answersJson = ({ operation }: Described) =>
  Object.values(operation.responses).every(({ content = {} }) => !('application/octet-stream' in content));

test('every success has the declared form, with rows in it, and no key that the document does not name', async () => {
  for (const each of described.filter(answersJson)) {
    const { status, body } = await callWell(each);
    const name = `${each.method} ${each.path}`;
    expect(status, `${name}: say in goodCalls how to call it well (${JSON.stringify(body)})`).toBeLessThan(300);
    const schema = answerSchema(document, each.operation, status);
    expect(schema, `${name} answers ${status}, which the document does not name`).not.toBeNull();
    expect(schema?.safeParse(body).error?.issues ?? [], name).toEqual([]);
  }
});

test('every refusal has a declared status and the declared form', async () => {
  for (const { method, path, operation } of described) {
    for (const as of [caller, undefined]) {
      const { status, body } = await call(method, `${path}?nonsense=1`, as);
      const schema = answerSchema(document, operation, status);
      expect(schema, `${method} ${path} answers ${status}, which the document does not name`).not.toBeNull();
      expect(schema?.safeParse(body).error?.issues ?? [], `${method} ${path} ${status}`).toEqual([]);
      expect([400, 401]).toContain(status);
    }
  }
});

test('bodies refuse fields that the document does not name, at every depth', () => {
  for (const { method, path, operation } of described) {
    const body = operation.requestBody?.content['application/json']?.schema;
    if (body) expect(openObjects(body), `${method} ${path}`).toEqual([]);
  }
});

/** Places in a JSON Schema where an object would take any name. */
function openObjects(schema: unknown, place = 'body'): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { type, properties, additionalProperties } = schema as Record<string, unknown>;
  const open = type === 'object' && properties !== undefined && additionalProperties !== false ? [place] : [];
  return [...open, ...Object.entries(schema).flatMap(([name, part]) => openObjects(part, `${place}.${name}`))];
}
