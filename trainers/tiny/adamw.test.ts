import { describe, expect, it } from 'vitest';
import { clipping, createAdamW, gradientNorm } from './adamw.ts';
import { matrixOf } from './matrix.ts';

/** The algorithm as the paper writes it, for one number at a time. */
function textbook(value: number, slopes: readonly number[], rate: number, decay: number): number {
  let [theta, m, v] = [value, 0, 0];
  slopes.forEach((g, index) => {
    const t = index + 1;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const mHat = m / (1 - 0.9 ** t);
    const vHat = v / (1 - 0.999 ** t);
    theta -= rate * (mHat / (Math.sqrt(vHat) + 1e-8) + decay * theta);
  });
  return theta;
}

const parameter = (values: readonly number[]) => {
  const value = matrixOf(Float32Array.from(values), 1, values.length);
  return { value, gradient: matrixOf(new Float32Array(values.length), 1, values.length), core: value };
};

const BEGIN = [0.5, -2, 0, 30];
const SLOPES = [
  [0.1, -3, 0, 1e-4],
  [0.2, 4, 0, -1e-4],
  [-0.7, 5, 0, 2e-4],
  [0.01, -1, 0, 3],
];

describe('AdamW', () => {
  it.each([0, 0.1])('moves each number as the paper says, weight decay %d', (decay) => {
    const trained = parameter(BEGIN);
    const optimiser = createAdamW([trained], decay);
    SLOPES.forEach((slopes, index) => {
      trained.gradient.data.set(slopes);
      optimiser.step(index + 1, 0.01, 1);
    });
    BEGIN.forEach((begin, at) => {
      const column = SLOPES.map((slopes) => slopes[at]);
      expect(trained.value.data[at]).toBeCloseTo(textbook(begin, column, 0.01, decay), 5);
    });
  });

  it('leaves a number without a slope where it is', () => {
    const trained = parameter([0.25]);
    createAdamW([trained], 0).step(1, 0.1, 1);
    expect(trained.value.data[0]).toBe(0.25);
  });

  it('cuts gradients that are too long, all by the same factor, and leaves others alone', () => {
    const [a, b] = [parameter([0, 0]), parameter([0])];
    a.gradient.data.set([3, 0]);
    b.gradient.data.set([4]);
    expect(gradientNorm([a, b])).toBe(5);
    expect(clipping(5, 1) * 5).toBeCloseTo(1, 5);
    expect(clipping(0.5, 1)).toBe(1);
    expect(clipping(5, 0)).toBe(1);
  });
});
