import { expect, it } from 'vitest';
import { lengthBars } from '@/components/datasets/length-bars';

const classes = [
  { from: 0, to: 1, rows: 0, tokens: 0 },
  { from: 1, to: 16, rows: 1, tokens: 9 },
  { from: 16, to: 32, rows: 0, tokens: 0 },
  { from: 32, to: 64, rows: 400, tokens: 20_000 },
  { from: 64, to: null, rows: 0, tokens: 0 },
];

it('draws from the first to the last length that occurs, gaps included', () => {
  expect(lengthBars(classes).map(({ label, rows }) => [label, rows])).toEqual([
    ['1 to 15', 1],
    ['16 to 31', 0],
    ['32 to 63', 400],
  ]);
});

it('keeps a single row visible beside hundreds, and what is not there away', () => {
  const [one, none, most] = lengthBars(classes).map(({ height }) => height);
  expect(one).toBeGreaterThan(1 / 400);
  expect(none).toBe(0);
  expect(most).toBe(1);
});

it('names the last class, which has no end', () => {
  expect(lengthBars([{ from: 2048, to: null, rows: 3, tokens: 9_000 }])[0]?.label).toBe('2,048 or more');
});

it('draws nothing of nothing', () => {
  expect(lengthBars([])).toEqual([]);
  expect(lengthBars([{ from: 0, to: 8, rows: 0, tokens: 0 }])).toEqual([]);
});
