import type { Arithmetic } from './matmul.ts';
import { copyInto, firstRows, type Matrix, part, transposed, wide } from './matrix.ts';
import type { Random } from './random.ts';

/** How an adapter is made. */
export interface LoraSettings {
  readonly rank: number;
  readonly alpha: number;
  /** Share of an adapter's inputs that are left out at random while it trains. */
  readonly dropout: number;
}

/**
 * The low-rank change of one projection: `y += (alpha / rank) · B·A·x` (Hu et al., 2021). A (rank × inputs) begins
 * random, B (outputs × rank) zero, so that training begins at the base model. These are all that trains.
 */
export interface Adapter {
  /** The module's path in the model. */
  readonly path: string;
  readonly a: Trained;
  readonly b: Trained;
  /** Brings what the two products need up to date, after A or B have changed. */
  refresh(): void;
  /** Adds the change to `y`, from the inputs `x`, and keeps what the way back needs. */
  forward(y: Matrix, x: Matrix): void;
  /** Adds to the gradients of A and B and, where `dx` is wanted, to that of the inputs. */
  backward(dx: Matrix, dy: Matrix, x: Matrix): void;
}

/** A matrix that trains, with its gradient. Both may be wider than what counts of them; the rest stays zero. */
export interface Trained {
  readonly value: Matrix;
  readonly gradient: Matrix;
  /** The part that counts: rank × inputs or outputs × rank. */
  readonly core: Matrix;
}

/** An adapter for a projection from `inputs` to `outputs`, for sequences of at most `context` tokens. */
export function createAdapter(
  arithmetic: Arithmetic,
  { rank, alpha }: LoraSettings,
  { path, inputs, outputs, context }: { path: string; inputs: number; outputs: number; context: number },
  random: Random,
): Adapter {
  const width = wide(rank);
  const scale = alpha / rank;
  const trained = (rows: number, columns: number, coreRows: number, coreColumns: number): Trained => {
    const value = arithmetic.zeros(rows, columns);
    return { value, gradient: arithmetic.zeros(rows, columns), core: part(value, 0, 0, coreRows, coreColumns) };
  };
  const a = trained(width, inputs, rank, inputs);
  const b = trained(outputs, width, outputs, rank);
  const bound = 1 / Math.sqrt(inputs);
  for (let at = 0; at < rank * inputs; at++) a.value.data[at] = (random.uniform() * 2 - 1) * bound;
  const aTransposed = arithmetic.zeros(inputs, width);
  const bScaled = arithmetic.zeros(outputs, width);
  const bTransposed = arithmetic.zeros(width, outputs);
  const hidden = arithmetic.zeros(context, width);
  const hiddenGradient = arithmetic.zeros(context, width);
  const bProduct = arithmetic.zeros(outputs, width);
  const refresh = (): void => {
    copyInto(aTransposed, transposed(a.value));
    copyInto(bScaled, b.value, scale);
    copyInto(bTransposed, transposed(bScaled));
  };
  refresh();
  return {
    path,
    a,
    b,
    refresh,
    forward(y, x) {
      const low = firstRows(hidden, x.rows);
      arithmetic.multiply(low, x, aTransposed);
      arithmetic.addProduct(y, low, bTransposed);
    },
    backward(dx, dy, x) {
      const low = firstRows(hidden, x.rows);
      const dLow = firstRows(hiddenGradient, x.rows);
      arithmetic.multiply(dLow, dy, bScaled);
      arithmetic.addProduct(a.gradient, transposed(dLow), x);
      arithmetic.multiply(bProduct, transposed(dy), low);
      addScaled(b.gradient, bProduct, scale);
      arithmetic.addProduct(dx, dLow, a.value);
    },
  };
}

function addScaled(to: Matrix, from: Matrix, scale: number): void {
  for (let at = 0; at < from.data.length; at++) to.data[at] += scale * from.data[at];
}
