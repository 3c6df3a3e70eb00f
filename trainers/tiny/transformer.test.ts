import { describe, expect, it } from 'vitest';
import { drawBaseModel } from './base-model.ts';
import { exactArithmetic, fastArithmetic } from './matmul.ts';
import { type Random, randomFor } from './random.ts';
import { LAYER_PROJECTIONS, MODULES, type ModuleName, type Shape, TINY } from './shape.ts';
import { createTransformer } from './transformer.ts';

const SMALL: Shape = { vocabulary: TINY.vocabulary, hidden: 16, inner: 24, layers: 2, heads: 2, context: 48 };

const draw = randomFor(7, 'tests');
/** Longer than one block of queries, and no multiple of eight. */
const LENGTH = 43;
const sequence = {
  tokens: Uint16Array.from({ length: LENGTH }, () => draw.below(256)),
  learned: Uint8Array.from({ length: LENGTH }, (_, at) => (at % 3 === 0 ? 0 : 1)),
};

/** A small model in 64 bits whose adapters have left their beginning, and its loss as a function of its numbers. */
function smallModel(dropout: number, modules: readonly ModuleName[] = MODULES) {
  const arithmetic = exactArithmetic();
  const chance: Random = randomFor(3, 'dropout');
  const begin = chance.state();
  const settings = { rank: 3, alpha: 6, dropout, modules, seed: 5 };
  const model = createTransformer(arithmetic, drawBaseModel(arithmetic, SMALL, 1), settings, chance);
  for (const { b } of model.adapters) {
    for (let row = 0; row < b.core.rows; row++) {
      for (let column = 0; column < b.core.columns; column++) {
        b.core.data[row * b.core.rowStep + column] = draw.normal() * 0.3;
      }
    }
  }
  const loss = (): number => {
    chance.restore(begin);
    for (const adapter of model.adapters) adapter.refresh();
    return model.train(sequence, 1);
  };
  return { model, loss };
}

describe('the way back through the model', () => {
  it.each([0, 0.3])('gives the slopes that finite differences measure, dropout %d', (dropout) => {
    const { model, loss } = smallModel(dropout);
    loss();
    const trained = model.adapters.flatMap(({ a, b }) => [a, b]);
    const gradients = trained.map(({ gradient }) => gradient.data.slice());
    const step = 1e-5;
    trained.forEach(({ core }, index) => {
      for (const _ of [1, 2, 3]) {
        const at = draw.below(core.rows) * core.rowStep + draw.below(core.columns);
        const value = core.data[at];
        core.data[at] = value + step;
        const above = loss();
        core.data[at] = value - step;
        const below = loss();
        core.data[at] = value;
        const slope = (above - below) / (2 * step);
        expect(Math.abs(slope - gradients[index][at])).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
      }
    });
    expect(trained).toHaveLength((LAYER_PROJECTIONS.length * SMALL.layers + 1) * 2);
  });

  it('gives the same slopes to the modules that are adapted when others are not', () => {
    const { model, loss } = smallModel(0, ['v_proj', 'down_proj']);
    loss();
    expect(model.adapters.map(({ path }) => path)).toEqual([
      'model.layers.0.self_attn.v_proj',
      'model.layers.0.mlp.down_proj',
      'model.layers.1.self_attn.v_proj',
      'model.layers.1.mlp.down_proj',
    ]);
    for (const { a, b } of model.adapters) {
      expect(Math.hypot(...a.gradient.data)).toBeGreaterThan(0);
      expect(Math.hypot(...b.gradient.data)).toBeGreaterThan(0);
    }
  });
});

describe('the model', () => {
  const arithmetic = fastArithmetic(64 * 1024 * 1024);
  const base = drawBaseModel(arithmetic);
  const withRank = (rank: number, modules: readonly ModuleName[]) =>
    createTransformer(arithmetic, base, { rank, alpha: 16, dropout: 0, modules, seed: 1 }, randomFor(1, 'dropout'));

  it('begins where the base model is, whatever the rank: B is zero', () => {
    const plain = withRank(1, []).evaluate(sequence);
    expect(withRank(1, MODULES).evaluate(sequence)).toBe(plain);
    expect(withRank(16, MODULES).evaluate(sequence)).toBe(plain);
  });

  it('expects nothing in particular before it is trained: about ln 264 nats a token', () => {
    const learned = sequence.learned.reduce((sum, each) => sum + each, 0);
    expect(withRank(4, []).evaluate(sequence) / learned).toBeCloseTo(Math.log(TINY.vocabulary), 0);
  });

  it('sees nothing of the future', () => {
    const model = withRank(4, []);
    const early = { ...sequence, learned: sequence.learned.map((each, at) => (at < 20 ? each : 0)) };
    const changed = { ...early, tokens: early.tokens.map((token, at) => (at < 20 ? token : 65)) };
    expect(model.evaluate(changed)).toBe(model.evaluate(early));
    expect(model.evaluate({ ...changed, tokens: early.tokens.with(3, 65) })).not.toBe(model.evaluate(early));
  });

  it('keeps what a narrow rank does not use at zero while it trains', () => {
    const model = withRank(3, ['q_proj']);
    model.train(sequence, 1);
    const [{ a, b }] = model.adapters;
    expect(a.value.rows).toBe(8);
    expect(Array.from(a.gradient.data.subarray(3 * TINY.hidden)).every((slope) => slope === 0)).toBe(true);
    expect(Array.from(b.gradient.data).every((slope, at) => at % 8 < 3 || slope === 0)).toBe(true);
  });
});
