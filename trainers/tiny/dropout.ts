import type { Arithmetic } from './matmul.ts';
import { firstRows, type Matrix } from './matrix.ts';
import type { Random } from './random.ts';

/** Leaves out some of what adapters read, while training. All adapters of one input leave out the same. */
export interface Dropout {
  /** What adapters read in place of `x`: `x` itself where nothing is left out. */
  forward(x: Matrix, training: boolean): Matrix;
  /** Where adapters add the gradient of what they read: `dx` itself where nothing was left out. */
  gradientOf(dx: Matrix): Matrix;
  /** Adds that gradient to `dx`. */
  backward(dx: Matrix): void;
}

const NOTHING: Dropout = { forward: (x) => x, gradientOf: (dx) => dx, backward: () => {} };

/** For inputs of up to `rows` rows without gaps; `share` of them are left out and the others grow in turn. */
export function createDropout(
  arithmetic: Arithmetic,
  { rows, columns, share }: { rows: number; columns: number; share: number },
  random: Random,
): Dropout {
  if (share === 0) return NOTHING;
  const factors = arithmetic.zeros(rows, columns);
  const dropped = arithmetic.zeros(rows, columns);
  const gradient = arithmetic.zeros(rows, columns);
  const limit = Math.round(share * 65_536);
  const kept = 1 / (1 - share);
  let leavesOut = false;
  return {
    forward(x, training) {
      leavesOut = training;
      if (!training) return x;
      const count = x.rows * columns;
      for (let at = 0; at < count; at += 2) {
        const two = random.next(); // half of it for each of two inputs
        factors.data[at] = two >>> 16 < limit ? 0 : kept;
        factors.data[at + 1] = (two & 0xffff) < limit ? 0 : kept;
      }
      for (let at = 0; at < count; at++) dropped.data[at] = factors.data[at] * x.data[at];
      return firstRows(dropped, x.rows);
    },
    gradientOf(dx) {
      if (!leavesOut) return dx;
      gradient.data.fill(0, 0, dx.rows * columns);
      return firstRows(gradient, dx.rows);
    },
    backward(dx) {
      if (!leavesOut) return;
      for (let at = dx.rows * columns - 1; at >= 0; at--) dx.data[at] += factors.data[at] * gradient.data[at];
    },
  };
}
