import { createTestDatabase } from '@tests/support/database';
import { TEST_OFFER } from '@tests/support/http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Caller } from '@/db/session';
import type { QueueName } from '@/domain/context';
import { manualClock } from '../ledger/support';
import { addDataset, effectsOf, jobCtx, NOW, openQueue, startJob } from './people';

const db = await createTestDatabase();
const work = openQueue(db);
const clock = manualClock(NOW);
let anna: Caller;
let dataset: string;

beforeAll(() => work.start());
beforeEach(async () => {
  anna = await db.createUser();
  dataset = await addDataset(db, anna);
});
afterAll(async () => {
  await work.stop();
  await db.drop();
});

const NOTHING = { jobs: 0, estimates: 0, records: 0, notifications: 0, queued: 0, keys: 0 };
const ONE = { jobs: 1, estimates: 1, records: 1, notifications: 1, queued: 1, keys: 0 };

describe('a job that is queued', () => {
  test('is there with its estimate, its record, its notification and its place in the queue', async () => {
    const { job, estimate } = await startJob(jobCtx(db, anna, clock, work), {
      dataset_id: dataset,
      preset: 'conservative',
      hyperparameters: { r: 4 },
      tags: { team: 'vision' },
      max_runtime_minutes: 30,
    });
    expect(await effectsOf(db, anna)).toEqual(ONE);
    expect(job).toMatchObject({
      name: 'recipes on pipeline/tiny-byte-lm',
      status: 'queued',
      origin: 'pipeline',
      dataset_id: dataset,
      trainer: 'tiny',
      executor: 'local',
      gpu_type: 'cpu',
      gpu_count: 1,
      tags: { team: 'vision' },
      step: 0,
      total_steps: estimate.steps,
      cost: 0,
      cost_exact: '0.0000000000',
      currency: 'USD',
      estimated_cost_exact: estimate.cost.middle.amount_exact,
      started_at: null,
    });
    expect(new Date(job.created_at).toISOString()).toBe(NOW);
    const { rows } = await db.admin.query(
      `select j.hyperparameters, j.max_runtime_ms, j.preset, p.provider, p.sku, p.valid_to,
         (select amount::text from lora_cost_records r where r.source = 'estimate:' || j.id) as recorded
       from lora_training_jobs j join lora_prices p on p.id = j.price_id where j.id = $1`,
      [job.id],
    );
    expect(rows).toEqual([
      {
        hyperparameters: expect.objectContaining({ r: 4, per_device_train_batch_size: 4, lora_alpha: 16 }),
        max_runtime_ms: '1800000',
        preset: 'conservative',
        provider: 'local',
        sku: 'this-machine',
        valid_to: null,
        recorded: estimate.cost.middle.amount_exact,
      },
    ]);
    expect((await work.take('run-job', 100)).map((item) => item.id)).toContain(job.id);
  });

  test('is told of once for ever, in the thread of the job, with what it will cost and take', async () => {
    const { job } = await startJob(jobCtx(db, anna, clock, work), { dataset_id: dataset, name: 'first try' });
    const { rows } = await db.admin.query(
      'select type, title, message, thread_key, dedupe_key, job_id, action_url from lora_notifications where user_id = $1',
      [anna.userId],
    );
    expect(rows).toEqual([
      {
        type: 'job_queued',
        title: '“first try” is queued',
        message: expect.stringMatching(/^It is expected to cost \$[\d.]+ \(.+ to .+\) and to take [\d.]+ (s|min|h)/),
        thread_key: `job:${job.id}`,
        dedupe_key: `job:${job.id}:queued`,
        job_id: job.id,
        action_url: `/jobs/${job.id}`,
      },
    ]);
  });

  test('a long name of a dataset makes a name that fits', async () => {
    const long = await addDataset(db, anna, 'ready', 'x'.repeat(200));
    const { job } = await startJob(jobCtx(db, anna, clock, work), { dataset_id: long });
    expect(job.name).toHaveLength(200);
  });
});

describe('all or nothing', () => {
  const TABLES = [
    'lora_training_jobs',
    'lora_estimates',
    'lora_cost_records',
    'lora_notifications',
    'pgboss.job_common',
  ];
  test.each(TABLES)('where %s takes nothing, nothing at all is there', async (table) => {
    await db.admin.query(`
      create function public.refuse() returns trigger language plpgsql as $f$ begin raise exception 'no room'; end $f$;
      create trigger refuse before insert on ${table} for each row execute function public.refuse();`);
    try {
      const started = startJob(jobCtx(db, anna, clock, work), { dataset_id: dataset }, 'a key');
      await expect(started).rejects.toThrow(/no room/);
    } finally {
      await db.admin.query(`drop trigger refuse on ${table}; drop function public.refuse();`);
    }
    expect(await effectsOf(db, anna)).toEqual(NOTHING);
    await startJob(jobCtx(db, anna, clock, work), { dataset_id: dataset }, 'a key');
    expect(await effectsOf(db, anna)).toEqual({ ...ONE, keys: 1 });
  });

  test('where the queue fails, nothing is there either', async () => {
    const queue = {
      send: async (_: unknown, name: QueueName) => {
        throw new Error(`${name} is away`);
      },
    };
    const ctx = jobCtx(db, anna, clock, { queue });
    await expect(startJob(ctx, { dataset_id: dataset })).rejects.toThrow('run-job is away');
    expect(await effectsOf(db, anna)).toEqual(NOTHING);
  });
});

describe('refusals', () => {
  test.each(['uploading', 'validating', 'invalid'])('a dataset that is %s: conflict', async (status) => {
    const other = await addDataset(db, anna, status);
    await expect(startJob(jobCtx(db, anna, clock, work), { dataset_id: other })).rejects.toMatchObject({
      code: 'conflict',
      details: expect.stringMatching(/recipes/),
    });
    expect(await effectsOf(db, anna)).toEqual(NOTHING);
  });

  test('a dataset of somebody else, and one that nobody has: the same words', async () => {
    const berta = await db.createUser();
    const theirs = await addDataset(db, berta);
    const refusal = async (id: string) =>
      startJob(jobCtx(db, anna, clock, work), { dataset_id: id }).then(
        () => null,
        ({ code, details }) => ({ code, details }),
      );
    const foreign = await refusal(theirs);
    expect(foreign).toMatchObject({ code: 'not_found' });
    expect(await refusal('00000000-0000-4000-8000-000000000000')).toEqual(foreign);
    expect(await effectsOf(db, anna)).toEqual(NOTHING);
  });

  test('a dataset that stops being ready between the estimate and the job: nothing is queued', async () => {
    const ctx = jobCtx(db, anna, clock, work);
    const service = {
      ...ctx.service,
      transaction: async (run: Parameters<typeof ctx.service.transaction>[0]) => {
        await db.admin.query(`update lora_datasets set status = 'invalid' where id = $1`, [dataset]);
        return ctx.service.transaction(run);
      },
    } as typeof ctx.service;
    await expect(startJob({ ...ctx, service }, { dataset_id: dataset })).rejects.toMatchObject({ code: 'conflict' });
    expect(await effectsOf(db, anna)).toEqual(NOTHING);
  });

  test('a trainer and an executor that are not offered are named', async () => {
    const start = (body: object) => startJob(jobCtx(db, anna, clock, work), { dataset_id: dataset, ...body });
    await expect(start({ trainer: 'rm -rf' })).rejects.toMatchObject({
      details: expect.stringMatching(/^trainer: .*tiny/),
    });
    await expect(start({ executor: 'moon' })).rejects.toMatchObject({
      details: expect.stringMatching(/^executor: .*local/),
    });
  });
});

describe('limits of an account', () => {
  const start = (who: Caller, id: string, mostQueued: number) => {
    const offer = { ...TEST_OFFER, mostQueued };
    return startJob(jobCtx(db, who, clock, work, { offer }), { dataset_id: id });
  };

  test('of 50 jobs at once as many get in as there is room for, and another account has its own', async () => {
    const berta = await db.createUser();
    const theirs = await addDataset(db, berta);
    await start(anna, dataset, 12);
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => start(anna, dataset, 12)));
    const refused = all.filter((each) => each.status === 'rejected').map((each) => each.reason);
    expect(refused).toHaveLength(39);
    for (const { code, details } of refused) {
      expect({ code, details }).toEqual({ code: 'conflict', details: expect.stringMatching(/12 jobs waiting/) });
    }
    expect(await effectsOf(db, anna)).toEqual({
      jobs: 12,
      estimates: 12,
      records: 12,
      notifications: 12,
      queued: 12,
      keys: 0,
    });
    await start(berta, theirs, 12);
  });

  test('a job that has left the queue makes room', async () => {
    const { job } = await start(anna, dataset, 1);
    await expect(start(anna, dataset, 1)).rejects.toMatchObject({ code: 'conflict' });
    await db.admin.query(`update lora_training_jobs set status = 'initializing' where id = $1`, [job.id]);
    await start(anna, dataset, 1);
  });
});
