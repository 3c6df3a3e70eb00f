import { type ManualClock, manualClock, systemCtx } from '@tests/ledger/support';
import { oracleCost } from '@tests/metering/oracle';
import { startTestServer, type TestCaller, type TestServer } from '@tests/support/http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { UserCtx, WithOffer } from '@/domain/context';
import { estimateRun } from '@/domain/estimates/estimate-run';
import type { Estimate } from '@/domain/estimates/schema';
import { setPrice } from '@/domain/prices/set-price';
import { addDataset, config, OFFER, offerCtx } from './support';

const NOW = '2026-06-15T12:07:00.000Z';
const PATH = '/api/jobs/estimate';

let server: TestServer;
let caller: TestCaller;
let other: TestCaller;
let dataset: string;
let clock: ManualClock;
let ctx: WithOffer<UserCtx>;

beforeAll(async () => {
  server = await startTestServer({ offer: OFFER });
  caller = await server.createUser();
  other = await server.createUser();
  dataset = await addDataset(server.db, caller);
});
afterAll(() => server.close());
beforeEach(() => {
  clock = manualClock(NOW);
  ctx = offerCtx(server.db, caller, clock);
});

const LLAMA = { base_model: 'meta-llama/Llama-3.2-3B', trainer: 'axolotl', provider: 'modal', sku: 'l40s' };
const ask = (body: unknown, as = caller) =>
  server.json<{ data: Estimate; error: string; details: string }>(PATH, { method: 'POST', body, caller: as });

describe('an estimate', () => {
  test('says what it is made of', async () => {
    const { status, body } = await ask({ dataset_id: dataset });
    expect(status).toBe(200);
    expect(body.data).toMatchObject({
      steps: 113 * 5,
      tokens: 900 * 256 * 5,
      currency: 'USD',
      storage_per_month: { bytes: 160_256, amount_exact: '0.0000032051', currency: 'USD' },
      price: {
        version: 'local/this-machine/any/owned/1',
        provider: 'local',
        sku: 'this-machine',
        unit: 'hour',
        unit_price: '0.1',
        units: '1',
        currency: 'USD',
      },
      run: { parameters: 115_712, rank: 16, max_length: 256, trainer: 'tiny', gpu_type: 'cpu', gpu_count: 1 },
      basis: { kind: 'prior', runs: 0 },
    });
  });

  test('costs what whole numbers say for its duration, increment and minimum included', async () => {
    const rented = { ...LLAMA, provider: 'aws', sku: 'g5.12xlarge', gpu_count: 8 };
    const { cost, duration_ms, price } = await estimateRun(ctx, config({ dataset_id: dataset, ...rented }));
    expect(price).toMatchObject({ units: '2', unit_price: '5.67', purchase_option: 'on_demand' });
    const rate = { unitPrice: '5.67', unitMs: 3_600_000, incrementMs: 1_000, minimumMs: 60_000 };
    for (const bound of ['low', 'middle', 'high'] as const) {
      const exact = oracleCost(BigInt(duration_ms[bound]), '2', rate);
      expect(BigInt(cost[bound].amount_exact.replace('.', ''))).toBe(exact);
    }
  });

  test('leaves out phases that the provider does not bill', async () => {
    const sku = { provider: 'acme', sku: 'half-free', gpu_type: 'L40S', gpu_count: '1', unit: 'hour', unit_price: '2' };
    await setPrice(systemCtx(server.db, clock), { ...sku, billed_phases: 'training' });
    const rented = { ...LLAMA, provider: 'acme', sku: 'half-free' };
    const { breakdown, cost } = await estimateRun(ctx, config({ dataset_id: dataset, ...rented }));
    expect([breakdown.setup.cost, breakdown.evaluation.cost, breakdown.saving.cost]).toEqual([0, 0, 0]);
    expect(breakdown.setup.ms).toBeGreaterThan(0);
    expect(breakdown.training.cost_exact).toBe(cost.middle.amount_exact);
  });

  test('takes the price of its moment, chosen by region and way of purchase where they are named', async () => {
    const spot = await estimateRun(
      ctx,
      config({ dataset_id: dataset, ...LLAMA, provider: 'aws', sku: 'g5.xlarge', purchase_option: 'spot' }),
    );
    expect(spot.price).toMatchObject({ unit_price: '0.3', version: 'aws/g5.xlarge/any/spot/1' });
    const rate = { provider: 'local', sku: 'this-machine', unit_price: '0.25', valid_from: '2026-07-01' };
    await setPrice(systemCtx(server.db, clock), rate);
    const today = await estimateRun(ctx, config({ dataset_id: dataset }));
    clock.set('2026-07-01T00:00:00Z');
    const later = await estimateRun(ctx, config({ dataset_id: dataset }));
    expect([today.price.unit_price, later.price.unit_price]).toEqual(['0.1', '0.25']);
    expect(later.duration_ms).toEqual(today.duration_ms);
  });

  test('keeps nothing', async () => {
    const count = async () =>
      (
        await server.db.admin.query(
          'select (select count(*) from lora_estimates), (select count(*) from lora_cost_records)',
        )
      ).rows;
    const before = await count();
    await ask({ dataset_id: dataset });
    expect(await count()).toEqual(before);
  });

  test('warns that the run may be stopped before it is done', async () => {
    const slow = await estimateRun(ctx, config({ dataset_id: dataset, ...LLAMA, max_runtime_minutes: 1 }));
    expect(slow.basis.note).toContain('max_runtime_minutes');
  });
});

describe('what cannot be estimated', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['no dataset', { dataset_id: undefined }, 'dataset_id'],
    ['an id that is none', { dataset_id: 'mine' }, 'dataset_id'],
    ['a model nobody knows', { base_model: 'gpt-5' }, 'base_model: .*Llama-3.2-1B'],
    ['a model that its trainer does not train', { base_model: 'Qwen/Qwen3-8B' }, 'base_model: the trainer tiny'],
    ['the built-in model with another trainer', { trainer: 'axolotl' }, 'base_model: .*tiny only'],
    ['a preset that is none', { preset: 'reckless' }, 'preset: send one of conservative'],
    ['a hyperparameter that is none', { hyperparameters: { alpha: 3 } }, 'hyperparameters'],
    ['a rank of nothing', { hyperparameters: { r: 0 } }, 'hyperparameters\\.r: send a whole number from 1 to 512'],
    ['half a rank', { hyperparameters: { r: 1.5 } }, 'hyperparameters\\.r'],
    ['a learning rate in words', { hyperparameters: { learning_rate: 'high' } }, 'hyperparameters\\.learning_rate'],
    ['endless epochs', { hyperparameters: { num_train_epochs: 101 } }, 'hyperparameters\\.num_train_epochs'],
    ['a batch of nothing', { hyperparameters: { per_device_train_batch_size: 0 } }, 'per_device_train_batch_size'],
    ['packing by number', { hyperparameters: { packing: 1 } }, 'hyperparameters\\.packing: send true or false'],
    ['an unknown trainer', { trainer: 'magic' }, 'trainer: .*tiny'],
    ['an unknown executor', { executor: 'moon' }, 'executor: .*local'],
    ['an unknown provider', { provider: 'nobody' }, 'provider: .*local'],
    ['an unknown SKU', { sku: 'that-machine' }, 'sku: .*this-machine'],
    ['a SKU of storage', { sku: 'artifact-storage' }, 'sku: .*not for GPUs'],
    ['a provider with a line break', { provider: 'a\nb' }, 'provider'],
    ['a region with a line break', { region: 'a\nb' }, 'region'],
    ['a region that is not there', { region: 'mars' }, 'region'],
    ['no GPUs', { gpu_count: 0 }, 'gpu_count'],
    ['a part of a machine', { ...LLAMA, provider: 'aws', sku: 'g5.12xlarge', gpu_count: 2 }, 'gpu_count: .*4'],
    ['no time', { max_runtime_minutes: 0 }, 'max_runtime_minutes'],
    ['the client’s own price', { unit_price: '0.01' }, 'unit_price'],
    ['the client’s own estimate', { estimate: { cost: 1 } }, 'estimate'],
  ])('%s: 400 by its name', async (_, wrong, pattern) => {
    const { status, body } = await ask({ dataset_id: dataset, ...wrong });
    expect({ status, details: body.details }).toEqual({ status: 400, details: expect.stringMatching(pattern) });
  });

  test('a run that nobody would live to see', async () => {
    const huge = await addDataset(server.db, caller, { rows: 1_000_000, tokens: 2_000_000_000, longest: 4_000 });
    const endless = { dataset_id: huge, base_model: 'meta-llama/Llama-3.1-70B', trainer: 'axolotl' };
    await expect(estimateRun(ctx, config(endless))).rejects.toMatchObject({
      code: 'bad_input',
      details: expect.stringContaining('ten years'),
    });
  });

  test.each(['uploading', 'validating', 'invalid'])('a dataset that is %s: 409 with a sentence', async (state) => {
    const unready = await addDataset(server.db, caller, { status: state });
    const { status, body } = await ask({ dataset_id: unready });
    expect({ status, details: body.details }).toEqual({
      status: 409,
      details: expect.stringContaining('instructions'),
    });
  });

  test('the dataset of another account: the same 404 as one that nobody has', async () => {
    const foreign = await ask({ dataset_id: dataset }, other);
    const unknown = await ask({ dataset_id: '3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f' });
    expect(foreign.status).toBe(404);
    expect(foreign.body).toEqual(unknown.body);
    expect((await ask({ dataset_id: dataset })).status).toBe(200);
  });
});
