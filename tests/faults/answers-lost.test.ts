import { isDeepStrictEqual } from 'node:util';
import { type Break, startTcpProxy, type TcpProxy } from '@tests/support/tcp-proxy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '@/db/session';
import { verifyLedger } from '@/domain/ledger/verify-ledger';
import { manualClock, systemCtx } from '../ledger/support';
import { wrongInboxes } from '../notifications/support';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { seededRandom } from '../support/random';
import { ACCOUNT_FLOWS } from './support/flows/accounts';
import type { Flow } from './support/flows/flow';
import { IDENTITY_FLOWS } from './support/flows/identity';
import { IMPORT_FLOWS } from './support/flows/imports';
import { INBOX_FLOWS } from './support/flows/inbox';
import { LEDGER_FLOWS } from './support/flows/ledger';
import { SEED, trials } from './support/scale';

/** Everything that an account, a worker or an operator can change. */
const FLOWS = [...LEDGER_FLOWS, ...INBOX_FLOWS, ...ACCOUNT_FLOWS, ...IDENTITY_FLOWS, ...IMPORT_FLOWS];

/** The longest flows lose only so many of their turns in the short form, evenly spread; all others lose each. */
const MOST_LOST = trials({ short: 14, full: 1_000 });
/** How often a flow is torn at a random byte of a random turn, its requests and its answers alike. */
const TORN = trials({ short: 2, full: 100 });

let db: TestDatabase;
let proxy: TcpProxy;
const random = seededRandom(SEED);

beforeAll(async () => {
  db = await createTestDatabase();
  const { hostname, port } = new URL(db.adminUrl);
  proxy = await startTcpProxy({ host: hostname, port: Number(port) });
});
afterAll(async () => {
  await proxy.close();
  await db.drop();
});

/** The product's way to the database, through the proxy; as few connections as will do, so that turns are counted alike. */
function openThroughProxy({ connections = 1 }: Flow): Database {
  const through = (url: string) => Object.assign(new URL(url), { port: proxy.port }).href;
  return openDatabase({ appUrl: through(db.appUrl), workerUrl: through(db.workerUrl), poolSize: connections });
}

/** Until the server has done whatever it still heard over a connection that broke. */
async function untilGone(port: number | null): Promise<void> {
  const still = 'select from pg_stat_activity where client_port = $1';
  while ((await db.admin.query(still, [port])).rowCount !== 0) await new Promise((resolve) => setTimeout(resolve, 2));
}

const settle = async (work: Promise<unknown>) =>
  work.then(
    (answer) => ({ answer, error: null }),
    (error: unknown) => ({ answer: null, error }),
  );

/** What became of a call whose conversation broke. */
interface Outcome {
  readonly failed: boolean;
  readonly done: boolean;
}

/** Breaks one call, looks, and does what a caller does who got no answer: asks again. */
async function tryOnce(flow: Flow, order: Break): Promise<Outcome> {
  const { act, look, done, twice = done, refusedAgain, prove } = await flow.prepare(db);
  const before = await look();
  expect(before, `${flow.name} is not done before it was tried`).not.toEqual(done);
  const database = openThroughProxy(flow);
  const told = `${flow.name}, ${order.of} ${order.turn}, kept ${order.keep}`;
  try {
    const ordered = proxy.breakAt(order);
    const { error } = await settle(act(database));
    expect(ordered.happened(), told).toBe(true);
    if (error !== null) expect(error, told).toMatchObject({ code: 'unavailable' });
    await untilGone(ordered.port());
    const after = await look();
    const isDone = isDeepStrictEqual(after, done);
    if (!isDone) expect(after, `${told}: not done, so nothing of it is`).toEqual(before);
    if (error === null) expect(isDone, `${told}: acknowledged, so it is done`).toBe(true);
    const again = await settle(act(database));
    const refusal = isDone && refusedAgain !== undefined ? { code: refusedAgain } : null;
    if (refusal) expect(again.error, `${told}: known to be done`).toMatchObject(refusal);
    else expect(again.error, `${told}: asked for again`).toBeNull();
    expect(await look(), `${told}: asked for twice, it is done once`).toEqual(isDone ? twice : done);
    await prove?.(again.answer);
    return { failed: error !== null, done: isDone };
  } finally {
    await database.close();
  }
}

/** How many turns the conversation of a flow has when nothing breaks. */
async function countTurns(flow: Flow): Promise<number> {
  const { act, look, done, prove } = await flow.prepare(db);
  const database = openThroughProxy(flow);
  try {
    const ordered = proxy.breakAt({ turn: Number.POSITIVE_INFINITY, of: 'request', keep: 0 });
    const answer = await act(database);
    const turns = ordered.turns();
    expect(await look()).toEqual(done);
    await prove?.(answer);
    return turns;
  } finally {
    await database.close();
  }
}

/** Loses the turns of a flow, one a trial. Done are those from the commit's answer on, and they are the last. */
async function lose(flow: Flow, of: Break['of'], last: number): Promise<void> {
  const turns = await countTurns(flow);
  // signing in to the database takes three, and the work at least one
  expect(turns).toBeGreaterThan(3);
  const lost = Math.min(turns, MOST_LOST);
  for (let i = 1; i <= lost; i += 1) {
    const turn = Math.round((i * turns) / lost);
    const outcome = await tryOnce(flow, { turn, of, keep: 0 });
    expect([turn, outcome]).toEqual([turn, { failed: true, done: turn > turns - last }]);
  }
  console.log(`${flow.name}: ${lost} of ${turns} ${of}s lost; done once the last ${last} are reached`);
}

const count = (outcomes: readonly Outcome[], is: (outcome: Outcome) => boolean) => outcomes.filter(is).length;

describe.each(FLOWS)('$name', (flow) => {
  const { afterCommit = 0 } = flow;

  it('is not done when any one of its requests up to the commit is lost', () => lose(flow, 'request', afterCommit));

  it('is done once after a retry when any one of its answers is lost, the one to the commit too', () =>
    lose(flow, 'answer', afterCommit + 1));

  it(`is done once or not at all when a request or an answer breaks off at any byte (seed ${SEED})`, async () => {
    const turns = await countTurns(flow);
    const outcomes: Outcome[] = [];
    for (let trial = 0; trial < TORN; trial += 1) {
      for (const of of ['request', 'answer'] as const) {
        outcomes.push(await tryOnce(flow, { turn: 1 + Math.floor(random() * turns), of, keep: random() }));
      }
    }
    console.log(
      `${flow.name}: ${outcomes.length} torn, ${count(outcomes, ({ failed, done }) => failed && done)} of them done, seed ${SEED}`,
    );
  });
});

it('leaves roll-ups equal to the records, and counters to the notifications', async () => {
  const report = await verifyLedger(systemCtx(db, manualClock('2026-06-20T00:00:00Z')));
  expect(report.records).toBeGreaterThan(20);
  expect(report.differences).toEqual([]);
  expect(await wrongInboxes(db)).toEqual([]);
});
