import { type Block, createAttention } from './attention.ts';
import { type BaseWeights, FINAL_GAIN } from './base-model.ts';
import { createDropout, type Dropout } from './dropout.ts';
import { createFeedForward } from './feed-forward.ts';
import { createHead } from './head.ts';
import { createLinear, type Linear } from './linear.ts';
import { type Adapter, createAdapter, type LoraSettings } from './lora.ts';
import type { Arithmetic } from './matmul.ts';
import { type Floats, firstRows, type Matrix, wide } from './matrix.ts';
import { type Random, randomFor } from './random.ts';
import { rmsNorm, rmsNormBackward } from './rms-norm.ts';
import { type ModuleName, modulePath, sizesOf } from './shape.ts';
import { PADDING, type Sequence } from './tokens.ts';

/** A frozen model with adapters, at work on one sequence at a time. */
export interface Transformer {
  readonly adapters: readonly Adapter[];
  /** Adds the gradient of `scale ×` the loss to the adapters'; answers the loss, summed over the learned tokens, nats. */
  train(sequence: Sequence, scale: number): number;
  /** The loss alone, with nothing left out. */
  evaluate(sequence: Sequence): number;
}

export interface TransformerSettings extends LoraSettings {
  readonly modules: readonly ModuleName[];
  /** Decides how the adapters begin. */
  readonly seed: number;
}

/** A residual step: `h += block(norm(h))`. */
interface Layer {
  readonly block: Block;
  /** What it was given, and that normalised. */
  readonly before: Matrix;
  readonly normed: Matrix;
}

/** Builds projections, each with its adapter where its module is to be adapted. */
function partsOf(arithmetic: Arithmetic, base: BaseWeights, settings: TransformerSettings, chance: Random) {
  const { context } = base.shape;
  const adapters: Adapter[] = [];
  const linear = (name: ModuleName, layer: number, weights: Matrix): Linear => {
    if (!settings.modules.includes(name)) return createLinear(arithmetic, weights, null);
    const path = modulePath(name, layer);
    const place = { path, ...sizesOf(base.shape, name), context };
    const adapter = createAdapter(arithmetic, settings, place, randomFor(settings.seed, path));
    adapters.push(adapter);
    return createLinear(arithmetic, weights, adapter);
  };
  /** For an input of these modules; where none is adapted there is nothing to leave out. */
  const dropout = (columns: number, ...readers: ModuleName[]): Dropout => {
    const share = readers.some((name) => settings.modules.includes(name)) ? settings.dropout : 0;
    return createDropout(arithmetic, { rows: context, columns, share }, chance);
  };
  return { adapters, linear, dropout };
}

function layersOf(arithmetic: Arithmetic, base: BaseWeights, { linear, dropout }: ReturnType<typeof partsOf>): Layer[] {
  const { hidden, inner, context } = base.shape;
  return base.layers.flatMap((weights, layer) => {
    const of = <Name extends ModuleName & keyof typeof weights>(...names: Name[]) =>
      Object.fromEntries(names.map((name) => [name, linear(name, layer, weights[name])])) as Record<Name, Linear>;
    const attention = createAttention(arithmetic, base.shape, of('q_proj', 'k_proj', 'v_proj', 'o_proj'), {
      input: dropout(hidden, 'q_proj', 'k_proj', 'v_proj'),
      output: dropout(hidden, 'o_proj'),
    });
    const feedForward = createFeedForward(arithmetic, base.shape, of('gate_proj', 'up_proj', 'down_proj'), {
      input: dropout(hidden, 'gate_proj', 'up_proj'),
      output: dropout(inner, 'down_proj'),
    });
    const rows = (): Matrix => arithmetic.zeros(context, hidden);
    return [attention, feedForward].map((block) => ({ block, before: rows(), normed: rows() }));
  });
}

/** Sets the model up; `chance` decides what dropout leaves out. */
export function createTransformer(
  arithmetic: Arithmetic,
  base: BaseWeights,
  settings: TransformerSettings,
  chance: Random,
): Transformer {
  const { shape, embedding } = base;
  const parts = partsOf(arithmetic, base, settings, chance);
  const layers = layersOf(arithmetic, base, parts);
  const projection = parts.linear('lm_head', 0, base.head);
  const head = createHead(arithmetic, shape, projection, parts.dropout(shape.hidden, 'lm_head'));
  const buffers = Array.from({ length: 4 }, () => arithmetic.zeros(shape.context, shape.hidden));
  const views = (length: number): Matrix[] => buffers.map((each) => firstRows(each, length));

  const forward = (sequence: Sequence, scale: number, training: boolean): number => {
    const [stream, y] = views(wide(sequence.tokens.length));
    embed(stream, embedding, sequence.tokens);
    for (const { block, before, normed } of layers) {
      before.data.set(numbersOf(stream));
      const x = firstRows(normed, stream.rows);
      rmsNorm(x, stream, 1);
      block.forward(y, x, training);
      addTo(stream, y);
    }
    rmsNorm(y, stream, FINAL_GAIN);
    return head.forward(y, sequence, scale, training);
  };
  const backward = (length: number): void => {
    const [stream, , gradient, inner] = views(length);
    numbersOf(inner).fill(0);
    head.backward(inner);
    numbersOf(gradient).fill(0);
    rmsNormBackward(gradient, inner, stream, FINAL_GAIN);
    for (const { block, before } of layers.toReversed()) {
      numbersOf(inner).fill(0);
      block.backward(inner, gradient);
      rmsNormBackward(gradient, inner, firstRows(before, length), 1);
    }
  };
  return {
    adapters: parts.adapters,
    train(sequence, scale) {
      const loss = forward(sequence, scale, true);
      backward(wide(sequence.tokens.length));
      return loss;
    },
    evaluate: (sequence) => forward(sequence, 1, false),
  };
}

/** Looks the tokens up; rows beyond them are padding, which no earlier token can see. */
function embed(stream: Matrix, embedding: Matrix, tokens: Uint16Array): void {
  for (let at = 0; at < stream.rows; at++) {
    const from = (at < tokens.length ? tokens[at] : PADDING) * embedding.rowStep;
    const to = at * stream.rowStep;
    for (let column = 0; column < stream.columns; column++) stream.data[to + column] = embedding.data[from + column];
  }
}

/** The numbers of a matrix that begins its data and has no gaps. */
const numbersOf = (of: Matrix): Floats => of.data.subarray(0, of.rows * of.columns);

function addTo(sum: Matrix, more: Matrix): void {
  for (let at = sum.rows * sum.columns - 1; at >= 0; at--) sum.data[at] += more.data[at];
}
