import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../support/random';
import { type Product, startProduct } from './support/product';
import { type Outcome, send, tally } from './support/requests';
import { SEED, trials } from './support/scale';

const STOPS = trials({ short: 2, full: 50 });
const WRITERS = 8;
const READERS = 2;
/** Accounts whose requests are in the database, and kept there, when the end is asked for. */
const HELD = 3;
const MARKS_A_STOP = 1_500;
const LONGEST_MS = 10_000;
/** How long what is held goes on after the end was asked for; less than requests get to finish. */
const HELD_MS = 300;

interface Person {
  readonly id: string;
  readonly token: string;
}
interface Mark {
  readonly id: string;
  readonly person: Person;
}

let product: Product;
let databaseUrl: string;
const people: Person[] = [];
const held: Person[] = [];
const acknowledged: string[] = [];
const random = seededRandom(SEED);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  product = await startProduct();
  databaseUrl = await product.databaseUrl();
  for (let i = 0; i < 4; i += 1) people.push(await product.signUp(`person${i}@example.com`));
  for (let i = 0; i < HELD; i += 1) held.push(await product.signUp(`held${i}@example.com`));
}, 240_000);
afterAll(() => product?.stop(), 30_000);

const authorization = ({ token }: Person) => ({ headers: { authorization: `Bearer ${token}` } });

async function addMarks(admin: pg.Client, person: Person, n: number): Promise<Mark[]> {
  const { rows } = await admin.query<{ id: string }>(
    `insert into lora_notifications (user_id, type, title, message)
     select $1, 'job_failed', 'Run ' || i, 'It failed.' from generate_series(1, $2::int) i returning id`,
    [person.id, n],
  );
  return rows.map(({ id }) => ({ id, person }));
}

/** Marks as read, and remembers what was acknowledged. */
async function markRead({ id, person }: Mark): Promise<Outcome> {
  const outcome = await send(`${product.url}/api/notifications/${id}/read`, {
    method: 'PATCH',
    ...authorization(person),
  });
  if (outcome.status === 200) acknowledged.push(id);
  return outcome;
}

/** Asks without a break until told to end; gives what became of each request. */
function startLoad(todo: Mark[]) {
  const outcomes: Outcome[] = [];
  let going = true;
  const keep = async (outcome: Outcome) => {
    outcomes.push(outcome);
    if (outcome.status !== 200) await pause(20);
  };
  const write = async () => {
    for (let mark = todo.pop(); going && mark; mark = todo.pop()) await keep(await markRead(mark));
  };
  const read = async (person: Person) => {
    while (going) await keep(await send(`${product.url}/api/costs?period=week`, authorization(person)));
  };
  const loops = [
    ...Array.from({ length: WRITERS }, write),
    ...Array.from({ length: READERS }, (_, i) => read(people[i] as Person)),
  ];
  return {
    async end(): Promise<Outcome[]> {
      going = false;
      await Promise.all(loops);
      return outcomes;
    },
  };
}

/** Waits until this many statements wait for a connection's locks. */
async function untilWaiting(watcher: pg.Client, pid: number, n: number): Promise<void> {
  const waiting = 'select count(*)::int as n from pg_stat_activity where $1 = any (pg_blocking_pids(pid))';
  const end = performance.now() + 2_000;
  while (performance.now() < end) {
    if ((await watcher.query<{ n: number }>(waiting, [pid])).rows[0]?.n === n) return;
    await pause(5);
  }
  throw new Error('the requests to hold did not reach the database');
}

/** Locks the inboxes of the held accounts; gives the connection's process. */
async function lockHeld(holder: pg.Client): Promise<number> {
  await holder.query('begin');
  const { rows } = await holder.query<{ pid: number }>(
    'select pg_backend_pid() as pid from lora_inbox_state where user_id = any ($1::uuid[]) for update',
    [held.map(({ id }) => id)],
  );
  return rows[0]?.pid ?? 0;
}

async function connect(): Promise<pg.Client> {
  const client = new pg.Client(databaseUrl);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** One end under load. */
async function endOnce() {
  const [admin, holder] = [await connect(), await connect()];
  const todo: Mark[] = [];
  for (const person of people) todo.push(...(await addMarks(admin, person, MARKS_A_STOP / people.length)));
  const toHold: Mark[] = [];
  for (const person of held) toHold.push(...(await addMarks(admin, person, 1)));
  const load = startLoad(todo.sort(() => random() - 0.5));
  await pause(200 + random() * 600);
  const pid = await lockHeld(holder);
  const answers = toHold.map(markRead);
  await untilWaiting(admin, pid, HELD);
  const askedMs = performance.now();
  const ending = product.end();
  await pause(HELD_MS);
  await holder.query('commit');
  await Promise.all([admin.end(), holder.end()]);
  const { code, ms } = await ending;
  const alive = product.databaseProcesses();
  const outcomes = await load.end();
  return { code, ms, alive, askedMs, outcomes, held: await Promise.all(answers) };
}

it(`answers what is in flight and ends within 10 s, ${STOPS} times under load (seed ${SEED})`, async () => {
  let slowest = 0;
  const inFlight: Outcome[] = [];
  const later: Outcome[] = [];
  for (let stop = 0; stop < STOPS; stop += 1) {
    const ended = await endOnce();
    slowest = Math.max(slowest, ended.ms);
    expect(ended).toMatchObject({ code: 0, alive: [] });
    expect(ended.ms).toBeLessThan(LONGEST_MS);
    expect(ended.held.map(({ status }) => status)).toEqual(Array(HELD).fill(200));
    for (const outcome of ended.outcomes) {
      if (outcome.startedMs > ended.askedMs) later.push(outcome);
      else if (outcome.startedMs + outcome.ms > ended.askedMs) inFlight.push(outcome);
      else expect(outcome.status).toBe(200);
    }
    await product.startAgain();
  }
  const admin = await connect();
  const read = await admin.query<{ id: string }>('select id from lora_notifications where read');
  await admin.end();
  const found = new Set(read.rows.map(({ id }) => id));
  const lost = acknowledged.filter((id) => !found.has(id));
  console.log(
    `ends: ${STOPS}, slowest ${Math.round(slowest)} ms; held in the database ${STOPS * HELD}, all answered; ` +
      `in flight ${inFlight.length} (${tally(inFlight)}); sent later ${later.length} (${tally(later)}); ` +
      `acknowledged ${acknowledged.length}, lost ${lost.length}; seed ${SEED}`,
  );
  expect(lost).toEqual([]);
  for (const { status, retryAfter } of [...inFlight, ...later]) {
    if (status === 503) expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
    else expect([200, 'refused', 'cut']).toContain(status);
  }
  // whoever comes late may cross with the hanging up; what was on its way when the end was asked for is answered
  expect(inFlight.filter(({ status }) => status === 'cut')).toEqual([]);
});
