import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, dateMarks, daysPerColumn, moveByKey, roundMarks } from '@/components/costs/chart-scale';

const daysFrom = (first: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    new Date(Date.parse(`${first}T00:00:00Z`) + index * 86_400_000).toISOString().slice(0, 10),
  );

describe('columns', () => {
  it('draws a column a day where there is room', () => {
    expect(daysPerColumn(365, 1000)).toBe(1);
    expect(columnsOf([1, 2, 3], 100)).toEqual([
      { first: 0, last: 0, amount: 1 },
      { first: 1, last: 1, amount: 2 },
      { first: 2, last: 2, amount: 3 },
    ]);
  });

  it('keeps the most expensive day of a column that holds several', () => {
    expect(columnsOf([1, 9, 2, -3, 1], 2)).toEqual([
      { first: 0, last: 2, amount: 9 },
      { first: 3, last: 4, amount: -3 },
    ]);
  });

  it('has every day in exactly one column', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 400 }), fc.integer({ min: 1, max: 500 }), (amounts, width) => {
        const days = columnsOf(amounts, width).flatMap(({ first, last }) =>
          Array.from({ length: last - first + 1 }, (_, index) => first + index),
        );
        expect(days).toEqual(amounts.map((_, index) => index));
      }),
    );
  });
});

describe('marks', () => {
  it.each([
    [
      [0, 95],
      [0, 50, 100],
    ],
    [
      [12, 57_000],
      [0, 20_000, 40_000, 60_000],
    ],
    [
      [-5, 10],
      [-5, 0, 5, 10],
    ],
    [[0, 0], [0]],
    [[0.02], [0, 0.01, 0.02]],
  ])('are round around %j', (values, marks) => {
    expect(roundMarks(values).map((mark) => Number(mark.toPrecision(12)))).toEqual(marks);
  });

  it('enclose every value and hold zero', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1 }), (values) => {
        fc.pre(values.some((value) => Math.abs(value) > 1e-9));
        const marks = roundMarks(values);
        expect(marks).toContain(0);
        expect(marks.length).toBeLessThanOrEqual(8);
        const slack = 1e-6 * Math.max(...values.map(Math.abs));
        expect(Math.min(...marks)).toBeLessThanOrEqual(Math.min(...values) + slack);
        expect(Math.max(...marks)).toBeGreaterThanOrEqual(Math.max(...values) - slack);
      }),
    );
  });

  it('name days in a short range and months in a long one', () => {
    expect(dateMarks(daysFrom('2024-01-01', 7), 700, 80).map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(dateMarks(daysFrom('2024-01-01', 31), 320, 60).map(({ index }) => index)).toEqual([0, 7, 14, 21, 28]);
    const year = daysFrom('2023-11-15', 365);
    expect(dateMarks(year, 1000, 80).map(({ index }) => year[index]?.slice(0, 7))).toHaveLength(12);
    expect(dateMarks(year, 320, 80).map(({ index }) => year[index])).toEqual([
      '2024-01-01',
      '2024-04-01',
      '2024-07-01',
      '2024-10-01',
    ]);
  });
});

describe('keys', () => {
  it('move from day to day, by weeks, and to the ends', () => {
    expect(moveByKey('ArrowRight', 3, 10)).toBe(4);
    expect(moveByKey('ArrowLeft', 0, 10)).toBe(0);
    expect(moveByKey('PageUp', 6, 10)).toBe(9);
    expect(moveByKey('PageDown', 8, 10)).toBe(1);
    expect(moveByKey('Home', 8, 10)).toBe(0);
    expect(moveByKey('End', 8, 10)).toBe(9);
    expect(moveByKey('Tab', 8, 10)).toBeNull();
  });
});
