import { expect, test } from 'vitest';
import {
  beginTimeline,
  closeTimeline,
  extendTimeline,
  MOST_SEGMENTS,
  markLost,
  type SeenEvent,
  type Timeline,
} from './segments';

const QUARTER = 900_000;
const seen = (at: number, event: SeenEvent['event']): SeenEvent => ({ at, event });
const phases = ({ segments }: Timeline) => segments.map(({ phase, startedAt, endedAt }) => [phase, startedAt, endedAt]);
const run = (events: readonly SeenEvent[], startedAt = 0) => extendTimeline(beginTimeline(startedAt), events);

test('from the start to the first event that says otherwise is setup', () => {
  expect(phases(beginTimeline(5))).toEqual([['setup', 5, null]]);
  expect(phases(run([seen(3, { message: 'loading' }), seen(7, { phase: 'training' })]))).toEqual([
    ['setup', 0, 7],
    ['training', 7, null],
  ]);
});

test('a trainer that names no phase trains from its first step or loss on', () => {
  expect(phases(run([seen(4, { step: 1 })]))).toEqual([
    ['setup', 0, 4],
    ['training', 4, null],
  ]);
  expect(phases(run([seen(4, { loss: 2 })]))).toHaveLength(2);
});

test('no trainer calls its own time lost', () => {
  expect(phases(run([seen(4, { phase: 'lost', step: 1 })]))).toEqual([
    ['setup', 0, 4],
    ['training', 4, null],
  ]);
});

test('reading events in pieces gives what reading them at once gives', () => {
  const events = Array.from({ length: 60 }, (_, i) =>
    seen(i * 10, { phase: (['training', 'evaluation', 'saving'] as const)[i % 3], step: i, loss: 60 - i }),
  );
  const whole = run(events);
  for (const size of [1, 7, 59]) {
    let pieces = beginTimeline(0);
    for (let at = 0; at < events.length; at += size) pieces = extendTimeline(pieces, events.slice(at, at + size));
    expect(pieces).toEqual(whole);
  }
});

test('steps are kept by segment, and by phase and quarter-hour', () => {
  const { segments, steps, progress } = run([
    seen(10, { phase: 'training', step: 1 }),
    seen(QUARTER - 1, { step: 5 }),
    seen(QUARTER, { step: 6 }),
    seen(QUARTER + 5, { phase: 'evaluation', step: 6, validation_loss: 1 }),
    seen(QUARTER + 9, { phase: 'training', step: 7 }),
  ]);
  expect(segments.map(({ firstStep, lastStep }) => [firstStep, lastStep])).toEqual([
    [null, null],
    [1, 6],
    [6, 6],
    [7, 7],
  ]);
  expect(steps).toEqual([
    { bucket: 0, phase: 'training', first: 1, last: 5 },
    { bucket: QUARTER, phase: 'training', first: 6, last: 7 },
    { bucket: QUARTER, phase: 'evaluation', first: 6, last: 6 },
  ]);
  expect(progress).toMatchObject({ step: 7, stepAt: QUARTER + 9 });
});

test('an event seen before its forerunner counts as seen with it', () => {
  expect(phases(run([seen(50, { phase: 'training' }), seen(20, { phase: 'saving' })]))).toEqual([
    ['setup', 0, 50],
    ['training', 50, 50],
    ['saving', 50, null],
  ]);
});

test('the first loss that is no finite number is remembered for good, and kept out of the curve', () => {
  const { progress } = run([
    seen(1, { step: 1, loss: 2 }),
    seen(2, { step: 2, loss: Number.NaN }),
    seen(3, { loss: 1 }),
  ]);
  expect(progress).toMatchObject({ diverged: true, metrics: { loss: 1 } });
  expect(run([seen(1, { loss: Number.POSITIVE_INFINITY })]).progress.diverged).toBe(true);
  expect(run([seen(1, { step: 1, gradient_norm: Number.POSITIVE_INFINITY })]).progress).toMatchObject({
    diverged: false,
    metrics: {},
  });
});

test('a trainer that flickers between phases is held in one', () => {
  const flicker = Array.from({ length: MOST_SEGMENTS + 50 }, (_, i) =>
    seen(i, { phase: i % 2 === 0 ? 'training' : 'idle' }),
  );
  expect(run(flicker).segments).toHaveLength(MOST_SEGMENTS);
});

test('nothing lasts beyond the end, whenever it was seen', () => {
  const timeline = run([seen(10, { phase: 'training' }), seen(30, { phase: 'saving' })]);
  expect(phases(closeTimeline(timeline, 20))).toEqual([
    ['setup', 0, 10],
    ['training', 10, 20],
    ['saving', 20, 20],
  ]);
  expect(phases(closeTimeline(timeline, -5))).toEqual([
    ['setup', 0, 0],
    ['training', 0, 0],
    ['saving', 0, 0],
  ]);
});

test('what is lost is cut at its instant, its steps at the checkpoint, and what is free stays free', () => {
  const timeline = closeTimeline(
    run([
      seen(100, { phase: 'training', step: 1 }),
      seen(200, { step: 4, checkpoint: 4 }),
      seen(300, { step: 6 }),
      seen(400, { phase: 'idle' }),
      seen(450, { phase: 'training', step: 7 }),
    ]),
    500,
  );
  const lost = markLost(timeline, 200, (phase) => phase === 'idle');
  expect(lost.segments).toEqual([
    { number: 1, phase: 'setup', startedAt: 0, endedAt: 100, firstStep: null, lastStep: null },
    { number: 2, phase: 'training', startedAt: 100, endedAt: 200, firstStep: 1, lastStep: 4 },
    { number: 3, phase: 'lost', startedAt: 200, endedAt: 400, firstStep: 5, lastStep: 6 },
    { number: 4, phase: 'idle', startedAt: 400, endedAt: 450, firstStep: null, lastStep: null },
    { number: 5, phase: 'lost', startedAt: 450, endedAt: 500, firstStep: 7, lastStep: 7 },
  ]);
  expect(lost.steps).toEqual([
    { bucket: 0, phase: 'training', first: 1, last: 4 },
    { bucket: 0, phase: 'lost', first: 5, last: 7 },
  ]);
});
