import { isDeepStrictEqual } from 'node:util';
import { type Break, startTcpProxy, type TcpProxy } from '@tests/support/tcp-proxy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '@/db/session';
import { verifyLedger } from '@/domain/ledger/verify-ledger';
import { PipelineError } from '@/lib/errors';
import { manualClock, systemCtx } from '../ledger/support';
import { wrongInboxes } from '../notifications/support';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { seededRandom } from '../support/random';
import { FLOWS, type Flow } from './support/flows';
import { SEED, trials } from './support/scale';

/** Rounds over all turns in which a piece is torn at a random byte; what is lost whole needs one round only. */
const TORN_ROUNDS = trials({ short: 1, full: 20 });
const MOST_TURNS = 50;

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

/** The product's way to the database, through the proxy; one connection, so that turns are counted alike each time. */
function openThroughProxy(): Database {
  const through = (url: string) => Object.assign(new URL(url), { port: proxy.port }).href;
  return openDatabase({ appUrl: through(db.appUrl), workerUrl: through(db.workerUrl), poolSize: 1 });
}

/** What became of a call whose conversation broke; null when it had ended before. */
interface Outcome {
  readonly failed: boolean;
  readonly done: boolean;
}

/** Breaks one call, looks, and does what a caller does who got no answer: asks again. */
async function tryOnce(flow: Flow, order: Break): Promise<Outcome | null> {
  const { act, look, done, goesAway } = await flow.prepare(db);
  const before = await look();
  expect(before, `${flow.name} is not done before it was tried`).not.toEqual(done);
  const database = openThroughProxy();
  try {
    const ordered = proxy.breakAt(order);
    const error = await act(database).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!ordered.happened()) {
      expect(error).toBeNull();
      expect(await look()).toEqual(done);
      return null;
    }
    if (error !== null) expect(error).toMatchObject({ code: 'unavailable' });
    const after = await look();
    const isDone = isDeepStrictEqual(after, done);
    const told = `${flow.name}, ${order.of} ${order.turn}, kept ${order.keep}`;
    if (!isDone) expect(after, `${told}: not done, so nothing of it is`).toEqual(before);
    if (error === null) expect(isDone, `${told}: acknowledged, so it is done`).toBe(true);
    await act(database).catch((reason: unknown) => {
      if (!goesAway || !(reason instanceof PipelineError) || reason.code !== 'not_found') throw reason;
    });
    expect(await look(), `${told}: asked for twice, it is done once`).toEqual(done);
    return { failed: error !== null, done: isDone };
  } finally {
    await database.close();
  }
}

/** Breaks every turn of a flow, one a trial, until a conversation ends before its turn to break has come. */
async function tryAllTurns(flow: Flow, of: Break['of'], keep: () => number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let turn = 1; turn <= MOST_TURNS; turn += 1) {
    const outcome = await tryOnce(flow, { turn, of, keep: keep() });
    if (outcome === null) return outcomes;
    outcomes.push(outcome);
  }
  throw new Error(`${flow.name} takes more than ${MOST_TURNS} turns`);
}

const count = (outcomes: readonly Outcome[], is: (outcome: Outcome) => boolean) => outcomes.filter(is).length;

describe.each(FLOWS)('$name', (flow) => {
  it('is not done when any one of its requests is lost', async () => {
    const outcomes = await tryAllTurns(flow, 'request', () => 0);
    console.log(`${flow.name}: each of ${outcomes.length} requests lost`);
    // signing in to the database takes three, and the work at least one
    expect(outcomes.length).toBeGreaterThan(3);
    expect(outcomes).toEqual(outcomes.map(() => ({ failed: true, done: false })));
  });

  it('is done once after a retry when any one of its answers is lost, the one to the commit too', async () => {
    const outcomes = await tryAllTurns(flow, 'answer', () => 0);
    console.log(`${flow.name}: each of ${outcomes.length} answers lost`);
    expect(outcomes.every(({ failed }) => failed)).toBe(true);
    // only the last one comes after the commit
    expect(outcomes.map(({ done }) => done)).toEqual(outcomes.map((_, i) => i === outcomes.length - 1));
  });

  it(`is done once or not at all when a request or an answer breaks off at any byte (seed ${SEED})`, async () => {
    const outcomes: Outcome[] = [];
    for (let round = 0; round < TORN_ROUNDS; round += 1) {
      outcomes.push(...(await tryAllTurns(flow, 'request', random)), ...(await tryAllTurns(flow, 'answer', random)));
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
