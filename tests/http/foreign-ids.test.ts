import { randomUUID } from 'node:crypto';
import { startTestServer, type TestCaller, type TestServer } from '@tests/support/http';
import { fillAccount, type SampleRows } from '@tests/support/sample-account';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '@/http/api';

/** Calls for each id; 200 in `npm run test:faults`. */
const CALLS = process.env.FAULTS === 'full' ? 200 : 20;

const withId = operations.filter(({ path }) => path.includes('{id}'));

let server: TestServer;
let anna: TestCaller;
let berta: TestCaller;
let rows: { anna: SampleRows; berta: SampleRows };

beforeAll(async () => {
  server = await startTestServer();
  anna = await server.createUser();
  berta = await server.createUser();
  const { admin } = server.db;
  rows = { anna: await fillAccount(admin, anna.userId, 5), berta: await fillAccount(admin, berta.userId, 5) };
});
afterAll(() => server.close());

const nounOf = (path: string): string => path.split('/')[2] ?? '';

/**
 * An id for an operation, by the noun in its path; a new noun without an entry fails. Each operation of a noun has a
 * row of its own: one of them deletes it.
 */
function idOf(method: string, path: string, of: SampleRows): string {
  const { notifications, jobs, datasets, models, waiting, failed } = of;
  const ids: Readonly<Record<string, readonly string[]>> = {
    notifications,
    jobs: [...jobs, ...waiting.slice(1), ...failed.slice(1)],
    datasets,
    models,
  };
  const ofAction = { cancel: waiting, retry: failed }[path.split('/').at(-1) ?? ''];
  if (ofAction?.[0] !== undefined) return ofAction[0];
  const ofNoun = withId.filter((each) => nounOf(each.path) === nounOf(path));
  const id =
    ids[nounOf(path)]?.[
      Math.max(
        ofNoun.findIndex((each) => each.method === method && each.path === path),
        0,
      )
    ];
  if (!id) throw new Error(`say here where the ids of ${path} come from, and see that there are enough`);
  return id;
}

const SUCCESS = [200, 201];

type Seen = { status: number; body: string; headers: Record<string, string> };

async function call(method: string, path: string, caller: TestCaller): Promise<Seen> {
  const response = await server.request(path, { method }, caller);
  const { 'x-request-id': _, date: __, ...headers } = Object.fromEntries(response.headers);
  return { status: response.status, body: await response.text(), headers };
}

async function timed(calls: () => Promise<Seen>, times: number[]): Promise<Seen> {
  const startedMs = performance.now();
  const seen = await calls();
  times.push(performance.now() - startedMs);
  return seen;
}

function medianOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

describe.each(withId.map(({ method, path }) => [method, path] as const))('%s %s', (method, path) => {
  const at = (id: string) => path.replace('{id}', id);

  test("answers the owner, and calls another's id exactly what it calls one that nobody has", async () => {
    const foreign = idOf(method, path, rows.berta);
    expect(SUCCESS).toContain((await call(method, at(foreign), berta)).status);
    const times: { unknown: number[]; foreign: number[] } = { unknown: [], foreign: [] };
    for (let i = 0; i < CALLS; i++) {
      const unknown = await timed(() => call(method, at(randomUUID()), anna), times.unknown);
      expect(unknown).toMatchObject({ status: 404, body: expect.stringContaining('"error":"Not found"') });
      expect(await timed(() => call(method, at(foreign), anna), times.foreign)).toEqual(unknown);
      expect(await call(method, at(foreign.toUpperCase()), anna)).toEqual(unknown);
    }
    const [unknownMs, foreignMs] = [medianOf(times.unknown), medianOf(times.foreign)];
    console.log(
      `${method} ${path}: median of ${CALLS} calls ${unknownMs.toFixed(2)} ms for unknown, ${foreignMs.toFixed(2)} ms for foreign ids`,
    );
    expect(SUCCESS).toContain((await call(method, at(idOf(method, path, rows.anna)), anna)).status);
  });

  test("leaves another's row as it was", async () => {
    const before = await everyRowOf(berta);
    await call(method, at(idOf(method, path, rows.berta)), anna);
    expect(await everyRowOf(berta)).toEqual(before);
  });
});

test('a filter by an id of another account finds nothing, as one that nobody has', async () => {
  const foreign = await call('GET', `/api/notifications?job_id=${idOf('GET', '/api/jobs/{id}', rows.berta)}`, anna);
  const unknown = await call('GET', `/api/notifications?job_id=${randomUUID()}`, anna);
  expect(JSON.parse(foreign.body).data.notifications).toEqual([]);
  expect(foreign.body).toBe(unknown.body);
});

test('a cursor and a place of another account open nothing of that account', async () => {
  const theirs = JSON.parse((await call('GET', '/api/notifications?limit=1', berta)).body).data;
  const page = JSON.parse((await call('GET', `/api/notifications?cursor=${theirs.next_cursor}`, anna)).body);
  const ids = (page.data?.notifications ?? []).map((each: { id: string }) => each.id);
  expect(ids.filter((id: string) => rows.berta.notifications.includes(id))).toEqual([]);
  const jobs = JSON.parse((await call('GET', '/api/jobs?origin=any&limit=1', berta)).body).data;
  const ours = JSON.parse((await call('GET', `/api/jobs?origin=any&cursor=${jobs.next_cursor}`, anna)).body);
  expect((ours.data?.jobs ?? []).filter((job: { id: string }) => rows.berta.jobs.includes(job.id))).toEqual([]);
});

async function everyRowOf({ userId }: TestCaller): Promise<unknown> {
  const found = await Promise.all(
    ['lora_notifications', 'lora_training_jobs'].map((table) =>
      server.db.admin.query(`select * from ${table} where user_id = $1 order by id`, [userId]),
    ),
  );
  return found.map(({ rows: each }) => each);
}
