import type { Block } from './attention.ts';
import type { Dropout } from './dropout.ts';
import type { Linear } from './linear.ts';
import type { Arithmetic } from './matmul.ts';
import { firstRows, type Matrix } from './matrix.ts';
import type { Shape } from './shape.ts';

type Projections = Readonly<Record<'gate_proj' | 'up_proj' | 'down_proj', Linear>>;

/** SwiGLU (Shazeer, 2020): `down(silu(gate(x)) · up(x))`. */
export function createFeedForward(
  arithmetic: Arithmetic,
  { inner, context }: Shape,
  { gate_proj, up_proj, down_proj }: Projections,
  dropouts: { readonly input: Dropout; readonly output: Dropout },
): Block {
  const rows = (): Matrix => arithmetic.zeros(context, inner);
  const [gate, up, sigmoid, product, dGate, dUp, dProduct] = [rows(), rows(), rows(), rows(), rows(), rows(), rows()];
  let input: { dropped: Matrix; productDropped: Matrix; length: number } | null = null;
  return {
    forward(y, x, training) {
      const length = x.rows;
      const dropped = dropouts.input.forward(x, training);
      gate_proj.forward(firstRows(gate, length), x, dropped);
      up_proj.forward(firstRows(up, length), x, dropped);
      for (let at = 0; at < length * inner; at++) {
        sigmoid.data[at] = 1 / (1 + Math.exp(-gate.data[at]));
        product.data[at] = gate.data[at] * sigmoid.data[at] * up.data[at];
      }
      const productDropped = dropouts.output.forward(firstRows(product, length), training);
      down_proj.forward(y, firstRows(product, length), productDropped);
      input = { dropped, productDropped, length };
    },
    backward(dx, dy) {
      if (!input) throw new Error('there is no way back before a way forward');
      const { dropped, productDropped, length } = input;
      const [dInner, dGates, dUps] = [dProduct, dGate, dUp].map((each) => firstRows(each, length));
      dInner.data.fill(0, 0, length * inner);
      down_proj.backward(dInner, dropouts.output.gradientOf(dInner), dy, productDropped);
      dropouts.output.backward(dInner);
      for (let at = 0; at < length * inner; at++) {
        const share = sigmoid.data[at];
        const opened = gate.data[at] * share;
        dUp.data[at] = dInner.data[at] * opened;
        dGate.data[at] = dInner.data[at] * up.data[at] * (share + opened * (1 - share));
      }
      const dDropped = dropouts.input.gradientOf(dx);
      gate_proj.backward(dx, dDropped, dGates, dropped);
      up_proj.backward(dx, dDropped, dUps, dropped);
      dropouts.input.backward(dx);
    },
  };
}
