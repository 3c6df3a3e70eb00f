import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearestName } from '@/http/nearest';

/** The definition, word for word; far too slow for anything but a test. */
function slowDistance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const [restA, restB] = [a.slice(1), b.slice(1)];
  const options = [
    slowDistance(restA, b) + 1,
    slowDistance(a, restB) + 1,
    slowDistance(restA, restB) + (a[0] === b[0] ? 0 : 1),
  ];
  if (a[0] === b[1] && a[1] === b[0]) options.push(slowDistance(a.slice(2), b.slice(2)) + (a[0] === a[1] ? 0 : 1));
  return Math.min(...options);
}

test('the distance is that of the definition', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBe(slowDistance(a, b));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['limt', 'limit'],
  ['limit ', 'limit'],
  ['LIMIT', 'limit'],
  ['end', null],
  ['endDate', 'end_date'],
  ['curency', 'currency'],
  ['x', null],
  ['', null],
  ['limit'.repeat(100), null],
])('%.20s is meant as %s', (given, meant) => {
  expect(nearestName(given, ['limit', 'start_date', 'end_date', 'currency'])).toBe(meant);
});
