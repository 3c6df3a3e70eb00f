import { NORM_EPSILON } from './base-model.ts';
import type { Matrix } from './matrix.ts';

/** Each row of `x` divided by the root of its mean square and multiplied by `gain` (Zhang and Sennrich, 2019). */
export function rmsNorm(y: Matrix, x: Matrix, gain: number): void {
  for (let row = 0; row < x.rows; row++) {
    const from = x.start + row * x.rowStep;
    const to = y.start + row * y.rowStep;
    const factor = gain * inverseRoot(x, from);
    for (let at = 0; at < x.columns; at++) y.data[to + at] = factor * x.data[from + at];
  }
}

/** Adds the gradient of the rows of `x` to `dx`, given that of the normalised ones. */
export function rmsNormBackward(dx: Matrix, dy: Matrix, x: Matrix, gain: number): void {
  for (let row = 0; row < x.rows; row++) {
    const from = x.start + row * x.rowStep;
    const up = dy.start + row * dy.rowStep;
    const to = dx.start + row * dx.rowStep;
    const inverse = inverseRoot(x, from);
    let along = 0;
    for (let at = 0; at < x.columns; at++) along += dy.data[up + at] * x.data[from + at];
    const back = (along * inverse * inverse) / x.columns;
    for (let at = 0; at < x.columns; at++) {
      dx.data[to + at] += gain * inverse * (dy.data[up + at] - back * x.data[from + at]);
    }
  }
}

function inverseRoot(x: Matrix, from: number): number {
  let squares = 0;
  for (let at = 0; at < x.columns; at++) squares += x.data[from + at] * x.data[from + at];
  return 1 / Math.sqrt(squares / x.columns + NORM_EPSILON);
}
