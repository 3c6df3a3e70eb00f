import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import type { RunOffer, UserCtx, WithFiles, WithOffer, WithQueue, WithStorageLimits } from '@/domain/context';
import { addDataset } from '@/domain/datasets/add-dataset';
import { uploadFields } from '@/domain/datasets/schema';
import { readCosts } from '@/domain/ledger/read-costs';
import { costsQuery } from '@/domain/ledger/schema';
import { verifyLedger } from '@/domain/ledger/verify-ledger';
import { listNotifications } from '@/domain/notifications/list-notifications';
import { markRead } from '@/domain/notifications/mark-read';
import { listQuery } from '@/domain/notifications/schema';
import { createJob } from '@/domain/training/create-job';
import { newJob } from '@/domain/training/job-requests';
import { systemClock } from '@/lib/clock';
import { readEnv } from '@/lib/env';
import { createLogger } from '@/lib/log';
import { openFiles } from '@/storage/open-files';
import { openWorker } from '@/worker/open-worker';
import { runOffer } from '@/worker/run-offer';
import type { RunningWorker } from '@/worker/start-worker';
import { createWorkQueue, type OpenWorkQueue } from '@/worker/work-queue';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { jobRow, noticesOf } from '../training/support';
import { until } from './support/machine';

type PersonCtx = WithOffer<WithFiles<WithQueue<WithStorageLimits<UserCtx>>>>;

let db: TestDatabase;
let folder: string;
let work: OpenWorkQueue;
let worker: RunningWorker;
let caller: Caller;
let ctx: PersonCtx;

beforeAll(async () => {
  db = await createTestDatabase();
  folder = mkdtempSync(path.join(os.tmpdir(), 'pipeline-first-'));
  const env = readEnv({ PIPELINE_DATA_DIR: folder, PIPELINE_TICK_S: '0.2' });
  const log = createLogger({ level: 'silent' });
  const files = openFiles(env);
  work = createWorkQueue({ workerUrl: db.workerUrl, log });
  worker = openWorker({ env, database: db.database, work, files, clock: systemClock, log });
  caller = await db.createUser();
  const offer: RunOffer = runOffer(env);
  ctx = {
    userId: caller.userId,
    email: caller.email,
    session: db.database.asUser(caller),
    service: db.database.asService({ timeoutMs: 20_000 }),
    clock: systemClock,
    log,
    files,
    queue: work.queue,
    offer,
    limits: env.limits,
  };
});
afterAll(async () => {
  await worker?.stop(5_000);
  await work?.stop();
  await db?.drop();
  rmSync(folder, { recursive: true, force: true });
});

const ROWS = Array.from({ length: 60 }, (_, i) => {
  const word = createHash('sha256').update(String(i)).digest('hex').slice(0, 6);
  return JSON.stringify({ prompt: `Say ${word} twice.`, completion: `${word} ${word}` });
});

async function* content() {
  yield Buffer.from(`${ROWS.join('\n')}\n`);
}

const costsOf = async () => {
  const { data } = await readCosts(ctx, costsQuery.parse({ period: 'week' }));
  if (!data) throw new Error('an answer without known tags has data');
  return data;
};

it('from a file to an adapter: validated, run, metered while it runs, told about, collected, and every cent explained', {
  timeout: 120_000,
}, async () => {
  const { id: dataset_id } = await addDataset(ctx, {
    upload: {
      fileName: 'pairs.jsonl',
      announcedBytes: null,
      content: content(),
      fields: async () => uploadFields.parse({}),
    },
  });
  const datasetStatus = async () =>
    (await db.admin.query('select status from lora_datasets where id = $1', [dataset_id])).rows[0]?.status;
  await until(async () => (await datasetStatus()) === 'ready', 'the dataset is ready');

  // some seconds of training: a run of one tick could be over between two looks
  const hyperparameters = { num_train_epochs: 40, r: 4, max_length: 48, eval_steps: 10, save_steps: 10 };
  const { job } = await createJob(ctx, {
    ...newJob.parse({ name: 'first', dataset_id, preset: 'custom', hyperparameters }),
    onceKey: null,
  });
  // costs are there while it runs; at the end of a quarter-hour a part of them is final already
  const isMetered = async () => {
    const { cost_by_type, records } = await costsOf();
    return Object.keys(cost_by_type).join() === 'compute' && records.some(({ state }) => state === 'open');
  };
  await until(isMetered, 'the job costs something while it runs');

  const finished = async () => ['completed', 'failed'].includes((await jobRow(db, job.id)).status);
  await until(finished, 'the job has ended');
  expect(await jobRow(db, job.id)).toMatchObject({ status: 'completed', failure_message: null });
  const artifact = async () =>
    (await db.admin.query('select files, quality from lora_model_artifacts where job_ref = $1', [job.id])).rows[0];
  await until(async () => (await artifact()) !== undefined, 'the artifact is collected');
  expect((await artifact()).files.map(({ name }: { name: string }) => name).sort()).toEqual(
    expect.arrayContaining(['adapter_config.json', 'adapter_model.safetensors']),
  );
  expect((await noticesOf(db, job.id)).map(({ type }) => type)).toEqual([
    'job_queued',
    'job_started',
    'job_completed',
    'artifact_ready',
  ]);

  const late = await costsOf();
  const { current_cost } = await jobRow(db, job.id);
  expect(late.cost_by_type_exact.compute).toBe(current_cost);
  expect(late.records.filter(({ cost_type }) => cost_type === 'compute').every(({ state }) => state === 'final')).toBe(
    true,
  );
  const { rows } = await db.admin.query(
    `select a.cost, round(0.1 * (extract(epoch from a.ended_at - a.started_at)) / 3600, 10)::text as expected,
       e.actual_cost, e.finished_at is not null as is_compared
     from lora_job_attempts a join lora_estimates e on e.job_id = a.job_id where a.job_id = $1`,
    [job.id],
  );
  expect(rows).toEqual([{ cost: current_cost, expected: current_cost, actual_cost: current_cost, is_compared: true }]);
  const losses = await db.admin.query(
    "select (metrics ->> 'loss')::float8 as loss from lora_metrics_points where job_id = $1 and metrics ? 'loss' order by step",
    [job.id],
  );
  expect(losses.rows.at(-1).loss).toBeLessThan(losses.rows[0].loss);

  const { data: inbox } = await listNotifications(ctx, listQuery.parse({}));
  const unread = inbox?.notifications.find(({ read }) => !read);
  const marked = await markRead(ctx, { id: unread?.id ?? '' });
  expect(marked.unread_count).toBe((inbox?.unread_count ?? 0) - 1);
  await until(async () => (await jobRow(db, job.id)) !== undefined && worker.holding().length === 0, 'nothing is held');
  expect((await verifyLedger({ ...ctx, session: db.database.asService({ timeoutMs: 60_000 }) })).differences).toEqual(
    [],
  );
});
