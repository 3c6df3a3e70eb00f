import { describe, expect, it } from 'vitest';
import { exactArithmetic, fastArithmetic } from './matmul.ts';
import { type Matrix, part, transposed } from './matrix.ts';
import { randomFor } from './random.ts';

const random = randomFor(1, 'matmul');
const exact = exactArithmetic();
const fast = fastArithmetic(8 * 1024 * 1024);

/** The same random numbers for both. */
function twice(rows: number, columns: number): [Matrix, Matrix] {
  const [wanted, found] = [exact.zeros(rows, columns), fast.zeros(rows, columns)];
  for (let at = 0; at < rows * columns; at++) {
    found.data[at] = random.normal();
    wanted.data[at] = found.data[at];
  }
  return [wanted, found];
}

const farthest = (a: Matrix, b: Matrix): number =>
  Array.from(a.data).reduce((most, value, at) => Math.max(most, Math.abs(value - (b.data[at] ?? Number.NaN))), 0);

describe('the fast product', () => {
  it.each([
    [4, 1, 8],
    [8, 64, 64],
    [128, 64, 264],
    [12, 17, 24],
    [64, 256, 16],
  ])('of %i × %i by %i columns is the exact one but for rounding', (rows, inner, columns) => {
    const [a64, a32] = twice(rows, inner);
    const [b64, b32] = twice(inner, columns);
    const [c64, c32] = twice(rows, columns);
    exact.multiply(c64, a64, b64);
    fast.multiply(c32, a32, b32);
    expect(farthest(c64, c32)).toBeLessThan(1e-6 * inner + 1e-6);
    exact.addProduct(c64, a64, b64);
    fast.addProduct(c32, a32, b32);
    expect(farthest(c64, c32)).toBeLessThan(3e-6 * inner + 1e-6);
  });

  it('takes a transposed left side and parts of larger matrices', () => {
    const [a64, a32] = twice(40, 24);
    const [b64, b32] = twice(40, 64);
    const [c64, c32] = twice(32, 64);
    const run = (arithmetic: typeof exact, a: Matrix, b: Matrix, c: Matrix): void => {
      const left = transposed(part(a, 8, 4, 32, 12));
      arithmetic.addProduct(part(c, 4, 16, 12, 24), left, part(b, 3, 24, 32, 24));
    };
    run(exact, a64, b64, c64);
    run(fast, a32, b32, c32);
    expect(farthest(c64, c32)).toBeLessThan(1e-4);
  });

  it('refuses shapes that do not fit, and tiles that it does not have', () => {
    const [a, b] = [fast.zeros(8, 5), fast.zeros(6, 8)];
    expect(() => fast.multiply(fast.zeros(8, 8), a, b)).toThrow(/8 × 5 by 6 × 8/);
    expect(() => fast.multiply(fast.zeros(6, 8), fast.zeros(6, 5), fast.zeros(5, 8))).toThrow(/fours/);
    expect(() => part(a, 4, 0, 5, 5)).toThrow(/beyond/);
  });

  it('says so when its memory is used up', () => {
    expect(() => fastArithmetic(65_536).zeros(200, 200)).toThrow(/needs more/);
  });
});
