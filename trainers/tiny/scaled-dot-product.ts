import type { Arithmetic } from './matmul.ts';
import { copyInto, type Matrix, part, transposed } from './matrix.ts';
import type { Shape } from './shape.ts';

/** Queries, keys and values of one sequence: tokens × hidden, the heads side by side. */
export interface Heads {
  readonly q: Matrix;
  readonly k: Matrix;
  readonly v: Matrix;
}

/** Each head's mixture of the values that its query may see, weighted by how well their keys fit. */
export interface ScaledDotProduct {
  forward(mixed: Matrix, heads: Heads): void;
  /** Writes the gradients of queries, keys and values; `heads` are those of the way forward. */
  backward(gradients: Heads, dMixed: Matrix, heads: Heads): void;
}

/** Queries are worked through this many rows at a time, so that most of what lies in their future is never computed. */
const ROWS = 32;

type Work = (head: number, from: number, count: number, seen: number) => void;

export function createScaledDotProduct(arithmetic: Arithmetic, { hidden, heads, context }: Shape): ScaledDotProduct {
  const size = hidden / heads;
  const scale = 1 / Math.sqrt(size);
  const kTransposed = arithmetic.zeros(hidden, context);
  const vTransposed = arithmetic.zeros(hidden, context);
  const shares = Array.from({ length: heads }, () => arithmetic.zeros(context, context));
  const dShares = arithmetic.zeros(ROWS, context);

  const ofHead = (of: Matrix, head: number, from: number, count: number): Matrix =>
    part(of, from, head * size, count, size);
  const eachBlock = (length: number, work: Work): void => {
    for (let head = 0; head < heads; head++) {
      for (let from = 0; from < length; from += ROWS) {
        const count = Math.min(ROWS, length - from);
        work(head, from, count, from + count);
      }
    }
  };
  return {
    forward(mixed, { q, k, v }) {
      copyInto(part(kTransposed, 0, 0, hidden, k.rows), transposed(k));
      eachBlock(q.rows, (head, from, count, seen) => {
        const share = part(shares[head], from, 0, count, seen);
        arithmetic.multiply(share, ofHead(q, head, from, count), part(kTransposed, head * size, 0, size, seen));
        softmaxOfThePast(share, from, scale);
        arithmetic.multiply(ofHead(mixed, head, from, count), share, ofHead(v, head, 0, seen));
      });
    },
    backward(gradients, dMixed, { q, k, v }) {
      for (const each of [gradients.k, gradients.v]) each.data.fill(0, 0, each.rows * hidden);
      copyInto(part(vTransposed, 0, 0, hidden, v.rows), transposed(v));
      eachBlock(q.rows, (head, from, count, seen) => {
        const share = part(shares[head], from, 0, count, seen);
        const dShare = part(dShares, 0, 0, count, seen);
        const dHead = ofHead(dMixed, head, from, count);
        arithmetic.multiply(dShare, dHead, part(vTransposed, head * size, 0, size, seen));
        arithmetic.addProduct(ofHead(gradients.v, head, 0, seen), transposed(share), dHead);
        softmaxBackward(dShare, share, scale);
        arithmetic.multiply(ofHead(gradients.q, head, from, count), dShare, ofHead(k, head, 0, seen));
        arithmetic.addProduct(ofHead(gradients.k, head, 0, seen), transposed(dShare), ofHead(q, head, from, count));
      });
    },
  };
}

/** Scores become shares that sum to one over what each row may see; its future gets nothing. */
function softmaxOfThePast(scores: Matrix, firstPosition: number, scale: number): void {
  const { data, start, rows, columns, rowStep } = scores;
  for (let row = 0; row < rows; row++) {
    const from = start + row * rowStep;
    const end = from + firstPosition + row + 1;
    let highest = Number.NEGATIVE_INFINITY;
    for (let at = from; at < end; at++) if (data[at] > highest) highest = data[at];
    let sum = 0;
    for (let at = from; at < end; at++) {
      const power = Math.exp((data[at] - highest) * scale);
      data[at] = power;
      sum += power;
    }
    const inverse = 1 / sum;
    for (let at = from; at < end; at++) data[at] *= inverse;
    data.fill(0, end, from + columns);
  }
}

/** The gradient of shares becomes that of the scores, in place. */
function softmaxBackward(gradient: Matrix, shares: Matrix, scale: number): void {
  for (let row = 0; row < shares.rows; row++) {
    const from = shares.start + row * shares.rowStep;
    const to = gradient.start + row * gradient.rowStep;
    let along = 0;
    for (let at = 0; at < shares.columns; at++) along += shares.data[from + at] * gradient.data[to + at];
    for (let at = 0; at < shares.columns; at++) {
      gradient.data[to + at] = scale * shares.data[from + at] * (gradient.data[to + at] - along);
    }
  }
}
