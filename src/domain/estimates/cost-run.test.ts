import { decimalText } from '@tests/metering/arbitraries';
import { oracleCost } from '@tests/metering/oracle';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { costRun } from '@/domain/estimates/cost-run';
import { type Durations, durationsOf, ESTIMATED_PHASES, totalOf } from '@/domain/estimates/durations';
import { PRESETS } from '@/domain/estimates/job-config';
import { BASE_MODELS } from '@/domain/estimates/models';
import { judgeByRuns } from '@/domain/estimates/own-runs';
import { planRun } from '@/domain/estimates/plan-run';
import { priorOf } from '@/domain/estimates/prior';
import { PHASES } from '@/domain/ledger/charge';
import { isBilled } from '@/domain/metering/billed-phases';
import { meterIntervals } from '@/domain/metering/meter-intervals';
import type { Price } from '@/domain/metering/price';
import { sumMoney } from '@/lib/money';

const price: Price = { version: 'a/b/1', currency: 'USD', unitPrice: '1.89', unit: 'hour' };

/** A run of any size as it is estimated, and what to make it larger by. */
const configured = fc.record({
  model: fc.constantFrom(...BASE_MODELS),
  rows: fc.integer({ min: 1, max: 100_000 }),
  perRow: fc.integer({ min: 1, max: 3_000 }),
  epochs: fc.integer({ min: 1, max: 50 }),
  gpus: fc.constantFrom(1, 2, 8),
  packing: fc.boolean(),
  gpuType: fc.constantFrom('H100 SXM', 'T4', 'cpu', 'something else'),
});
type Configured = typeof configured extends fc.Arbitrary<infer T> ? T : never;

function durationsFor({ model, rows, perRow, epochs, gpus, packing, gpuType }: Configured): Durations {
  const chosen = { ...PRESETS.balanced, num_train_epochs: epochs, packing };
  const work = { rowsTraining: rows, rowsValidation: 10, tokens: (rows + 10) * perRow, longest: 2 * perRow };
  const plan = planRun(work, chosen, gpus, model);
  const prior = priorOf(plan, { model, r: chosen.r, gpuType });
  const traits = { parameters: model.parameters, rank: chosen.r, maxLength: plan.length };
  return durationsOf(plan, prior, judgeByRuns(traits, prior, []), gpus);
}

const terms = fc.record({
  unitPrice: decimalText(100),
  incrementMs: fc.constantFrom(1, 1_000, 60_000, 3_600_000),
  minimumMs: fc.constantFrom(0, 60_000, 600_000),
});
const bill = { units: '1', billedPhases: null };

describe('the cost of an estimate', () => {
  test('is what whole numbers say for its billed time', () => {
    fc.assert(
      fc.property(configured, terms, fc.option(fc.subarray([...PHASES])), (config, rate, billedPhases) => {
        const durations = durationsFor(config);
        const cost = costRun(durations, { ...price, ...rate }, { units: '2.5', billedPhases });
        for (const bound of ['low', 'middle', 'high'] as const) {
          const ms = ESTIMATED_PHASES.filter((phase) => isBilled(phase, billedPhases)).reduce(
            (sum, phase) => sum + BigInt(durations[phase][bound]),
            0n,
          );
          expect(cost[bound]).toBe(oracleCost(ms, '2.5', { ...rate, unitMs: 3_600_000 }));
        }
      }),
    );
  });

  test('is what the ledger charges for a run of that very time, and its phases sum to it', () => {
    fc.assert(
      fc.property(configured, terms, (config, rate) => {
        const durations = durationsFor({ ...config, model: BASE_MODELS[0] ?? config.model, rows: 100, epochs: 2 });
        const { middle, phases } = costRun(durations, { ...price, ...rate }, bill);
        let at = Date.parse('2026-05-01T10:07:31.123Z');
        const intervals = ESTIMATED_PHASES.map((phase) => {
          const start = at;
          at += durations[phase].middle;
          return { start, end: at, phase };
        });
        const metering = { costType: 'compute', units: '1', bucket: 'quarter', endedAt: at } as const;
        const charges = meterIntervals({ ...metering, price: { ...price, ...rate }, intervals, asOf: at });
        expect(sumMoney(charges.map(({ amount }) => amount))).toBe(middle);
        expect(sumMoney(Object.values(phases))).toBe(middle);
      }),
      { numRuns: 50 },
    );
  });

  test('has its middle between its bounds', () => {
    fc.assert(
      fc.property(configured, terms, (config, rate) => {
        const durations = durationsFor(config);
        const { low, middle, high } = totalOf(durations);
        expect(low <= middle && middle <= high).toBe(true);
        const cost = costRun(durations, { ...price, ...rate }, bill);
        expect(cost.low <= cost.middle && cost.middle <= cost.high).toBe(true);
      }),
    );
  });

  test('never falls as rows, epochs or the price grow', () => {
    fc.assert(
      fc.property(configured, terms, fc.nat(1_000), fc.nat(20), fc.nat(50), (config, rate, rows, epochs, more) => {
        const costOf = (given: Configured, unitPrice: string) =>
          costRun(durationsFor(given), { ...price, ...rate, unitPrice }, bill);
        const before = costOf(config, '3.5');
        const after = [
          costOf({ ...config, rows: config.rows + rows }, '3.5'),
          costOf({ ...config, epochs: config.epochs + epochs }, '3.5'),
          costOf(config, `${3 + more}.5`),
        ];
        for (const bound of ['low', 'middle', 'high'] as const) {
          expect(after.every((cost) => cost[bound] >= before[bound])).toBe(true);
        }
      }),
    );
  });
});
