import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import type { UserCtx } from '@/domain/context';
import { charge, costs, manualClock, record, userCtx } from '../ledger/support';
import { list } from '../notifications/support';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { seededRandom } from '../support/random';
import { SEED, trials } from './support/scale';

/** Rows that come while somebody pages; as many others go. */
const INSERTS = trials({ short: 200, full: 1_000 });
const LIVING = trials({ short: 150, full: 750 });
const PAGE = 5;
const PER_PAGE = Math.ceil((INSERTS * PAGE) / LIVING);
const START_MS = Date.parse('2026-03-01T00:00:00Z');

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const random = seededRandom(SEED);
const pick = (n: number) => Math.floor(random() * n);
/** One of a few instants, so that pages end in the middle of many rows of the same instant. */
const someTime = () => new Date(START_MS + pick(40) * 900_000);

interface Page {
  readonly ids: readonly string[];
  readonly next: string | null;
}

/** Pages from the first to the last, while `meanwhile` writes beside each page. */
async function pageThrough(
  read: (cursor: string | null) => Promise<Page>,
  meanwhile: () => Promise<unknown>,
): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const [page]: [Page, unknown] = await Promise.all([read(cursor), meanwhile()]);
    seen.push(...page.ids);
    cursor = page.next;
  } while (cursor !== null);
  return seen;
}

/** What paging by OFFSET shows meanwhile: the scenario is of no use where that plain way has no trouble. */
function plainReader(statement: string, { userId }: Caller) {
  const seen: string[] = [];
  return {
    seen,
    async next() {
      const { rows } = await db.admin.query<{ id: string }>(`${statement} limit ${PAGE} offset $2`, [
        userId,
        seen.length,
      ]);
      seen.push(...rows.map(({ id }) => id));
    },
  };
}

/** How many of the rows that lived throughout were not seen exactly once, and how many rows were seen twice. */
function faultsOf(seen: readonly string[], living: ReadonlySet<string>) {
  const distinct = new Set(seen);
  return {
    missed: [...living].filter((id) => !distinct.has(id)).length,
    doubled: seen.length - distinct.size,
  };
}

const idsOf = async (statement: string, values: unknown[]): Promise<string[]> =>
  (await db.admin.query<{ id: string }>(statement, values)).rows.map(({ id }) => id);

it(`shows each charge that was there throughout exactly once, while ${INSERTS} come in between (seed ${SEED})`, async () => {
  const caller = await db.createUser();
  const clock = manualClock('2026-06-20T00:00:00Z');
  const ctx = userCtx(db, caller, clock);
  await record(
    db,
    Array.from({ length: LIVING }, (_, i) => charge(caller, { source: `lives:${i}`, recordedAt: someTime() })),
  );
  const living = new Set(await idsOf('select id from lora_cost_records where user_id = $1', [caller.userId]));
  const plain = plainReader('select id from lora_cost_records where user_id = $1 order by recorded_at, id', caller);
  let inserted = 0;
  const read = async (cursor: string | null): Promise<Page> => {
    clock.set(clock.now().getTime() + 1_000); // the window of a year rolls on
    const answer = await costs(ctx, { period: 'year', limit: String(PAGE), ...(cursor === null ? {} : { cursor }) });
    return { ids: answer.records.map(({ id }) => id), next: answer.next_cursor };
  };
  const meanwhile = async () => {
    const due = Math.min(PER_PAGE, INSERTS - inserted);
    inserted += due;
    const writes = Array.from({ length: due }, () => record(db, [charge(caller, { recordedAt: someTime() })]));
    await Promise.all([...writes, plain.next()]);
  };
  const seen = await pageThrough(read, meanwhile);
  const byOffset = faultsOf(plain.seen, living);
  console.log(
    `charges: ${living.size} lived, ${inserted} came, ${seen.length} seen; by OFFSET ${byOffset.doubled} twice, seed ${SEED}`,
  );
  expect(inserted).toBe(INSERTS);
  expect(faultsOf(seen, living)).toEqual({ missed: 0, doubled: 0 });
  expect(byOffset.doubled).toBeGreaterThan(0);
});

/** An inbox of rows that stay and, among them, rows that will go. */
async function fillInbox({ userId }: Caller): Promise<{ living: Set<string>; leaving: string[] }> {
  const ids = await idsOf(
    `insert into lora_notifications (user_id, type, title, message)
     select $1, 'job_failed', 'Run ' || i, 'It failed.' from generate_series(1, $2::int) i returning id`,
    [userId, LIVING + INSERTS],
  );
  const leaving = new Set(
    ids
      .map((id) => ({ id, at: random() }))
      .sort((a, b) => a.at - b.at)
      .slice(0, INSERTS)
      .map(({ id }) => id),
  );
  return { living: new Set(ids.filter((id) => !leaving.has(id))), leaving: [...leaving] };
}

/** As many rows come as go; those that go are anywhere in the list. */
async function changeInbox({ userId }: Caller, leaving: string[]): Promise<void> {
  const going = leaving.splice(0, PER_PAGE);
  if (going.length === 0) return;
  await db.admin.query(
    `insert into lora_notifications (user_id, type, title, message)
     select $1, 'job_completed', 'New ' || i, 'It is done.' from generate_series(1, $2::int) i`,
    [userId, going.length],
  );
  await db.admin.query('delete from lora_notifications where id = any ($1::uuid[])', [going]);
}

const reader =
  (ctx: UserCtx, query: Record<string, string>) =>
  async (cursor: string | null): Promise<Page> => {
    const answer = await list(ctx, { ...query, limit: String(PAGE), ...(cursor === null ? {} : { cursor }) });
    return { ids: answer.notifications.map(({ id }) => id), next: answer.next_cursor };
  };

it.each([
  ['all', {}],
  ['unread', { unread: 'true' }],
] as const)(
  `shows each notification that was there throughout exactly once, while ${INSERTS} come and ${INSERTS} go (%s, seed ${SEED})`,
  async (name, query) => {
    const caller = await db.createUser();
    const ctx = userCtx(db, caller, manualClock('2026-06-20T00:00:00Z'));
    const { living, leaving } = await fillInbox(caller);
    const plain = plainReader('select id from lora_notifications where user_id = $1 order by seq desc', caller);
    const seen = await pageThrough(reader(ctx, query), async () => {
      await Promise.all([changeInbox(caller, leaving), plain.next()]);
    });
    const byOffset = faultsOf(plain.seen, living);
    console.log(
      `notifications (${name}): ${living.size} lived, ${INSERTS - leaving.length} came and went, ${seen.length} seen; ` +
        `by OFFSET ${byOffset.doubled} twice, ${byOffset.missed} missed, seed ${SEED}`,
    );
    expect(leaving).toEqual([]);
    expect(faultsOf(seen, living)).toEqual({ missed: 0, doubled: 0 });
    expect(byOffset.doubled + byOffset.missed).toBeGreaterThan(0);
  },
);
