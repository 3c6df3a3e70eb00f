import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loginUrls } from '@/db/logins';
import { type Database, openDatabase } from '@/db/session';
import { recordCharges } from '@/domain/ledger/record-charges';
import { verifyLedger } from '@/domain/ledger/verify-ledger';
import { asUserId } from '@/lib/ids';
import { createLogger } from '@/lib/log';
import { charge, manualClock } from '../ledger/support';
import { seededRandom } from '../support/random';
import { type Product, startProduct } from './support/product';
import { send } from './support/requests';
import { SEED, trials } from './support/scale';

const SERVER_KILLS = trials({ short: 3, full: 50 });
const DATABASE_KILLS = trials({ short: 2, full: 30 });
const HTTP_WRITERS = 8;
const LEDGER_WRITERS = 4;
const MARKS = trials({ short: 3_000, full: 60_000 });

let product: Product;
let admin: pg.Pool;
let database: Database;
const people: { id: string; token: string }[] = [];
/** What was acknowledged, by its id; what was sent and got no answer is unknown. */
const acknowledged = { marks: new Set<string>(), charges: new Set<string>() };
const unknown = { marks: new Set<string>(), charges: new Set<string>() };
let todo: { id: string; token: string }[] = [];
let inFlight = 0;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
let writing = true;

beforeAll(async () => {
  product = await startProduct();
  const url = await product.databaseUrl();
  admin = new pg.Pool({ connectionString: url, max: 4 });
  admin.on('error', () => undefined);
  const urls = loginUrls(url);
  database = openDatabase({ appUrl: urls.app, workerUrl: urls.worker, poolSize: LEDGER_WRITERS });
  for (let i = 0; i < 4; i += 1) people.push(await product.signUp(`person${i}@example.com`));
  for (const { id, token } of people) {
    const { rows } = await admin.query(
      `insert into lora_notifications (user_id, type, title, message)
       select $1, 'job_failed', 'Run ' || i, 'It failed.' from generate_series(1, $2::int) i returning id`,
      [id, MARKS / people.length],
    );
    todo.push(...rows.map((row) => ({ id: row.id as string, token })));
  }
  const random = seededRandom(SEED);
  todo = todo
    .map((mark) => ({ mark, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ mark }) => mark);
}, 240_000);

afterAll(async () => {
  await database?.close();
  await admin?.end();
  await product?.stop();
});

/** Marks one notification after another as read, each sent once, and remembers what was acknowledged. */
async function markWriter(): Promise<void> {
  while (writing) {
    const mark = todo.pop();
    if (!mark) return;
    inFlight += 1;
    const { status } = await send(`${product.url}/api/notifications/${mark.id}/read`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${mark.token}` },
    });
    inFlight -= 1;
    if (status === 200) acknowledged.marks.add(mark.id);
    else if (status === 'refused') todo.unshift(mark);
    else unknown.marks.add(mark.id);
    if (status !== 200) await pause(100);
  }
}

/** Posts batches of charges past the server, as a worker does. */
async function ledgerWriter(writer: number): Promise<void> {
  for (let round = 0; writing; round += 1) {
    const user = people[(writer + round) % people.length];
    const sources = Array.from({ length: 5 }, (_, i) => `kill:${writer}:${round}:${i}`);
    const caller = { userId: asUserId(user?.id ?? ''), email: null, sessionId: null, expiresAt: new Date() };
    const charges = sources.map((source) => charge(caller, { source, amount: '0.0000000001', state: 'open' }));
    inFlight += 1;
    try {
      await database.asService().transaction((tx) => recordCharges(tx, charges));
      for (const source of sources) acknowledged.charges.add(source);
      await pause(10); // or the writers alone would keep a small machine busy, and the product from coming back
    } catch {
      for (const source of sources) unknown.charges.add(source);
      await pause(100);
    } finally {
      inFlight -= 1;
    }
  }
}

it(`loses nothing that was acknowledged in ${SERVER_KILLS} kills of the server and ${DATABASE_KILLS} of the database (seed ${SEED})`, async () => {
  const random = seededRandom(SEED + 1);
  const writers = [
    ...Array.from({ length: HTTP_WRITERS }, markWriter),
    ...Array.from({ length: LEDGER_WRITERS }, (_, i) => ledgerWriter(i)),
  ];
  let busyKills = 0;
  const slowest = { server: 0, database: 0 };
  const kinds = [
    ...Array.from({ length: SERVER_KILLS }, () => 'server' as const),
    ...Array.from({ length: DATABASE_KILLS }, () => 'database' as const),
  ].sort(() => random() - 0.5);
  for (const kind of kinds) {
    await pause(200 + random() * 800);
    while (inFlight === 0 && todo.length > 0) await pause(1);
    if (inFlight > 0) busyKills += 1;
    if (kind === 'server') product.killServer();
    else product.killDatabase();
    slowest[kind] = Math.max(slowest[kind], await product.ready(120_000));
  }
  await pause(500);
  writing = false;
  await Promise.all(writers);

  const ledger = await verifyLedger({
    session: database.asService({ timeoutMs: 60_000 }),
    clock: manualClock('2026-01-01'),
    log: createLogger({ level: 'silent' }),
  });
  const read = await admin.query<{ id: string }>('select id from lora_notifications where read');
  const posted = await admin.query<{ source: string }>(
    "select source from lora_cost_records where source like 'kill:%'",
  );
  const found = { marks: new Set(read.rows.map((r) => r.id)), charges: new Set(posted.rows.map((r) => r.source)) };
  const lost = {
    marks: [...acknowledged.marks].filter((id) => !found.marks.has(id)),
    charges: [...acknowledged.charges].filter((source) => !found.charges.has(source)),
  };
  const counters = await admin.query(
    `select s.unread_count, (select count(*)::int from lora_notifications n
       where n.user_id = s.user_id and not n.read and n.unread_seq > s.read_upto) as truth from lora_inbox_state s`,
  );
  console.log(
    `kills: ${kinds.length}, with work in flight: ${busyKills}; slowest recovery of the server ` +
      `${Math.round(slowest.server)} ms, of the database ${Math.round(slowest.database)} ms; ` +
      `marks acknowledged ${acknowledged.marks.size}, unknown ${unknown.marks.size}, found ${found.marks.size}; ` +
      `charges acknowledged ${acknowledged.charges.size}, unknown ${unknown.charges.size}, found ${found.charges.size}; seed ${SEED}`,
  );
  expect(lost).toEqual({ marks: [], charges: [] });
  // nothing that nobody sent, and no half batch
  expect(
    [...found.charges].filter((source) => !acknowledged.charges.has(source) && !unknown.charges.has(source)),
  ).toEqual([]);
  const batches = Map.groupBy(found.charges, (source) => source.slice(0, source.lastIndexOf(':')));
  expect([...batches.values()].every((batch) => batch.length === 5)).toBe(true);
  expect(ledger.differences).toEqual([]);
  for (const { unread_count, truth } of counters.rows) expect(unread_count).toBe(truth);
  expect(acknowledged.marks.size).toBeGreaterThan(50);
  expect(busyKills).toBeGreaterThanOrEqual(Math.floor(kinds.length / 2));
});
