import { startTestServer, type TestServer } from '@tests/support/http';
import { type Described, describedOperations, type OpenApi } from '@tests/support/openapi';
import { exchange } from '@tests/support/raw-http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '@/http/api';
import { type FuzzAccounts, harvestFor, makeAccounts } from './fuzz/harvest';
import { faultsOf } from './fuzz/judge';
import { bytesOf, type FuzzRequest, requestsFor } from './fuzz/requests';

/** Requests for each operation: a few hundred here, 10,000 in `npm run test:faults`. */
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? (process.env.FAULTS === 'full' ? 10_000 : 300));
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const LEAST_REACHED = 0.3;

type Row = { statuses: Map<number, number>; reached: number; mutated: number; sent: number; slowestMs: number };

let server: TestServer;
let accounts: FuzzAccounts;
let described: Described[];
const rows = new Map<string, Row>();

beforeAll(async () => {
  server = await startTestServer();
  accounts = await makeAccounts(server);
  described = describedOperations((await server.json<OpenApi>('/api/openapi.json')).body);
});
afterAll(async () => {
  print();
  await server.close();
});

/** The log's lines about one request; the log starts anew after each. */
function takeLog(requestId: string | null): Record<string, unknown>[] {
  return server.logged.splice(0).filter((line) => line.requestId === requestId);
}

async function fuzz(each: Described, row: Row): Promise<void> {
  const { host } = new URL(server.url);
  const bearer = ['Authorization', accounts.caller.bearer] as const;
  const send = async (request: FuzzRequest) => {
    const signedIn = request.headers.some(([name]) => name === 'Authorization' || name === 'Cookie');
    const sent = signedIn ? request : { ...request, headers: [bearer, ...request.headers] };
    return exchange(server.url, bytesOf(sent, host), { timeoutMs: 6_000, halfClose: request.lie !== 'none' });
  };
  const property = fc.asyncProperty(
    requestsFor(each, await harvestFor(server, accounts, each.path)),
    async (request) => {
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
    },
  );
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
