import type { Arithmetic } from './matmul.ts';
import { copyInto, type Matrix, matrixOf } from './matrix.ts';
import { type Random, randomFor } from './random.ts';
import { VOCABULARY } from './tokens.ts';

/** How large a model of the Llama kind is. */
export interface Shape {
  readonly vocabulary: number;
  readonly hidden: number;
  readonly inner: number;
  readonly layers: number;
  readonly heads: number;
  /** Longest sequence, tokens. */
  readonly context: number;
}

export const BASE_MODEL = 'pipeline/tiny-byte-lm';
export const TINY: Shape = { vocabulary: VOCABULARY, hidden: 64, inner: 128, layers: 2, heads: 4, context: 256 };
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

export const LAYER_PROJECTIONS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
export type Projection = (typeof LAYER_PROJECTIONS)[number];
/** The modules that may be adapted, by the names that PEFT knows them by. */
export const MODULES = [...LAYER_PROJECTIONS, 'lm_head'] as const;
export type ModuleName = (typeof MODULES)[number];

export type LayerWeights = Readonly<Record<Projection, Matrix>>;

/** The frozen numbers; each projection is kept as outputs × inputs. */
export interface BaseWeights {
  readonly shape: Shape;
  readonly embedding: Matrix;
  readonly layers: readonly LayerWeights[];
  readonly head: Matrix;
}

/** Inputs and outputs of a projection. */
export function sizesOf(shape: Shape, name: ModuleName): { inputs: number; outputs: number } {
  if (name === 'lm_head') return { inputs: shape.hidden, outputs: shape.vocabulary };
  if (name === 'down_proj') return { inputs: shape.inner, outputs: shape.hidden };
  return { inputs: shape.hidden, outputs: name === 'gate_proj' || name === 'up_proj' ? shape.inner : shape.hidden };
}

/** The path of a module in the model, as in Transformers. */
export function modulePath(name: ModuleName, layer: number): string {
  if (name === 'lm_head') return name;
  return `model.layers.${layer}.${name.endsWith('o_proj') || /^[qkv]_/.test(name) ? 'self_attn' : 'mlp'}.${name}`;
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
