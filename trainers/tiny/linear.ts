import type { Adapter } from './lora.ts';
import type { Arithmetic } from './matmul.ts';
import { copyInto, type Matrix, transposed } from './matrix.ts';

/** A frozen projection `y = W·x` with the adapter that may lie beside it. */
export interface Linear {
  readonly adapter: Adapter | null;
  /** `y = W·x` and the adapter's change; the adapter reads `dropped`, the inputs of which some may be left out. */
  forward(y: Matrix, x: Matrix, dropped: Matrix): void;
  /** Adds to the gradient of the inputs, and to that of the inputs as the adapter read them. */
  backward(dx: Matrix, dDropped: Matrix, dy: Matrix, dropped: Matrix): void;
}

export function createLinear(arithmetic: Arithmetic, weights: Matrix, adapter: Adapter | null): Linear {
  const weightsTransposed = arithmetic.zeros(weights.columns, weights.rows);
  copyInto(weightsTransposed, transposed(weights));
  return {
    adapter,
    forward(y, x, dropped) {
      arithmetic.multiply(y, x, weightsTransposed);
      adapter?.forward(y, dropped);
    },
    backward(dx, dDropped, dy, dropped) {
      arithmetic.addProduct(dx, dy, weights);
      adapter?.backward(dDropped, dy, dropped);
    },
  };
}
