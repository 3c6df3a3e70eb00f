import type { Trained } from './lora.ts';
import type { Floats } from './matrix.ts';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** AdamW (Loshchilov and Hutter, 2019) with the constants of PyTorch. */
export interface AdamW {
  /** The moving means of gradients and of their squares, in the order of the parameters. */
  readonly moments: readonly { readonly first: Floats; readonly second: Floats }[];
  /** Changes all parameters by their gradients times `factor`; `step` counts from 1. */
  step(step: number, learningRate: number, factor: number): void;
}

export function createAdamW(parameters: readonly Trained[], weightDecay: number): AdamW {
  const moments = parameters.map(({ value: { data } }) => ({
    first: new Float32Array(data.length),
    second: new Float32Array(data.length),
  }));
  return {
    moments,
    step(step, learningRate, factor) {
      const correction1 = 1 - BETA1 ** step;
      const correction2 = 1 - BETA2 ** step;
      const kept = 1 - learningRate * weightDecay;
      parameters.forEach(({ value, gradient }, index) => {
        const { first, second } = moments[index];
        for (let at = 0; at < value.data.length; at++) {
          const slope = gradient.data[at] * factor;
          const mean = BETA1 * first[at] + (1 - BETA1) * slope;
          const square = BETA2 * second[at] + (1 - BETA2) * slope * slope;
          first[at] = mean;
          second[at] = square;
          const change = mean / correction1 / (Math.sqrt(square / correction2) + EPSILON);
          value.data[at] = value.data[at] * kept - learningRate * change;
        }
      });
    },
  };
}

/** The length of all gradients taken as one vector. */
export function gradientNorm(parameters: readonly Trained[]): number {
  let squares = 0;
  for (const { gradient } of parameters) {
    for (let at = 0; at < gradient.data.length; at++) squares += gradient.data[at] * gradient.data[at];
  }
  return Math.sqrt(squares);
}

/** What gradients are multiplied by so that together they are no longer than `longest`; 0: they are never too long. */
export const clipping = (norm: number, longest: number): number =>
  longest > 0 && norm > longest ? longest / (norm + 1e-6) : 1;

export function forgetGradients(parameters: readonly Trained[]): void {
  for (const { gradient } of parameters) gradient.data.fill(0);
}
