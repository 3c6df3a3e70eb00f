import { type CompiledQuery, sql, type Transaction } from 'kysely';
import { builder } from '@/db/builder';
import type { DB } from '@/db/types';
import { type JobRow, oneJobStatement } from '@/domain/training/store';
import type { UserId } from '@/lib/ids';

/** A dataset, whose state nobody changes until the transaction ends. */
export async function lockDataset(tx: Transaction<DB>, userId: UserId, id: string) {
  const { rows } = await sql<{ name: string; status: 'uploading' | 'validating' | 'ready' | 'invalid' }>`
    select d.name, d.status from lora_datasets d
    where d.id = ${id}::uuid and d.user_id = ${userId}::uuid
    for share`.execute(tx);
  return rows[0];
}

/** Keeps a job from being deleted; before the cost state, as every lock of a job that is there. */
export async function holdJob(tx: Transaction<DB>, userId: UserId, id: string): Promise<void> {
  await sql`select from lora_training_jobs where id = ${id}::uuid and user_id = ${userId}::uuid for key share`.execute(
    tx,
  );
}

/** How many of an account's jobs wait. Its cost state must be locked, so that nobody adds one meanwhile. */
export async function countQueued(tx: Transaction<DB>, userId: UserId): Promise<number> {
  const { rows } = await sql<{ queued: number }>`
    select count(*)::int as queued from lora_training_jobs
    where user_id = ${userId}::uuid and status = 'queued'`.execute(tx);
  return rows[0]?.queued ?? 0;
}

/** A job to be queued. */
export interface NewJobRow {
  readonly userId: UserId;
  readonly datasetId: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly baseModel: string;
  readonly preset: string;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  readonly trainer: string;
  readonly executor: string;
  readonly gpuCount: number;
  readonly priceId: string;
  readonly totalSteps: number;
  readonly maxRuntimeMs: number | null;
  readonly retryOf: string | null;
  readonly at: Date;
}

/** Inserts a job that waits; what it is charged in and on which GPU it runs, its price says. Gives its id. */
export async function insertJob(tx: Transaction<DB>, job: NewJobRow): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into lora_training_jobs (user_id, dataset_id, name, status, origin, tags, base_model, preset, hyperparameters,
      trainer, executor, gpu_type, gpu_count, price_id, currency, max_runtime_ms, retry_of, total_steps, created_at,
      updated_at)
    select ${job.userId}::uuid, ${job.datasetId}::uuid, ${job.name}, 'queued', 'pipeline', ${JSON.stringify(job.tags)}::jsonb,
      ${job.baseModel}, ${job.preset}, ${JSON.stringify(job.hyperparameters)}::jsonb, ${job.trainer}, ${job.executor},
      p.gpu_type, ${job.gpuCount}::int, p.id, p.currency, ${job.maxRuntimeMs}::bigint, ${job.retryOf}::uuid,
      ${job.totalSteps}::int, ${job.at}::timestamptz, ${job.at}::timestamptz
    from lora_prices p where p.id = ${job.priceId}::uuid
    returning id`.execute(tx);
  const [made] = rows;
  if (made === undefined) throw new Error('a price that was found a moment ago is gone');
  return made.id;
}

/** A job that this transaction has made. */
export async function findJob(tx: Transaction<DB>, userId: UserId, id: string): Promise<JobRow> {
  const { rows } = await tx.executeQuery(oneJobStatement(userId, id));
  const [job] = rows;
  if (job === undefined) throw new Error('a job that was made a moment ago is there');
  return job;
}

/** What a job was configured with: what a repetition asks for again. */
export interface JobSettings {
  readonly id: string;
  readonly status: 'queued' | 'initializing' | 'running' | 'completed' | 'failed' | 'cancelled';
  readonly origin: 'pipeline' | 'import';
  readonly name: string;
  readonly tags: Record<string, string>;
  readonly dataset_id: string | null;
  readonly base_model: string | null;
  readonly preset: string | null;
  readonly hyperparameters: Record<string, unknown> | null;
  readonly trainer: string | null;
  readonly executor: string | null;
  readonly gpu_count: number | null;
  readonly max_runtime_ms: string | null;
  readonly provider: string | null;
  readonly sku: string | null;
  readonly region: string | null;
  readonly purchase_option: string | null;
}

export const settingsStatement = (userId: UserId, id: string): CompiledQuery<JobSettings> =>
  sql<JobSettings>`
    select j.id, j.status, j.origin, j.name, j.tags, j.dataset_id, j.base_model, j.preset, j.hyperparameters, j.trainer,
      j.executor, j.gpu_count, j.max_runtime_ms, p.provider, p.sku, p.region, p.purchase_option
    from lora_training_jobs j
    left join lora_prices p on p.id = j.price_id
    where j.id = ${id}::uuid and j.user_id = ${userId}::uuid`.compile(builder);
