import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { verifyLedger } from '@/domain/ledger/verify-ledger';
import { endAttempt } from '@/domain/training/end-attempt';
import { recordProgress } from '@/domain/training/record-progress';
import { beginTimeline, extendTimeline, type SeenEvent, type Timeline } from '@/domain/training/segments';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { seededRandom } from '../support/random';
import { type OracleStretch, type OracleTerms, oracleAttempt } from './metering.oracle';
import {
  addJob,
  addPrice,
  attemptRow,
  chargesOf,
  claimed,
  endOf,
  everythingOf,
  jobRow,
  reportOf,
  type TrainingCtx,
  trainingCtx,
} from './support';

const SEED = 20_260_615;
const RUNS = 40;
const PHASES = ['training', 'evaluation', 'checkpoint', 'saving', 'idle'] as const;

let db: TestDatabase;
let ctx: TrainingCtx;
const people: Caller[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
  ctx = trainingCtx(db);
  for (let i = 0; i < 4; i += 1) people.push(await db.createUser());
});
afterAll(() => db?.drop());

type Random = () => number;
const below = (random: Random, n: number) => Math.floor(random() * n);

/** A run that was made up: what it did, and the events that tell so. */
interface Story {
  readonly terms: OracleTerms;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly events: readonly SeenEvent[];
  readonly stretches: readonly OracleStretch[];
}

function tell(random: Random): Story {
  const startedAt = Date.parse('2026-06-15T00:00:00Z') + below(random, 86_400_000);
  const events: SeenEvent[] = [];
  const stretches: OracleStretch[] = [];
  let at = startedAt;
  let phase = 'setup';
  for (let i = below(random, 12); i >= 0; i -= 1) {
    const until = at + below(random, random() < 0.3 ? 3_600_000 : 60_000);
    stretches.push({ start: at, end: until, phase });
    const next = PHASES[below(random, PHASES.length)] ?? 'training';
    events.push({ at: until, event: { phase: next, step: i + 1 } });
    [at, phase] = [until, next];
  }
  const endedAt = at + below(random, 1_000_000);
  stretches.push({ start: at, end: endedAt, phase });
  const terms = {
    unitPrice: (below(random, 1_000_000) / 1e5).toFixed(10),
    incrementMs: [1, 1, 1_000, 60_000][below(random, 4)] ?? 1,
    minimumMs: [0, 0, 60_000][below(random, 3)] ?? 0,
    billedPhases: random() < 0.25 ? ['training', 'evaluation'] : null,
  };
  return { terms, startedAt, endedAt, events, stretches };
}

/** What a worker knows at an instant. */
const knownAt = ({ startedAt, events }: Story, at: number): Timeline =>
  extendTimeline(
    beginTimeline(startedAt),
    events.filter((event) => event.at <= at),
  );

async function begin(random: Random) {
  const story = tell(random);
  const priceId = await addPrice(db, story.terms);
  const caller = people[below(random, people.length)] as Caller;
  const jobId = await addJob(db, caller, { priceId });
  return { story, jobId, held: await claimed(ctx, jobId) };
}

async function expectExact({ story, jobId, held }: Awaited<ReturnType<typeof begin>>): Promise<void> {
  const expected = oracleAttempt(story.stretches, story.terms);
  const charges = await chargesOf(db, held.attemptId);
  const found = charges
    .filter(({ details }) => Number(details.quantity_ms) > 0)
    .map(({ at, phase, amount, details }) => ({ key: `${at} ${phase}`, amount, ms: details.quantity_ms }));
  expect(found.sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(expected.charges);
  expect(charges.every(({ state }) => state === 'final')).toBe(true);
  expect(await attemptRow(db, held.attemptId)).toMatchObject({ cost: expected.total });
  expect(await jobRow(db, jobId)).toMatchObject({ current_cost: expected.total });
  const { rows } = await db.admin.query(
    `select phase, (extract(epoch from started_at) * 1000)::float8 as start, (extract(epoch from ended_at) * 1000)::float8
     as end from lora_job_segments where attempt_id = $1 and ended_at > started_at order by number`,
    [held.attemptId],
  );
  const merged = story.stretches.filter(({ start, end }) => end > start);
  expect(joined(rows)).toEqual(joined(merged));
}

/** Neighbours of one phase as one: a run that names its phase again is still in it. */
function joined(stretches: readonly OracleStretch[]): OracleStretch[] {
  const result: OracleStretch[] = [];
  for (const { start, end, phase } of stretches) {
    const last = result.at(-1);
    if (last?.phase === phase && last.end === start) result[result.length - 1] = { ...last, end };
    else result.push({ start, end, phase });
  }
  return result;
}

it(`ticks at random times, lost, repeated and by two at once, charge what ${RUNS} runs used (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  let ticks = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const begun = await begin(random);
    const { story, held } = begun;
    const length = story.endedAt - story.startedAt;
    const instants = Array.from({ length: below(random, 12) }, () => story.startedAt + below(random, length));
    // in order, but some are lost (never made), some repeated, and some made by two tickers with different knowledge
    for (const at of instants.sort((a, b) => a - b)) {
      const report = reportOf(held, knownAt(story, at), at);
      const older = story.startedAt + below(random, at - story.startedAt);
      const stale = reportOf(held, knownAt(story, older), older);
      await Promise.all([recordProgress(ctx, [report]), recordProgress(ctx, [random() < 0.5 ? report : stale])]);
      await recordProgress(ctx, [stale]);
      ticks += 3;
      const { metered_to } = await attemptRow(db, held.attemptId);
      expect(metered_to.getTime()).toBe(at);
    }
    expect(await endAttempt(ctx, endOf(held, story.endedAt, knownAt(story, Number.POSITIVE_INFINITY)))).toMatchObject({
      outcome: 'completed',
    });
    await expectExact(begun);
  }
  expect(ticks).toBeGreaterThan(RUNS);
  expect(await verifyLedger(ctx)).toMatchObject({ differences: [] });
});

it('a repeated tick changes nothing, not even the version of the costs', async () => {
  const random = seededRandom(SEED + 1);
  const { story, jobId, held } = await begin(random);
  const at = story.startedAt + 30_000;
  const report = reportOf(held, knownAt(story, at), at, {
    points: [{ step: 1, at, metrics: { loss: 1 }, grain: 1 }],
    lines: [{ number: 1, at, stream: 'stdout', text: 'a line' }],
  });
  await recordProgress(ctx, [report]);
  const once = await everythingOf(db, jobId);
  for (let i = 0; i < 20; i += 1) await recordProgress(ctx, [report]);
  expect(await everythingOf(db, jobId)).toBe(once);
});

it('one bad row stops only itself: the others of its batch are recorded', async () => {
  const random = seededRandom(SEED + 2);
  const good = [await begin(random), await begin(random), await begin(random)];
  const bad = await begin(random);
  const reports = [...good, bad].map(({ story, held }) => {
    const at = story.startedAt + 5_000;
    return reportOf(held, knownAt(story, at), at);
  });
  const broken = { ...reports[3], points: [{ step: 2 ** 40, at: 0, metrics: { loss: 1 }, grain: 1 }] } as never;
  // its owner's costs move with the other jobs
  const ofJob = async () => ({ ...JSON.parse(await everythingOf(db, bad.jobId)), version: null });
  const before = await ofJob();
  const result = await recordProgress(ctx, [reports[0], broken, reports[1], reports[2]] as never);
  expect(result.recorded.toSorted()).toEqual(good.map(({ held }) => held.attemptId).sort());
  expect(result.refused).toMatchObject([{ attemptId: bad.held.attemptId }]);
  expect(await ofJob()).toEqual(before);
  // and its end is written all the same, without what cannot be
  const { story, held } = bad;
  const end = endOf(held, story.endedAt, knownAt(story, Number.POSITIVE_INFINITY), {
    points: [{ step: 2 ** 40, at: 0, metrics: {}, grain: 1 }],
  });
  expect(await endAttempt(ctx, end)).toMatchObject({ outcome: 'completed' });
  await expectExact(bad);
});

it('a worker whose clock jumps an hour forwards and back charges the time of the run', async () => {
  const random = seededRandom(SEED + 3);
  const begun = await begin(random);
  const { story, held } = begun;
  for (const [after, jump] of [
    [5_000, 3_600_000],
    [10_000, -3_600_000],
    [15_000, -7_200_000],
  ] as const) {
    ctx.clock.set(story.startedAt + after + jump);
    const at = Math.min(story.startedAt + after, story.endedAt);
    await recordProgress(ctx, [reportOf(held, knownAt(story, at), at)]);
  }
  await endAttempt(ctx, endOf(held, story.endedAt, knownAt(story, Number.POSITIVE_INFINITY)));
  await expectExact(begun);
});

it('a run whose own clock was set back costs nothing for it, and never less than nothing', async () => {
  const random = seededRandom(SEED + 4);
  const { story, held } = await begin(random);
  const { startedAt } = story;
  const timeline = extendTimeline(beginTimeline(startedAt), [
    { at: startedAt + 10_000, event: { phase: 'training', step: 1 } },
    { at: startedAt - 3_600_000, event: { phase: 'evaluation', step: 2 } },
    { at: startedAt + 20_000, event: { phase: 'training', step: 3 } },
  ]);
  await recordProgress(ctx, [reportOf(held, timeline, startedAt + 25_000)]);
  await endAttempt(ctx, endOf(held, startedAt - 1, timeline));
  expect(await attemptRow(db, held.attemptId)).toMatchObject({ outcome: 'completed', ended_at: new Date(startedAt) });
  const charges = await chargesOf(db, held.attemptId);
  expect(charges.every(({ amount, state }) => Number(amount) === 0 && state === 'final')).toBe(true);
});

it('an attempt whose price cannot be read any more is ended all the same', async () => {
  const { story, jobId, held } = await begin(seededRandom(SEED + 5));
  await db.admin.query(`update lora_job_attempts set price = '{}' where id = $1`, [held.attemptId]);
  const report = reportOf(held, knownAt(story, story.endedAt), story.endedAt);
  expect((await recordProgress(ctx, [report])).refused).toMatchObject([{ attemptId: held.attemptId }]);
  const ended = await endAttempt(ctx, endOf(held, story.endedAt, report.timeline));
  expect(ended).toMatchObject({ outcome: 'completed' });
  expect(await jobRow(db, jobId)).toMatchObject({ status: 'completed' });
});
