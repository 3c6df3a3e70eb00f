import { ROPE_THETA } from './base-model.ts';
import type { Matrix } from './matrix.ts';

/** Turns queries and keys by angles that grow with their position (Su et al., 2021), as Llama does it: by halves. */
export interface Rotary {
  turn(x: Matrix): void;
  /** The way back: gradients are turned the other way. */
  turnBack(dx: Matrix): void;
}

export function createRotary(context: number, headSize: number): Rotary {
  const half = headSize / 2;
  const cosines = new Float64Array(context * half);
  const sines = new Float64Array(context * half);
  for (let position = 0; position < context; position++) {
    for (let pair = 0; pair < half; pair++) {
      const angle = position * ROPE_THETA ** ((-2 * pair) / headSize);
      cosines[position * half + pair] = Math.cos(angle);
      sines[position * half + pair] = Math.sin(angle);
    }
  }
  const turnBy = (x: Matrix, sign: number): void => {
    for (let position = 0; position < x.rows; position++) {
      for (let head = 0; head < x.columns; head += headSize) {
        const first = x.start + position * x.rowStep + head;
        for (let pair = 0; pair < half; pair++) {
          const cosine = cosines[position * half + pair];
          const sine = sign * sines[position * half + pair];
          const left = x.data[first + pair];
          const right = x.data[first + pair + half];
          x.data[first + pair] = left * cosine - right * sine;
          x.data[first + pair + half] = right * cosine + left * sine;
        }
      }
    }
  };
  return { turn: (x) => turnBy(x, 1), turnBack: (dx) => turnBy(dx, -1) };
}
