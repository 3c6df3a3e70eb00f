import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CurvePoint, chooseExtremes, curvesOf, type LoggedPoint, withoutRepeated } from '@/domain/training/curves';

const point = (attempt: number, step: number, loss = step): LoggedPoint => ({ attempt, step, metrics: { loss } });
const placesOf = (points: readonly LoggedPoint[]) => points.map(({ attempt, step }) => `${attempt}:${step}`);

describe('points of several attempts', () => {
  test.each<[string, LoggedPoint[], string[]]>([
    ['one attempt stays as it is', [point(1, 0), point(1, 10)], ['1:0', '1:10']],
    [
      'what was repeated is the later attempt’s',
      [point(1, 0), point(1, 10), point(1, 20), point(2, 10), point(2, 20)],
      ['1:0', '2:10', '2:20'],
    ],
    ['what was lost and is not made again yet is left out', [point(1, 5), point(1, 30), point(2, 10)], ['1:5', '2:10']],
    ['an attempt from the beginning takes all back', [point(1, 5), point(1, 9), point(2, 1)], ['2:1']],
    [
      'three attempts, in whatever order they come',
      [point(3, 7), point(1, 1), point(2, 5), point(1, 6), point(2, 8)],
      ['1:1', '2:5', '3:7'],
    ],
    ['none', [], []],
  ])('%s', (_, points, expected) => {
    expect(placesOf(withoutRepeated(points))).toEqual(expected);
  });

  test('each step comes once, ascending, as the last attempt that made it says', () => {
    const points = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(60)), { selector: String });
    fc.assert(
      fc.property(points, (given) => {
        const kept = withoutRepeated(given.map(([attempt, step]) => point(attempt, step)));
        const steps = kept.map(({ step }) => step);
        expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
        for (const { attempt, step } of kept) {
          expect(attempt).toBe(Math.max(...given.filter(([, s]) => s === step).map(([a]) => a)));
        }
        const last = Math.max(...given.map(([attempt]) => attempt));
        for (const [attempt, step] of given) if (attempt === last) expect(steps).toContain(step);
      }),
    );
  });
});

describe('the choice of points', () => {
  const curve = fc
    .array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 400 })
    .map((values) => values.map((value, step): CurvePoint => [step * 3, value]));

  test('keeps first, last and both extremes, in order, and no more than asked for', () => {
    fc.assert(
      fc.property(curve, fc.integer({ min: 4, max: 300 }), (points, most) => {
        const chosen = chooseExtremes(points, most);
        expect(chosen.length).toBeLessThanOrEqual(most);
        expect(chosen.filter((each) => !points.includes(each))).toEqual([]);
        const steps = chosen.map(([step]) => step);
        expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
        if (points.length === 0) return;
        expect([chosen[0], chosen.at(-1)]).toEqual([points[0], points.at(-1)]);
        const values = (of: readonly CurvePoint[]) => of.map(([, value]) => value);
        expect(Math.min(...values(chosen))).toBe(Math.min(...values(points)));
        expect(Math.max(...values(chosen))).toBe(Math.max(...values(points)));
        if (points.length <= most) expect(chosen).toEqual(points);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a spike of one step among 100,000 is in it', () => {
    const points = Array.from({ length: 100_000 }, (_, step): CurvePoint => [step, step === 77_777 ? 99 : 1]);
    const chosen = chooseExtremes(points, 500);
    expect(chosen.length).toBeLessThanOrEqual(500);
    expect(chosen).toContainEqual([77_777, 99]);
  });

  test('a flat curve has one point for each part', () => {
    const points = Array.from({ length: 50 }, (_, step): CurvePoint => [step, 1]);
    expect(chooseExtremes(points, 10)).toHaveLength(6);
  });
});

test('each metric has its own curve, whether or not every step names it', () => {
  const points: LoggedPoint[] = [
    { attempt: 1, step: 0, metrics: { loss: 3, learning_rate: 0.1 } },
    { attempt: 1, step: 10, metrics: { loss: 2 } },
    { attempt: 1, step: 20, metrics: { loss: 1, validation_loss: 1.5 } },
  ];
  expect(curvesOf(points, 10)).toEqual([
    { metric: 'learning_rate', points: [[0, 0.1]], of: 1 },
    {
      metric: 'loss',
      points: [
        [0, 3],
        [10, 2],
        [20, 1],
      ],
      of: 3,
    },
    { metric: 'validation_loss', points: [[20, 1.5]], of: 1 },
  ]);
});
