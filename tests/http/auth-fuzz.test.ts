import { startTestServer, type TestCaller, type TestServer } from '@tests/support/http';
import type { Described } from '@tests/support/openapi';
import { exchange } from '@tests/support/raw-http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { harvestFor, makeAccounts } from './fuzz/harvest';
import { faultsOf, isAuthRefusal, isOurRefusal } from './fuzz/judge';
import { bytesOf, requestsFor } from './fuzz/requests';

/** Fewer than for a route under /api: half of them hash a password, which is meant to take its time. */
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? (process.env.FAULTS === 'full' ? 2_000 : 100));
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

const text = { type: 'string' };
const data = { type: 'object', properties: { name: text, nested: { type: 'object', properties: { a: text } } } };
const scopes = { type: 'string', enum: ['local', 'others', 'global', 'all'] };

/** The endpoints of Supabase Auth that are there, with what its client sends them. */
const ENDPOINTS: readonly Described[] = [
  endpoint('POST', 'signup', { email: text, password: text, data }),
  endpoint('POST', 'token', { email: text, password: text }, { grant_type: { const: 'password' } }),
  endpoint('POST', 'token', { refresh_token: text }, { grant_type: { const: 'refresh_token' } }),
  endpoint('GET', 'user', null),
  endpoint('PUT', 'user', { email: text, password: text, current_password: text, data }),
  endpoint('POST', 'recover', { email: text }),
  endpoint('POST', 'verify', { type: { enum: ['recovery', 'signup'] }, token_hash: text, token: text }),
  endpoint('GET', 'settings', null),
  endpoint('GET', '.well-known/jwks.json', null),
  endpoint('POST', 'logout', null, { scope: scopes }),
];

function endpoint(
  method: string,
  path: string,
  fields: Record<string, unknown> | null,
  query: Record<string, Record<string, unknown>> = {},
): Described {
  const schema = { type: 'object', properties: fields ?? {}, required: [] };
  const parameters = Object.entries(query).map(([name, each]) => ({
    name,
    in: 'query' as const,
    required: true,
    schema: each,
  }));
  const body = fields && { requestBody: { required: true, content: { 'application/json': { schema } } } };
  const operation = { operationId: path, summary: path, tags: [], security: [], responses: {}, parameters, ...body };
  return { method, path: `/auth/v1/${path}`, operation };
}

let server: TestServer;
let caller: TestCaller;
let values: Readonly<Record<string, readonly string[]>>;
const lines: string[] = [];

beforeAll(async () => {
  server = await startTestServer();
  const accounts = await makeAccounts(server);
  const harvest = await harvestFor(server, accounts, '/api/auth');
  values = {
    ...harvest.values,
    token_hash: harvest.values.token ?? [],
    refresh_token: await refreshTokens(harvest.values),
  };
});
afterAll(async () => {
  console.log([`auth fuzz: ${REQUESTS} requests for each endpoint, FUZZ_SEED=${SEED}`, ...lines].join('\n'));
  await server.close();
});

/** Refresh tokens of sessions that are there, each good for one use. */
async function refreshTokens({ email = [], password = [] }: typeof values): Promise<string[]> {
  const signIn = { method: 'POST', body: { email: email[0], password: password[0] } };
  const sessions = await Promise.all(
    Array.from({ length: 5 }, () =>
      server.json<{ refresh_token: string }>('/auth/v1/token?grant_type=password', signIn),
    ),
  );
  return sessions.map(({ body }) => body.refresh_token);
}

describe('no request to the sign-in endpoints breaks them, hangs, or learns what is inside', () => {
  test.each(ENDPOINTS.map((each) => [each.method, each.path, each] as const))(
    '%s %s',
    async (method, path, each) => {
      caller = await server.createUser();
      const statuses = new Map<number, number>();
      const { host } = new URL(server.url);
      const property = fc.asyncProperty(requestsFor(each, { values, pages: [] }), async (request) => {
        const bearer = ['Authorization', caller.bearer] as const;
        const signed = request.headers.some(([name]) => name === 'Authorization');
        const sent = signed ? request : { ...request, headers: [bearer, ...request.headers] };
        const answer = await exchange(server.url, bytesOf(sent, host), {
          timeoutMs: 6_000,
          halfClose: request.lie !== 'none',
        });
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        const causes = server.logged.splice(0).filter((line) => line.level === 'error');
        const faults = faultsOf(request, answer, (content) => isAuthRefusal(content) || isOurRefusal(content));
        expect({ faults, causes }).toEqual({ faults: [], causes: [] });
        // signed out, perhaps by a request whose broken framing hid the answer
        if (path.endsWith('/logout') && [204, 403].includes(answer.status)) caller = await server.createUser();
      });
      await fc.assert(property, { numRuns: REQUESTS, seed: SEED + ENDPOINTS.indexOf(each) });
      const counts = [...statuses]
        .sort(([a], [b]) => a - b)
        .map(([status, n]) => `${status === 0 ? 'cut' : status}: ${n}`);
      lines.push(`${`${method} ${path}`.padEnd(36)} ${counts.join(', ')}`);
      expect(
        [...statuses].some(([status]) => status >= 200 && status < 300),
        'no request succeeded',
      ).toBe(true);
    },
    REQUESTS * 1_000,
  );
});
