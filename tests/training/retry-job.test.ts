import { createTestDatabase } from '@tests/support/database';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Caller } from '@/db/session';
import { retryJob } from '@/domain/training/retry-job';
import { manualClock } from '../ledger/support';
import { addDataset, effectsOf, type JobCtx, jobCtx, NOW, openQueue, startJob } from './people';
import { jobRow } from './support';

const db = await createTestDatabase();
const work = openQueue(db);
const clock = manualClock(NOW);
let anna: Caller;
let ctx: JobCtx;
let dataset: string;
let id: string;

beforeAll(() => work.start());
beforeEach(async () => {
  anna = await db.createUser();
  ctx = jobCtx(db, anna, clock, work);
  dataset = await addDataset(db, anna);
  const body = {
    dataset_id: dataset,
    preset: 'aggressive',
    hyperparameters: { r: 3 },
    tags: { a: 'b' },
    max_runtime_minutes: 7,
  };
  id = (await startJob(ctx, body)).job.id;
});
afterAll(async () => {
  await work.stop();
  await db.drop();
});

const end = (status = 'failed') =>
  db.admin.query('update lora_training_jobs set status = $2, ended_at = now() where id = $1', [id, status]);
const retry = (onceKey: string | null = null, as = ctx) => retryJob(as, { id, onceKey });

test.each(['completed', 'failed', 'cancelled'])('%s: a new job like it, at the price of now', async (status) => {
  await end(status);
  await db.admin.query(
    `with old as (update lora_prices set valid_to = $1 where provider = 'local' and sku = 'this-machine' and valid_to is null
       returning *)
     insert into lora_prices (provider, sku, kind, gpu_type, gpu_count, region, purchase_option, unit, unit_price, version,
       valid_from, origin, observed_on)
     select provider, sku, kind, gpu_type, gpu_count, region, purchase_option, unit, unit_price * 2, version + 1, $1,
       'a test', '2026-01-01' from old`,
    [new Date(Date.parse(NOW) - 1_000 + ['completed', 'failed', 'cancelled'].indexOf(status))],
  );
  const { job, estimate } = await retry();
  const [old, made] = [await jobRow(db, id), await jobRow(db, job.id)];
  expect(made).toMatchObject({
    retry_of: id,
    status: 'queued',
    step: 0,
    max_runtime_ms: '420000',
    current_cost: '0.0000000000',
  });
  const same = [
    'name',
    'tags',
    'dataset_id',
    'base_model',
    'preset',
    'hyperparameters',
    'trainer',
    'executor',
    'gpu_count',
  ];
  for (const column of same) expect(made[column], column).toEqual(old[column]);
  expect(made.price_id).not.toBe(old.price_id);
  expect(made.price_id).toBe(estimate.price.id);
  expect(await effectsOf(db, anna)).toMatchObject({ jobs: 2, estimates: 2, records: 2, notifications: 2, queued: 2 });
});

test('one that has not ended: conflict', async () => {
  await expect(retry()).rejects.toMatchObject({ code: 'conflict', details: expect.stringContaining('it is queued') });
  expect((await effectsOf(db, anna))?.jobs).toBe(1);
});

test('whose dataset is gone, or no longer ready: conflict', async () => {
  await end();
  await db.admin.query(`update lora_datasets set status = 'invalid' where id = $1`, [dataset]);
  await expect(retry()).rejects.toMatchObject({ code: 'conflict' });
  await db.admin.query('delete from lora_datasets where id = $1', [dataset]);
  await expect(retry()).rejects.toMatchObject({ code: 'conflict', details: expect.stringContaining('dataset') });
});

test('an imported job: conflict', async () => {
  const { rows } = await db.admin.query<{ id: string }>(
    `insert into lora_training_jobs (user_id, name, status, origin, external_ref)
     values ($1, 'imported', 'completed', 'import', 'x') returning id`,
    [anna.userId],
  );
  await expect(retryJob(ctx, { id: rows[0]?.id ?? '', onceKey: null })).rejects.toMatchObject({
    code: 'conflict',
    details: expect.stringContaining('imported'),
  });
});

test('a full queue holds for repetitions too', async () => {
  await end();
  const full = jobCtx(db, anna, clock, work, { offer: { ...ctx.offer, mostQueued: 0 } });
  await expect(retry(null, full)).rejects.toMatchObject({ code: 'conflict' });
});

test('fifty at once with one key are one job; the key of another job is another request', async () => {
  await end();
  const answers = await Promise.all(Array.from({ length: 50 }, () => retry('again')));
  expect(new Set(answers.map(({ job }) => job.id)).size).toBe(1);
  expect((await effectsOf(db, anna))?.jobs).toBe(2);
  const other = (await startJob(ctx, { dataset_id: dataset })).job.id;
  await db.admin.query(`update lora_training_jobs set status = 'failed', ended_at = now() where id = $1`, [other]);
  await expect(retryJob(ctx, { id: other, onceKey: 'again' })).rejects.toMatchObject({ code: 'conflict' });
});

test('a job of somebody else is not there', async () => {
  await end();
  const berta = await db.createUser();
  await expect(retry(null, jobCtx(db, berta, clock, work))).rejects.toMatchObject({ code: 'not_found' });
  expect((await effectsOf(db, berta))?.jobs).toBe(0);
  await retry();
});
