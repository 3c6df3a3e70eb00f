import type { TestDatabase } from '@tests/support/database';
import type { Caller } from '@/db/session';
import type { UserCtx, WithOffer, WithQueue } from '@/domain/context';
import { createJob } from '@/domain/training/create-job';
import { newJob } from '@/domain/training/job-requests';
import { createLogger } from '@/lib/log';
import { createWorkQueue, type OpenWorkQueue } from '@/worker/work-queue';
import { type ManualClock, userCtx } from '../ledger/support';
import { TEST_OFFER } from '../support/http';

export type JobCtx = WithOffer<WithQueue<UserCtx>>;

export const NOW = '2026-11-20T10:00:00.000Z';

export const openQueue = (db: TestDatabase): OpenWorkQueue =>
  createWorkQueue({ workerUrl: db.workerUrl, log: createLogger({ level: 'silent' }) });

/** What a verb gets that acts for an account; parts may be replaced. */
export const jobCtx = (
  db: TestDatabase,
  caller: Caller,
  clock: ManualClock,
  { queue }: Pick<OpenWorkQueue, 'queue'>,
  replaced: Partial<JobCtx> = {},
): JobCtx => ({ ...userCtx(db, caller, clock), offer: TEST_OFFER, queue, ...replaced });

/** A dataset that was checked: 90 rows to train on, 10 to validate. */
export async function addDataset(
  db: TestDatabase,
  { userId }: Caller,
  status = 'ready',
  name = 'recipes',
): Promise<string> {
  const { rows } = await db.admin.query<{ id: string }>(
    `insert into lora_datasets (user_id, name, status, rows_total, rows_training, rows_validation, tokens, tokenizer, format)
     values ($1, $2, $3, 100, 90, 10, 5000, 'llama3', 'text') returning id`,
    [userId, name, status],
  );
  return rows[0]?.id ?? '';
}

/** POST /api/jobs without HTTP; fields as a body would have them. */
export async function startJob(ctx: JobCtx, body: Record<string, unknown>, onceKey: string | null = null) {
  return createJob(ctx, { ...newJob.parse(body), onceKey });
}

/** Everything that queueing a job writes, counted by a statement of its own. */
export async function effectsOf(db: TestDatabase, { userId }: Caller) {
  const { rows } = await db.admin.query<Record<string, number>>(
    `select
       (select count(*)::int from lora_training_jobs where user_id = $1) as jobs,
       (select count(*)::int from lora_estimates where user_id = $1) as estimates,
       (select count(*)::int from lora_cost_records where user_id = $1 and is_estimate) as records,
       (select count(*)::int from lora_notifications where user_id = $1) as notifications,
       (select count(*)::int from pgboss.job q join lora_training_jobs j on j.id::text = q.data ->> 'id'
        where q.name = 'run-job' and j.user_id = $1) as queued,
       (select count(*)::int from lora_idempotency_keys where user_id = $1) as keys`,
    [userId],
  );
  return rows[0];
}

/** What a worker's claim does to a job, as far as the user's side sees it. Gives the attempt's id. */
export async function claim(db: TestDatabase, jobId: string, at = NOW): Promise<string> {
  const { rows } = await db.admin.query<{ id: string }>(
    `with claimed as (
       update lora_training_jobs set status = 'initializing', updated_at = $2 where id = $1 and status = 'queued'
       returning *)
     insert into lora_job_attempts (job_id, user_id, number, executor, worker, host, lease_until, price, units, claimed_at)
     select c.id, c.user_id, 1, c.executor, 'w', 'h', now() + interval '1 hour',
       jsonb_build_object('billedPhases', null, 'price', jsonb_build_object('version', 'local/this-machine/1', 'currency',
         'USD', 'unitPrice', '3.6', 'unit', 'hour', 'incrementMs', 1, 'minimumMs', 0)), 1, $2
     from claimed c returning id`,
    [jobId, at],
  );
  return rows[0]?.id ?? '';
}
