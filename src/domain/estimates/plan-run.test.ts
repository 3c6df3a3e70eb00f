import { oraclePlan } from '@tests/estimates/plan.oracle';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PRESETS } from '@/domain/estimates/job-config';
import { findBaseModel } from '@/domain/estimates/models';
import { planRun, type Workload } from '@/domain/estimates/plan-run';

const llama = findBaseModel('meta-llama/Llama-3.2-3B');
const tiny = findBaseModel('pipeline/tiny-byte-lm');
const work = (more: Partial<Workload> = {}): Workload => ({
  rowsTraining: 900,
  rowsValidation: 100,
  tokens: 200_000,
  longest: 480,
  ...more,
});

describe('steps and tokens', () => {
  test('are those of rows padded to the longest one', () => {
    expect(planRun(work(), PRESETS.balanced, 1, llama)).toEqual({
      steps: 113 * 5,
      tokens: 900 * 480 * 5,
      length: 480,
      tokensAtOnce: 8 * 480,
      evaluations: 12,
      evaluationTokens: 12 * 100 * 480,
      checkpoints: 11,
    });
  });

  test.each([
    ['the length asked for', { longest: 4_000 }, llama, 512],
    ['the length asked for where nobody knows the longest row', { longest: null }, llama, 512],
    ['the context of the model', { longest: 4_000 }, tiny, 256],
  ])('never with more than %s', (_, more, model, length) => {
    expect(planRun(work(more), PRESETS.balanced, 1, model)).toMatchObject({ length, tokens: 900 * length * 5 });
  });

  test('are those of packed sequences, without padding', () => {
    const packed = { ...PRESETS.conservative, packing: true, max_length: 1_000 };
    // nine tenths of 200,000 tokens make 180 sequences of 1,000, so 45 steps of 4
    expect(planRun(work(), packed, 1, llama)).toMatchObject({ steps: 45 * 3, tokens: 180_000 * 3, length: 1_000 });
  });

  test('need no evaluation where nothing is held back', () => {
    expect(planRun(work({ rowsValidation: 0 }), PRESETS.balanced, 1, llama)).toMatchObject({
      evaluations: 0,
      evaluationTokens: 0,
    });
  });

  test('are what whole numbers say, however many rows, epochs, steps at once and GPUs', () => {
    const numbers = fc.record({
      rowsTraining: fc.integer({ min: 1, max: 2_000_000 }),
      rowsValidation: fc.nat(200_000),
      perRow: fc.integer({ min: 1, max: 5_000 }),
      longest: fc.option(fc.integer({ min: 1, max: 200_000 })),
      batch: fc.integer({ min: 1, max: 512 }),
      accumulation: fc.integer({ min: 1, max: 64 }),
      gpus: fc.integer({ min: 1, max: 64 }),
      epochs: fc.integer({ min: 1, max: 100 }),
      maxLength: fc.integer({ min: 8, max: 131_072 }),
      packing: fc.boolean(),
      every: fc.integer({ min: 1, max: 10_000 }),
    });
    fc.assert(
      fc.property(numbers, (n) => {
        const rows = n.rowsTraining + n.rowsValidation;
        const chosen = {
          ...PRESETS.balanced,
          per_device_train_batch_size: n.batch,
          gradient_accumulation_steps: n.accumulation,
          num_train_epochs: n.epochs,
          max_length: n.maxLength,
          packing: n.packing,
          save_steps: n.every,
        };
        const given = { ...n, tokens: rows * n.perRow };
        const plan = planRun(given, chosen, n.gpus, llama);
        const expected = oraclePlan(given);
        expect([BigInt(plan.steps), BigInt(plan.tokens), BigInt(plan.checkpoints)]).toEqual([
          expected.steps,
          expected.tokens,
          expected.checkpoints,
        ]);
      }),
      { numRuns: 2_000 },
    );
  });
});
