import { describe, expect, it } from 'vitest';
import { curveRows, curvesText, lossCurves, lossMarks, pathOf, scaleOf } from '@/components/jobs/curves';

const box = { width: 300, height: 100, top: 0, right: 0, bottom: 0, left: 0 };

describe('the curves of a loss', () => {
  it('leave out what is no number and what else was measured', () => {
    const series = [
      {
        metric: 'loss',
        of: 3,
        points: [
          [1, 5.5],
          [2, Number.NaN],
          [3, 4],
        ] as [number, number][],
      },
      { metric: 'learning_rate', of: 1, points: [[1, 1e-4]] as [number, number][] },
    ];
    expect(lossCurves({ series })).toEqual({
      training: [
        [1, 5.5],
        [3, 4],
      ],
      validation: [],
    });
  });

  it.each([
    [[5.54, 3.1, 2.2], 2.2, 5.54],
    [[0.8], 0.8, 0.8],
    [[0.000_12, 0.000_4], 0.000_12, 0.000_4],
    [[-1.5, 2], -1.5, 2],
  ])('have round marks around %j', (values, low, high) => {
    const marks = lossMarks(values);
    expect(marks[0]).toBeLessThanOrEqual(low);
    expect(marks.at(-1)).toBeGreaterThanOrEqual(high);
    expect(marks.length).toBeGreaterThan(1);
    expect(marks.length).toBeLessThan(9);
    expect(new Set(marks).size).toBe(marks.length);
  });

  it('fill the drawing from the first step to the last', () => {
    const scale = scaleOf(box, 10, [0, 2, 4]);
    expect(
      pathOf(
        [
          [0, 4],
          [5, 2],
          [10, 0],
        ],
        scale,
      ),
    ).toBe('M0.0 0.0L150.0 50.0L300.0 100.0');
    expect(pathOf([], scale)).toBe('');
  });

  it('become rows with both losses of a step, newest first', () => {
    expect(
      curveRows({
        training: [
          [1, 5],
          [2, 4],
        ],
        validation: [[2, 4.5]],
      }),
    ).toEqual([
      { step: 2, training: 4, validation: 4.5 },
      { step: 1, training: 5, validation: null },
    ]);
  });

  it('keep every validation when there are too many rows', () => {
    const training = Array.from({ length: 1_000 }, (_, step): [number, number] => [step, 1]);
    const rows = curveRows(
      {
        training,
        validation: [
          [501, 2],
          [502, 2],
        ],
      },
      100,
    );
    expect(rows.length).toBeLessThan(110);
    expect(rows.filter(({ validation }) => validation !== null)).toHaveLength(2);
  });

  it('are said in words', () => {
    const say = (value: number) => value.toFixed(1);
    expect(
      curvesText(
        {
          training: [
            [1, 5.5],
            [9, 2],
          ],
          validation: [[9, 2.5]],
        },
        say,
      ),
    ).toBe('Training loss from 5.5 at step 1 to 2.0 at step 9. Validation loss 2.5 at step 9.');
    expect(curvesText({ training: [], validation: [] }, say)).toBe('');
  });
});
