import { crossEntropy } from './cross-entropy.ts';
import type { Dropout } from './dropout.ts';
import type { Linear } from './linear.ts';
import type { Arithmetic } from './matmul.ts';
import { firstRows, type Matrix, wide } from './matrix.ts';
import type { Shape } from './shape.ts';
import type { Sequence } from './tokens.ts';

/** What turns the last layer's output into a loss. */
export interface Head {
  /** The loss of a sequence, summed over its learned tokens, nats; `scale` is the weight of its gradient. */
  forward(x: Matrix, sequence: Sequence, scale: number, training: boolean): number;
  /** Adds to `dx`. */
  backward(dx: Matrix): void;
}

/** The projection to the vocabulary, worked out only where a token that is to be learned comes next. */
export function createHead(arithmetic: Arithmetic, shape: Shape, projection: Linear, dropout: Dropout): Head {
  const { hidden, vocabulary, context } = shape;
  const chosen = arithmetic.zeros(context, hidden);
  const dChosen = arithmetic.zeros(context, hidden);
  const logits = arithmetic.zeros(context, vocabulary);
  const targets = new Uint16Array(context);
  const places = new Uint16Array(context);
  let input: { dropped: Matrix; count: number } | null = null;

  const choose = (x: Matrix, { tokens, learned }: Sequence): number => {
    let count = 0;
    for (let at = 1; at < tokens.length; at++) {
      if (learned[at] === 0) continue;
      targets[count] = tokens[at];
      places[count] = at - 1;
      const from = x.start + (at - 1) * x.rowStep;
      for (let column = 0; column < hidden; column++) {
        chosen.data[count * hidden + column] = x.data[from + column];
      }
      count++;
    }
    chosen.data.fill(0, count * hidden, wide(count) * hidden);
    return count;
  };
  return {
    forward(x, sequence, scale, training) {
      const count = choose(x, sequence);
      const dropped = dropout.forward(firstRows(chosen, wide(count)), training);
      const scores = firstRows(logits, wide(count));
      projection.forward(scores, firstRows(chosen, wide(count)), dropped);
      input = { dropped, count };
      return crossEntropy(scores, targets, count, scale);
    },
    backward(dx) {
      if (!input) throw new Error('there is no way back before a way forward');
      const { dropped, count } = input;
      const rows = firstRows(dChosen, wide(count));
      rows.data.fill(0, 0, wide(count) * hidden);
      projection.backward(rows, dropout.gradientOf(rows), firstRows(logits, wide(count)), dropped);
      dropout.backward(rows);
      for (let at = 0; at < count; at++) {
        const to = dx.start + places[at] * dx.rowStep;
        for (let column = 0; column < hidden; column++) dx.data[to + column] += dChosen.data[at * hidden + column];
      }
    },
  };
}
