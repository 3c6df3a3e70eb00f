import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import type { UserCtx } from '@/domain/context';
import { readCosts } from '@/domain/ledger/read-costs';
import { costsQuery } from '@/domain/ledger/schema';
import { endAttempt } from '@/domain/training/end-attempt';
import { recordProgress } from '@/domain/training/record-progress';
import { userCtx } from '../ledger/support';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { addJob, addPrice, claimed, endOf, reportOf, type TrainingCtx, timelineOf, trainingCtx } from './support';

const START = Date.parse('2026-06-15T12:00:00Z');
const iso = (after: number) => new Date(START + after).toISOString();

let db: TestDatabase;
let ctx: TrainingCtx;
let caller: Caller;
let mine: UserCtx;

beforeAll(async () => {
  db = await createTestDatabase();
  ctx = trainingCtx(db, iso(60_000));
  caller = await db.createUser();
  mine = userCtx(db, caller, ctx.clock);
});
afterAll(() => db?.drop());

const YESTERDAY = { start_date: '2026-06-14', end_date: '2026-06-14' };
const ask = async (query: Record<string, string> = {}, tags: readonly string[] = []) =>
  readCosts(mine, costsQuery.parse(query), tags);

it('answers say up to when running attempts are metered, the earliest of them, and change with it', async () => {
  const before = (await ask()).data;
  expect(before).toMatchObject({ as_of: null, complete: true });

  const priceId = await addPrice(db, { billedPhases: ['training'] });
  const [a, b] = [
    await claimed(ctx, await addJob(db, caller, { priceId })),
    await claimed(ctx, await addJob(db, caller, { priceId })),
  ];
  const run = timelineOf(START, [[5_000, { phase: 'training', step: 1 }]]);
  await recordProgress(ctx, [reportOf(a, run, START + 10_000), reportOf(b, run, START + 20_000)]);
  const first = await ask();
  expect(first.data).toMatchObject({ as_of: iso(10_000), complete: false, open_jobs: 2 });
  // a past range is complete: all of its time is metered
  expect((await ask(YESTERDAY)).data).toMatchObject({ as_of: iso(10_000), complete: true });
  expect((await ask({}, [first.tag])).data).toBeNull();

  await recordProgress(ctx, [reportOf(a, run, START + 30_000)]);
  const second = await ask({}, [first.tag]);
  expect(second.data).toMatchObject({ as_of: iso(20_000), complete: false });

  await endAttempt(ctx, endOf(a, START + 30_000, run));
  await endAttempt(ctx, endOf(b, START + 31_000, run));
  expect((await ask({}, [second.tag])).data).toMatchObject({ as_of: null, complete: true, open_jobs: 0 });
});

it('time that costs nothing moves the instant too, and the tag with it', async () => {
  const held = await claimed(
    ctx,
    await addJob(db, caller, { priceId: await addPrice(db, { billedPhases: ['training'] }) }),
  );
  const quiet = timelineOf(START, []);
  await recordProgress(ctx, [reportOf(held, quiet, START + 10_000)]);
  const first = await ask();
  await recordProgress(ctx, [reportOf(held, quiet, START + 15_000)]);
  const second = await ask({}, [first.tag]);
  expect(second.data).toMatchObject({ as_of: iso(15_000) });
  expect(second.data?.total_cost_exact).toBe(first.data?.total_cost_exact);
  await endAttempt(ctx, endOf(held, START + 15_000, quiet));
});

it('an answer that was complete ahead of our clock is not taken for true when the clock has caught up', async () => {
  const priceId = await addPrice(db, { billedPhases: ['training'] });
  const held = await claimed(ctx, await addJob(db, caller, { priceId }));
  await recordProgress(ctx, [reportOf(held, timelineOf(START, []), START + 61_000)]);
  const ahead = await ask();
  expect(ahead.data).toMatchObject({ complete: true, as_of: iso(61_000) });
  ctx.clock.set(START + 61_001);
  expect((await ask({}, [ahead.tag])).data).toMatchObject({ complete: false });
});

it('the attempts of others are nobody else’s business', async () => {
  const other = await db.createUser();
  const held = await claimed(ctx, await addJob(db, other, { priceId: await addPrice(db) }));
  await recordProgress(ctx, [reportOf(held, timelineOf(START, []), START + 1_000)]);
  expect((await ask()).data?.as_of).not.toBe(iso(1_000));
  const theirs = await readCosts(userCtx(db, other, ctx.clock), costsQuery.parse({}));
  expect(theirs.data).toMatchObject({ as_of: iso(1_000) });
});
