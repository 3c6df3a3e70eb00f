import type { Arithmetic } from './matmul.ts';
import { copyInto, type Matrix, matrixOf } from './matrix.ts';
import { type Random, randomFor } from './random.ts';
import { LAYER_PROJECTIONS, type ModuleName, modulePath, type Projection, type Shape, sizesOf, TINY } from './shape.ts';

/** The base model is the one that these numbers draw: its seed is its identity. */
const BASE_SEED = 20_260_110;

/** Added to the mean square before a root is drawn from it. */
export const NORM_EPSILON = 1e-5;
export const ROPE_THETA = 10_000;
/**
 * What the last normalisation multiplies by. Large, and the head small in turn, so that the learning rates at which
 * people train adapters of large models (1e-4 and so) move this one as well.
 */
export const FINAL_GAIN = 24;
/** The share of each embedding that all tokens have in common: with it an adapter can raise a token everywhere. */
const COMMON = 0.5;

export type LayerWeights = Readonly<Record<Projection, Matrix>>;

/** The frozen numbers; each projection is kept as outputs × inputs. */
export interface BaseWeights {
  readonly shape: Shape;
  readonly embedding: Matrix;
  readonly layers: readonly LayerWeights[];
  readonly head: Matrix;
}

/** Draws the base model; it comes out the same to the bit wherever it is drawn in the same arithmetic. */
export function drawBaseModel(arithmetic: Arithmetic, shape: Shape = TINY, seed = BASE_SEED): BaseWeights {
  const drawn = (purpose: string, rows: number, columns: number, deviation: number): Matrix => {
    const random: Random = randomFor(seed, purpose);
    const numbers = Float32Array.from({ length: rows * columns }, () => random.normal() * deviation);
    const matrix = arithmetic.zeros(rows, columns);
    copyInto(matrix, matrixOf(numbers, rows, columns));
    return matrix;
  };
  const projection = (name: ModuleName, layer: number): Matrix => {
    const { inputs, outputs } = sizesOf(shape, name);
    const gain = name === 'lm_head' ? 0.2 / FINAL_GAIN : 1;
    return drawn(modulePath(name, layer), outputs, inputs, gain / Math.sqrt(inputs));
  };
  const embedding = drawn('embedding', shape.vocabulary, shape.hidden, 1 - COMMON);
  const common = drawn('common', 1, shape.hidden, COMMON);
  for (let at = 0; at < embedding.data.length; at++) embedding.data[at] += common.data[at % shape.hidden];
  const layers = Array.from({ length: shape.layers }, (_, layer) => {
    const entries = LAYER_PROJECTIONS.map((name) => [name, projection(name, layer)] as const);
    return Object.fromEntries(entries) as Record<Projection, Matrix>;
  });
  return { shape, embedding, layers, head: projection('lm_head', 0) };
}
