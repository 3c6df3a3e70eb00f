import type { Dropout } from './dropout.ts';
import type { Linear } from './linear.ts';
import type { Arithmetic } from './matmul.ts';
import { firstRows, type Matrix } from './matrix.ts';
import { createRotary } from './rotary.ts';
import { createScaledDotProduct, type Heads } from './scaled-dot-product.ts';
import type { Shape } from './shape.ts';

/** A step of the model that can be gone back: forward keeps what backward needs, for one sequence at a time. */
export interface Block {
  forward(y: Matrix, x: Matrix, training: boolean): void;
  /** Adds to `dx`. */
  backward(dx: Matrix, dy: Matrix): void;
}

type Projections = Readonly<Record<'q_proj' | 'k_proj' | 'v_proj' | 'o_proj', Linear>>;

/** Room for the three, of which a sequence uses the first rows. */
function headsOf(rows: () => Matrix): (length: number) => Heads {
  const [q, k, v] = [rows(), rows(), rows()];
  return (length) => ({ q: firstRows(q, length), k: firstRows(k, length), v: firstRows(v, length) });
}

/** Attention of several heads to the tokens before, and to the token itself. */
export function createAttention(
  arithmetic: Arithmetic,
  shape: Shape,
  { q_proj, k_proj, v_proj, o_proj }: Projections,
  dropouts: { readonly input: Dropout; readonly output: Dropout },
): Block {
  const rotary = createRotary(shape.context, shape.hidden / shape.heads);
  const product = createScaledDotProduct(arithmetic, shape);
  const rows = (): Matrix => arithmetic.zeros(shape.context, shape.hidden);
  const [headsFor, gradientsFor, mixed, dMixed] = [headsOf(rows), headsOf(rows), rows(), rows()];
  let input: { dropped: Matrix; mixedDropped: Matrix; length: number } | null = null;
  return {
    forward(y, x, training) {
      const heads = headsFor(x.rows);
      const dropped = dropouts.input.forward(x, training);
      q_proj.forward(heads.q, x, dropped);
      k_proj.forward(heads.k, x, dropped);
      v_proj.forward(heads.v, x, dropped);
      rotary.turn(heads.q);
      rotary.turn(heads.k);
      const mixture = firstRows(mixed, x.rows);
      product.forward(mixture, heads);
      const mixedDropped = dropouts.output.forward(mixture, training);
      o_proj.forward(y, mixture, mixedDropped);
      input = { dropped, mixedDropped, length: x.rows };
    },
    backward(dx, dy) {
      if (!input) throw new Error('there is no way back before a way forward');
      const dMixture = firstRows(dMixed, input.length);
      dMixture.data.fill(0, 0, dMixture.rows * dMixture.columns);
      o_proj.backward(dMixture, dropouts.output.gradientOf(dMixture), dy, input.mixedDropped);
      dropouts.output.backward(dMixture);
      const gradients = gradientsFor(input.length);
      product.backward(gradients, dMixture, headsFor(input.length));
      rotary.turnBack(gradients.q);
      rotary.turnBack(gradients.k);
      const dDropped = dropouts.input.gradientOf(dx);
      q_proj.backward(dx, dDropped, gradients.q, input.dropped);
      k_proj.backward(dx, dDropped, gradients.k, input.dropped);
      v_proj.backward(dx, dDropped, gradients.v, input.dropped);
      dropouts.input.backward(dx);
    },
  };
}
