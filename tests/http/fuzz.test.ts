import { startTestServer, type TestCaller, type TestServer } from '@tests/support/http';
import { type Described, describedOperations, type OpenApi } from '@tests/support/openapi';
import { exchange } from '@tests/support/raw-http';
import { fillAccount, type SampleRows } from '@tests/support/sample-account';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '@/http/api';
import { faultsOf } from './fuzz/judge';
import { bytesOf, type FuzzRequest, type Harvest, requestsFor } from './fuzz/requests';

/** Requests for each operation: a few hundred here, 10,000 in `npm run test:faults`. */
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 300);
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const LEAST_REACHED = 0.3;
const PASSWORD_USER = 'with-password@example.test';
const PASSWORD = 'correct horse battery staple';

type Row = { statuses: Map<number, number>; reached: number; mutated: number; sent: number; slowestMs: number };

let server: TestServer;
let caller: TestCaller;
let other: TestCaller;
let own: SampleRows;
let foreign: SampleRows;
let described: Described[];
const rows = new Map<string, Row>();

beforeAll(async () => {
  server = await startTestServer();
  caller = await server.createUser();
  other = await server.createUser();
  await server.identity.embedded?.accounts.create({ email: PASSWORD_USER, password: PASSWORD });
  own = await fillAccount(server.db.admin, caller.userId);
  foreign = await fillAccount(server.db.admin, other.userId);
  described = describedOperations((await server.json<OpenApi>('/api/openapi.json')).body);
});
afterAll(async () => {
  print();
  await server.close();
});

/** Ids and cursors of the running product, so that honest requests are honest. */
async function harvestFor(path: string): Promise<Harvest> {
  const data = async (from: string) =>
    (await server.json<{ data?: Record<string, unknown> }>(from, { caller })).body?.data;
  const noun = path.split('/')[2];
  if (noun === 'auth') return harvestForAuth();
  const rows = noun === 'notifications' ? [own.notifications, foreign.notifications] : [own.jobs, foreign.jobs];
  const id = [...(rows[0] ?? []), ...(rows[1] ?? []).slice(0, 10), '00000000-0000-4000-8000-000000000000'];
  const pages = ['?limit=1', '?limit=3', '?limit=1&origin=any', '?limit=1&period=year'];
  const answers = await Promise.all(pages.map((query) => data(path + query)));
  const cursor = answers.map((answer) => answer?.next_cursor).filter((each) => typeof each === 'string');
  const inbox = await data('/api/notifications');
  const upTo = typeof inbox?.up_to === 'string' ? [inbox.up_to] : [];
  return { id, cursor, up_to: upTo, after: upTo };
}

/** Addresses with and without an account, the right password and others, and links that were really given out. */
async function harvestForAuth(): Promise<Harvest> {
  const accounts = server.identity.embedded?.accounts;
  const fresh = Array.from({ length: 20 }, (_, i) => `fresh-${i}-${SEED}@example.test`);
  const links = await Promise.all([PASSWORD_USER, other.email].map((email) => accounts?.resetLink(email) ?? ''));
  const token = links.map((link) => link.split('#token=')[1] ?? '');
  return { email: [PASSWORD_USER, PASSWORD_USER, ...fresh], password: [PASSWORD, PASSWORD, 'not the password'], token };
}

/** The log's lines about one request; the log starts anew after each. */
function takeLog(requestId: string | null): Record<string, unknown>[] {
  return server.logged.splice(0).filter((line) => line.requestId === requestId);
}

async function fuzz(each: Described, row: Row): Promise<void> {
  const { host } = new URL(server.url);
  const bearer = ['Authorization', caller.bearer] as const;
  const send = async (request: FuzzRequest) => {
    const signedIn = request.headers.some(([name]) => name === 'Authorization' || name === 'Cookie');
    const sent = signedIn ? request : { ...request, headers: [bearer, ...request.headers] };
    return exchange(server.url, bytesOf(sent, host), { timeoutMs: 6_000, halfClose: request.lie !== 'none' });
  };
  const property = fc.asyncProperty(requestsFor(each, await harvestFor(each.path)), async (request) => {
    const answer = await send(request);
    const log = takeLog(answer.headers.get('x-request-id'));
    row.sent++;
    row.mutated += request.mutated ? 1 : 0;
    row.statuses.set(answer.status, (row.statuses.get(answer.status) ?? 0) + 1);
    row.reached += answer.status !== 401 && log.some((line) => line.stage === 'verb') ? 1 : 0;
    row.slowestMs = Math.max(row.slowestMs, answer.ms);
    expect({ faults: faultsOf(request, answer), cause: answer.status >= 500 ? log : [] }).toEqual({
      faults: [],
      cause: [],
    });
  });
  await fc.assert(property, { numRuns: REQUESTS, seed: SEED + described.indexOf(each) });
}

function print(): void {
  console.log(`fuzz: ${REQUESTS} requests for each operation, FUZZ_SEED=${SEED}`);
  for (const [name, { sent, mutated, reached, slowestMs, statuses }] of rows) {
    const counts = [...statuses]
      .sort(([a], [b]) => a - b)
      .map(([status, n]) => `${status === 0 ? 'cut' : status}: ${n}`);
    const share = (n: number) => `${Math.round((100 * n) / sent)} %`;
    console.log(
      `${name.padEnd(42)} mutated ${share(mutated)}, verb ${share(reached)}, slowest ${Math.round(slowestMs)} ms | ${counts.join(', ')}`,
    );
  }
}

describe('no request that anybody sends breaks a route, hangs, or learns what is inside', () => {
  test.each(operations.map(({ method, path }) => [method, path]))(
    '%s %s',
    async (method, path) => {
      const each = described.find((one) => one.method === method && one.path === path);
      if (!each) throw new Error('the document does not have this operation');
      const row: Row = { statuses: new Map(), reached: 0, mutated: 0, sent: 0, slowestMs: 0 };
      rows.set(`${method} ${path}`, row);
      await fuzz(each, row);
      expect(row.reached / row.sent, 'calls that reach the verb').toBeGreaterThanOrEqual(LEAST_REACHED);
      expect(row.mutated / row.sent, 'calls with a fault').toBeGreaterThan(0.2);
      expect(row.mutated / row.sent, 'calls with a fault').toBeLessThan(0.7);
      expect((await server.json('/api/health')).status).toBe(200);
    },
    REQUESTS * 1_000,
  );
});
