// What the model looks like, without its numbers.

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
/** 256 bytes and eight marks, see tokens.ts. */
export const TINY: Shape = { vocabulary: 264, hidden: 64, inner: 128, layers: 2, heads: 4, context: 256 };

export const LAYER_PROJECTIONS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
export type Projection = (typeof LAYER_PROJECTIONS)[number];
/** The modules that may be adapted, by the names that PEFT knows them by. */
export const MODULES = [...LAYER_PROJECTIONS, 'lm_head'] as const;
export type ModuleName = (typeof MODULES)[number];

/** Inputs and outputs of a projection. */
export function sizesOf(shape: Shape, name: ModuleName): { inputs: number; outputs: number } {
  if (name === 'lm_head') return { inputs: shape.hidden, outputs: shape.vocabulary };
  if (name === 'down_proj') return { inputs: shape.inner, outputs: shape.hidden };
  return { inputs: shape.hidden, outputs: name === 'gate_proj' || name === 'up_proj' ? shape.inner : shape.hidden };
}

/** The path of a module in the model, as in Transformers. */
export function modulePath(name: ModuleName, layer: number): string {
  if (name === 'lm_head') return name;
  return `model.layers.${layer}.${/^[qkvo]_/.test(name) ? 'self_attn' : 'mlp'}.${name}`;
}
