import { readFile } from 'node:fs/promises';
import { type ManualClock, manualClock, systemCtx } from '@tests/ledger/support';
import { createTestDatabase, type TestDatabase } from '@tests/support/database';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SystemCtx } from '@/domain/context';
import { findCurrentPrice } from '@/domain/prices/find-price';
import { listPrices } from '@/domain/prices/list-prices';
import type { PriceTexts } from '@/domain/prices/price-input';
import { pricesQuery } from '@/domain/prices/schema';
import { setPrice } from '@/domain/prices/set-price';

const NOW = '2026-06-15T12:00:00.000Z';

let db: TestDatabase;
let clock: ManualClock;
let ctx: SystemCtx;
let serial = 0;

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());
beforeEach(() => {
  clock = manualClock(NOW);
  ctx = systemCtx(db, clock);
  serial += 1;
});

/** A price of a SKU that only this test knows. */
const gpu = (more: PriceTexts = {}): PriceTexts => ({
  provider: 'acme',
  sku: `gpu-${serial}`,
  gpu_type: 'H100',
  gpu_count: '8',
  unit: 'hour',
  unit_price: '16',
  ...more,
});

const versions = async () => {
  const { prices } = await listPrices(ctx, pricesQuery.parse({ provider: 'acme', versions: 'all' }));
  return prices
    .filter(({ sku }) => sku === `gpu-${serial}`)
    .map(({ version, unit_price, valid_from, valid_to }) => [version, unit_price, valid_from, valid_to])
    .reverse();
};
const MIDNIGHT = '2026-07-01T00:00:00+00:00';
const AT = '2026-06-15T12:00:00+00:00';

describe('setting a price', () => {
  test('adds a version and ends the one before at the same instant', async () => {
    await setPrice(ctx, gpu());
    clock.set('2026-07-01T00:00:00Z');
    const { outcome, price } = await setPrice(ctx, gpu({ unit_price: '12.50' }));
    expect([outcome, price.version, price.unit_price]).toEqual(['added', 2, '12.5']);
    expect(await versions()).toEqual([
      [1, '16', AT, MIDNIGHT],
      [2, '12.5', MIDNIGHT, null],
    ]);
  });

  test('that says the same again changes nothing, wherever it was seen', async () => {
    const first = await setPrice(ctx, gpu());
    clock.set('2026-07-01T00:00:00Z');
    const again = await setPrice(ctx, gpu({ unit_price: '16.00', origin: 'another page', observed_on: '2026-06-30' }));
    expect(again).toEqual({ outcome: 'unchanged', price: first.price });
    expect(await versions()).toHaveLength(1);
  });

  test('of the future leaves the present one in force until then', async () => {
    await setPrice(ctx, gpu());
    await setPrice(ctx, gpu({ unit_price: '12', valid_from: '2026-07-01' }));
    const asked = { provider: 'acme', sku: `gpu-${serial}` };
    const at = async (instant: string) => (await findCurrentPrice(ctx.session, asked, new Date(instant))).price;
    expect(await at(NOW)).toMatchObject({ unitPrice: '16', version: `acme/gpu-${serial}/any/on_demand/1` });
    expect(await at('2026-06-30T23:59:59.999Z')).toMatchObject({ unitPrice: '16' });
    expect(await at('2026-07-01T00:00:00.000Z')).toMatchObject({ unitPrice: '12' });
    await expect(at('2026-06-15T11:59:59.999Z')).rejects.toMatchObject({ code: 'bad_input' });
  });

  test('before a version that is there is refused, unless it says what was in force then', async () => {
    await setPrice(ctx, gpu({ valid_from: '2026-01-01' }));
    await setPrice(ctx, gpu({ unit_price: '12', valid_from: '2026-07-01' }));
    await expect(setPrice(ctx, gpu({ unit_price: '11', valid_from: '2026-03-01' }))).rejects.toMatchObject({
      code: 'conflict',
      details: expect.stringContaining('only added after it'),
    });
    await expect(setPrice(ctx, gpu({ unit_price: '11', valid_from: '2026-07-01' }))).rejects.toMatchObject({
      code: 'conflict',
    });
    expect((await setPrice(ctx, gpu({ valid_from: '2026-03-01' }))).outcome).toBe('unchanged');
    expect(await versions()).toHaveLength(2);
  });

  test('takes what is not given from the last version', async () => {
    await setPrice(ctx, gpu({ increment_ms: '60000', billed_phases: 'training|setup', gpu_memory_gb: '80' }));
    clock.set('2026-07-01T00:00:00Z');
    const { price } = await setPrice(ctx, { provider: 'acme', sku: `gpu-${serial}`, unit_price: '9' });
    expect(price).toMatchObject({
      version: 2,
      unit_price: '9',
      gpu_type: 'H100',
      gpu_count: 8,
      gpu_memory_gb: 80,
      increment_ms: 60_000,
      billed_phases: ['setup', 'training'],
      origin: 'set by hand',
      observed_on: '2026-07-01',
    });
  });

  test('of the own machine needs the rate alone', async () => {
    const { price } = await setPrice(ctx, { provider: 'local', sku: 'this-machine', unit_price: '0.15' });
    expect(price).toMatchObject({ version: 2, gpu_type: 'cpu', gpu_count: 1, purchase_option: 'owned', unit: 'hour' });
  });

  test('by many at once gives one version each, one after the other, none lost', async () => {
    const rates = Array.from({ length: 12 }, (_, n) => String(n + 1));
    const results = await Promise.allSettled(
      rates.map((rate, n) =>
        setPrice(
          { ...ctx, clock: manualClock(`2026-06-15T12:00:${String(n).padStart(2, '0')}Z`) },
          gpu({ unit_price: rate }),
        ),
      ),
    );
    const done = results.filter(({ status }) => status === 'fulfilled').length;
    const rows = await versions();
    expect(rows.map(([version]) => version)).toEqual(rows.map((_, n) => n + 1));
    expect(rows.length).toBe(done);
    for (const [n, [, , , to]] of rows.entries()) expect(to).toBe(rows[n + 1]?.[2] ?? null);
    expect(done).toBeGreaterThan(0);
    const refused = results.filter((result) => result.status === 'rejected');
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'conflict' });
  });

  test.each<[string, PriceTexts, string]>([
    ['no price', { unit_price: '' }, 'unit_price'],
    ['a price below zero', { unit_price: '-1' }, 'unit_price'],
    ['NaN', { unit_price: 'NaN' }, 'unit_price'],
    ['eleven decimals', { unit_price: '0.00000000001' }, 'unit_price'],
    ['an unknown unit', { unit: 'week' }, 'unit: write one of second, minute, hour, day, month'],
    ['a provider in capitals', { provider: 'ACME' }, 'provider'],
    ['no SKU', { sku: '' }, 'sku'],
    ['a GPU without a number of them', { gpu_count: '' }, 'gpu_count'],
    ['no GPUs at all', { gpu_count: '0' }, 'gpu_count'],
    ['memory of no GPU', { gpu_type: '', gpu_count: '', gpu_memory_gb: '80' }, 'gpu_memory_gb'],
    ['an unknown way of purchase', { purchase_option: 'stolen' }, 'purchase_option'],
    ['a currency in words', { currency: 'dollars' }, 'currency'],
    ['no increment', { increment_ms: '0' }, 'increment_ms'],
    ['a minimum of two days', { minimum_ms: '172800000' }, 'minimum_ms'],
    ['an unknown phase', { billed_phases: 'training|lunch' }, 'billed_phases'],
    ['a day that does not exist', { valid_from: '2026-02-30' }, 'valid_from'],
    ['a time without an offset', { valid_from: '2026-02-01T10:00' }, 'valid_from'],
    ['a day of observation that is none', { observed_on: 'yesterday' }, 'observed_on'],
  ])('%s is refused by its name', async (_, wrong, named) => {
    const refusal = setPrice(ctx, gpu(wrong));
    await expect(refusal).rejects.toMatchObject({ code: 'bad_input', details: expect.stringContaining(named) });
    expect(await versions()).toEqual([]);
  });
});

describe('finding a price', () => {
  const find = (asked: Parameters<typeof findCurrentPrice>[1]) => findCurrentPrice(ctx.session, asked, clock.now());

  test('gives what an attempt fixes for itself', async () => {
    const { price: set } = await setPrice(ctx, gpu({ minimum_ms: '60000', billed_phases: 'training' }));
    expect(await find({ provider: 'acme', sku: `gpu-${serial}` })).toEqual({
      id: set.id,
      provider: 'acme',
      sku: `gpu-${serial}`,
      kind: 'gpu',
      gpuType: 'H100',
      gpuCount: 8,
      region: 'any',
      purchaseOption: 'on_demand',
      version: 1,
      billedPhases: ['training'],
      price: {
        version: `acme/gpu-${serial}/any/on_demand/1`,
        currency: 'USD',
        unitPrice: '16',
        unit: 'hour',
        incrementMs: 1,
        minimumMs: 60_000,
      },
    });
  });

  test('takes the one on demand in any region, and asks where it is not clear which one is meant', async () => {
    const asked = { provider: 'acme', sku: `gpu-${serial}` };
    await setPrice(ctx, gpu({ region: 'eu', unit_price: '3' }));
    expect((await find(asked)).region).toBe('eu');
    await setPrice(ctx, gpu({ region: 'us', unit_price: '2' }));
    await expect(find(asked)).rejects.toMatchObject({ details: expect.stringContaining('Send one of eu, us') });
    expect((await find({ ...asked, region: 'us' })).price.unitPrice).toBe('2');
    await setPrice(ctx, gpu({ purchase_option: 'spot', unit_price: '1' }));
    expect((await find(asked)).price.unitPrice).toBe('1');
    await setPrice(ctx, gpu({ purchase_option: 'reserved', unit_price: '4' }));
    await expect(find(asked)).rejects.toMatchObject({ details: expect.stringContaining('reserved, spot') });
    expect((await find({ ...asked, purchaseOption: 'reserved' })).price.unitPrice).toBe('4');
    await setPrice(ctx, gpu({ unit_price: '5' }));
    expect((await find(asked)).price.unitPrice).toBe('5');
    await expect(find({ ...asked, region: 'mars' })).rejects.toMatchObject({ code: 'bad_input' });
  });

  test('says what there is where nothing is found', async () => {
    await expect(find({ provider: 'local', sku: 'other' })).rejects.toMatchObject({
      code: 'bad_input',
      details: expect.stringMatching(/^sku: .*artifact-storage, this-machine\.$/),
    });
    await expect(find({ provider: 'nobody', sku: 'other' })).rejects.toMatchObject({
      code: 'bad_input',
      details: expect.stringMatching(/^provider: .*aws.*local/),
    });
  });
});

describe('the starting catalogue', () => {
  test('names every price with where and when it was read, and knows one’s own machine', async () => {
    const { prices } = await listPrices(systemCtx(db, manualClock('2026-06-01')), pricesQuery.parse({ limit: '1000' }));
    expect(prices.length).toBeGreaterThanOrEqual(40);
    const catalogue = prices.filter(({ provider }) => provider !== 'acme');
    expect(catalogue.filter(({ origin, observed_on }) => origin === '' || observed_on === '')).toEqual([]);
    const of = (sku: string) => catalogue.find((price) => price.sku === sku);
    expect(of('this-machine')).toMatchObject({ kind: 'gpu', gpu_type: 'cpu', gpu_count: 1, unit_price: '0.1' });
    expect(of('artifact-storage')).toMatchObject({ kind: 'storage', unit: 'month', unit_price: '0.02' });
    const gpus = new Set(catalogue.map(({ gpu_type }) => gpu_type));
    expect(['T4', 'L4', 'L40S', 'A100 SXM', 'H100 SXM', 'H200', 'B200'].filter((gpu) => !gpus.has(gpu))).toEqual([]);
  });

  test('leaves alone what an owner has set before', async () => {
    const text = await readFile('supabase/migrations/20260111000000_price_catalogue.sql', 'utf8');
    const before = (await db.admin.query('select * from lora_prices order by id')).rows;
    await db.admin.query(text);
    expect((await db.admin.query('select * from lora_prices order by id')).rows).toEqual(before);
  });
});

test('pages hold each price once, and filters find what they say', async () => {
  const at = systemCtx(db, manualClock('2026-06-01'));
  const all = (await listPrices(at, pricesQuery.parse({ limit: '1000', versions: 'all' }))).prices;
  const paged: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await listPrices(
      at,
      pricesQuery.parse({ limit: '7', versions: 'all', ...(cursor === undefined ? {} : { cursor }) }),
    );
    paged.push(...page.prices.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  expect(paged).toEqual(all.map(({ id }) => id));
  const { prices } = await listPrices(at, pricesQuery.parse({ provider: 'modal', gpu_type: 'h100 sxm', kind: 'gpu' }));
  expect(prices.map(({ sku }) => sku)).toEqual(['h100']);
  await expect(listPrices(at, pricesQuery.parse({ cursor: 'x' }))).rejects.toMatchObject({ code: 'bad_input' });
});
