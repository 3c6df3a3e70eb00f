import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@tests/support/database';
import { type ProxyMode, startTcpProxy, type TcpProxy } from '@tests/support/tcp-proxy';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startScript } from '../server/support';
import { type Product, startProduct } from './support/product';
import { type Outcome, send, tally } from './support/requests';
import { trials } from './support/scale';

const AWAY_MS = trials({ short: 1_500, full: 30_000 });
/** How long everything is asked for before and after, when all is well. */
const WELL_MS = trials({ short: 300, full: 3_000 });
const CLIENTS = 20;
const LONGEST_MS = 3_000;
const BACK_WITHIN_MS = 5_000;
/** What the process may grow by while the database is away, and keep. */
const MOST_GROWTH = 100 * 1024 * 1024;
/** A heap in which nothing has room to pile up: garbage is collected early, and what is kept for good ends the process. */
const SMALL_HEAP = '--max-old-space-size=128 --max-semi-space-size=4';
/** Two pools of ten, and the queue's three. */
const MOST_CONNECTIONS = 23;

let db: TestDatabase;
let proxy: TcpProxy;
let product: Product;
let person: { id: string; token: string };

beforeAll(async () => {
  db = await createTestDatabase();
  const { hostname, port } = new URL(db.adminUrl);
  proxy = await startTcpProxy({ host: hostname, port: Number(port) });
  const databaseUrl = Object.assign(new URL(db.adminUrl), { port: proxy.port }).href;
  expect(await startScript('scripts/build-pages.ts', []).ended).toBe(0); // which a small heap has no room for
  product = await startProduct({ DATABASE_URL: databaseUrl, NODE_OPTIONS: SMALL_HEAP });
  person = await product.signUp('person@example.com');
  await db.admin.query(
    `insert into lora_notifications (user_id, type, title, message)
     select $1, 'job_failed', 'Run ' || i, 'It failed.' from generate_series(1, 50) i`,
    [person.id],
  );
}, 240_000);
afterAll(async () => {
  await product?.stop();
  await proxy?.close();
  await db?.drop();
}, 30_000);

const ask = (path: string, method = 'GET') =>
  send(product.url + path, { method, headers: { authorization: `Bearer ${person.token}` } });

/** Twenty clients that ask all the time, for reading and for writing. */
async function askUntil(endMs: number): Promise<Outcome[]> {
  const { rows } = await db.admin.query<{ id: string }>('select id from lora_notifications order by seq');
  const outcomes: Outcome[] = [];
  const client = async (_: unknown, i: number) => {
    for (let n = i; performance.now() < endMs; n += CLIENTS) {
      const path = [`/api/notifications/${rows[n % rows.length]?.id}/read`, '/api/costs', '/api/notifications'][n % 3];
      outcomes.push(await ask(path ?? '', n % 3 === 0 ? 'PATCH' : 'GET'));
      await sleep(50);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return outcomes;
}

/** What health says while the database is away: alive, and not ready. */
async function askHealth(endMs: number): Promise<{ ready: Outcome[]; alive: Outcome[] }> {
  const [ready, alive]: [Outcome[], Outcome[]] = [[], []];
  await sleep(1_000); // what it said before is kept for a second
  while (performance.now() < endMs) {
    ready.push(await ask('/api/health'));
    alive.push(await ask('/api/health?check=alive'));
    await sleep(200);
  }
  return { ready, alive };
}

it.each<ProxyMode>(['refuse', 'silent', 'reset'])(
  `answers 503 in time, lives on and is back within 5 s when the database is away for ${AWAY_MS / 1000} s (%s)`,
  async (mode) => {
    await product.ready(30_000);
    expect(new Set((await askUntil(performance.now() + WELL_MS)).map(({ status }) => status))).toEqual(new Set([200]));
    const before = product.memory();

    await proxy.turn(mode);
    const endMs = performance.now() + AWAY_MS;
    const [outcomes, health] = await Promise.all([askUntil(endMs), askHealth(endMs)]);
    const grown = product.memory() - before;
    await proxy.turn('pass');
    const backMs = await product.ready(60_000);

    const slowest = Math.max(...[...outcomes, ...health.ready].map(({ ms }) => ms));
    console.log(
      `database away (${mode}) for ${AWAY_MS} ms: ${outcomes.length} requests (${tally(outcomes)}), slowest ` +
        `${Math.round(slowest)} ms; health ${tally(health.ready)}; memory ${Math.round(before / 2 ** 20)} MB before, ${Math.round(grown / 2 ** 20)} MB more; ` +
        `back after ${Math.round(backMs)} ms`,
    );
    expect(tally(outcomes)).toBe(`503: ${outcomes.length}`);
    expect(outcomes.every(({ retryAfter }) => Number(retryAfter) >= 1)).toBe(true);
    expect(slowest).toBeLessThan(LONGEST_MS);
    expect(tally(health.ready)).toBe(`503: ${health.ready.length}`);
    expect(tally(health.alive)).toBe(`200: ${health.alive.length}`);
    expect(grown).toBeLessThan(MOST_GROWTH);
    expect(backMs).toBeLessThan(BACK_WITHIN_MS);
    expect(product.output()).not.toContain('has died');

    await expect.poll(async () => (await ask('/api/health')).status, { timeout: BACK_WITHIN_MS }).toBe(200);
    expect(new Set((await askUntil(performance.now() + WELL_MS)).map(({ status }) => status))).toEqual(new Set([200]));
    const connections = await db.admin.query<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name like 'pipeline-%'",
    );
    expect(connections.rows[0]?.n).toBeLessThanOrEqual(MOST_CONNECTIONS);
  },
);
