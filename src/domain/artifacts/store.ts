import { type CompiledQuery, sql, type Transaction } from 'kysely';
import { builder } from '@/db/builder';
import type { DB } from '@/db/types';
import type { Curve } from '@/domain/artifacts/quality';
import type { Adapter, Artifact, ArtifactsQuery, KeptFile } from '@/domain/artifacts/schema';
import type { UserId } from '@/lib/ids';

/** A place in the list: newest first, and by id where two were made at the same instant. */
export interface ArtifactPosition {
  readonly createdAt: string;
  readonly id: string;
}

const FIRST: ArtifactPosition = { createdAt: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

const COLUMNS = sql`a.id, a.job_id, a.name, a.base_model, a.bytes::float8 as bytes, a.adapter, a.quality,
  to_json(a.created_at) #>> '{}' as created_at`;

export function artifactsStatement(
  userId: UserId,
  { base_model, job_id }: Pick<ArtifactsQuery, 'base_model' | 'job_id'>,
  page: { after: ArtifactPosition | null; limit: number },
): CompiledQuery<Artifact> {
  const after = page.after ?? FIRST;
  return sql<Artifact>`
    select ${COLUMNS}
    from lora_model_artifacts a
    where a.user_id = ${userId}::uuid and a.status = 'ready'
      and (${base_model ?? null}::text is null or a.base_model = ${base_model ?? null})
      and (${job_id ?? null}::uuid is null or a.job_id = ${job_id ?? null}::uuid)
      and (a.created_at, a.id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)
    order by a.created_at desc, a.id desc
    limit ${page.limit}::int`.compile(builder);
}

/** One artifact with all that its page shows. */
export interface ArtifactRow extends Artifact {
  readonly files: readonly KeptFile[];
  readonly price: { readonly unitPrice: string; readonly currency: string } | null;
  readonly metered_to: string | null;
  readonly storage_cost: string;
}

export const artifactStatement = (userId: UserId, id: string): CompiledQuery<ArtifactRow> =>
  sql<ArtifactRow>`
    select ${COLUMNS}, a.files, a.price, to_json(a.metered_to) #>> '{}' as metered_to,
      coalesce((select sum(r.amount) from lora_cost_records r
        where r.user_id = ${userId}::uuid and r.source = 'artifact:' || a.id and r.cost_type = 'storage'), 0)
        ::numeric(30, 10)::text as storage_cost
    from lora_model_artifacts a
    where a.id = ${id}::uuid and a.user_id = ${userId}::uuid and a.status = 'ready'`.compile(builder);

/** What a job that has ended says about its adapter; null where it is not completed. */
export interface FinishedJob {
  readonly user_id: UserId;
  readonly name: string;
  readonly base_model: string | null;
  readonly step: number;
  readonly tokens: number;
  readonly cost: string;
  readonly duration_ms: number;
  readonly artifact_id: string | null;
}

export const finishedJobStatement = (jobId: string): CompiledQuery<FinishedJob> =>
  sql<FinishedJob>`
    select j.user_id, j.name, j.base_model, j.step, j.tokens_done::float8 as tokens, j.current_cost::text as cost,
      (select coalesce(sum(extract(epoch from t.ended_at - t.started_at) * 1000), 0)::float8
       from lora_job_attempts t where t.job_id = j.id and t.started_at is not null) as duration_ms,
      (select a.id from lora_model_artifacts a where a.job_ref = j.id) as artifact_id
    from lora_training_jobs j
    where j.id = ${jobId}::uuid and j.status = 'completed'`.compile(builder);

/** The ends and the best points of a job's curve; NaN and the like are kept as texts and count as no number. */
export const curveStatement = (jobId: string): CompiledQuery<Curve> =>
  sql<Curve>`
    select
      (array_agg(p.loss order by p.attempt desc, p.step desc) filter (where p.loss is not null))[1] as "finalLoss",
      min(p.loss) as "bestLoss",
      (array_agg(p.validation_loss order by p.attempt desc, p.step desc)
        filter (where p.validation_loss is not null))[1] as "finalValidationLoss",
      min(p.validation_loss) as "bestValidationLoss"
    from (
      select m.attempt, m.step,
        case when jsonb_typeof(m.metrics -> 'loss') = 'number' then (m.metrics ->> 'loss')::float8 end as loss,
        case when jsonb_typeof(m.metrics -> 'validation_loss') = 'number'
          then (m.metrics ->> 'validation_loss')::float8 end as validation_loss
      from lora_metrics_points m where m.job_id = ${jobId}::uuid) p`.compile(builder);

/** A new artifact as it is written. */
export interface NewArtifact {
  readonly id: string;
  readonly jobId: string;
  readonly userId: UserId;
  readonly name: string;
  readonly baseModel: string | null;
  readonly adapter: Adapter;
  readonly quality: unknown;
  readonly files: readonly KeptFile[];
  readonly bytes: number;
  readonly priceId: string;
  readonly price: unknown;
  readonly storedFrom: Date;
}

/** Inserts an artifact unless its job has one; false then. */
export async function insertArtifact(tx: Transaction<DB>, a: NewArtifact): Promise<boolean> {
  const { rows } = await sql`
    insert into lora_model_artifacts
      (id, user_id, job_id, job_ref, name, base_model, adapter, quality, files, bytes, price_id, price, stored_from,
       metered_to, created_at)
    values (${a.id}::uuid, ${a.userId}::uuid, ${a.jobId}::uuid, ${a.jobId}::uuid, ${a.name}, ${a.baseModel},
      ${JSON.stringify(a.adapter)}::jsonb, ${JSON.stringify(a.quality)}::jsonb, ${JSON.stringify(a.files)}::jsonb,
      ${a.bytes}::bigint, ${a.priceId}::uuid, ${JSON.stringify(a.price)}::jsonb, ${a.storedFrom}, ${a.storedFrom},
      ${a.storedFrom})
    on conflict (job_ref) where job_ref is not null do nothing
    returning id`.execute(tx);
  return rows.length === 1;
}

/** An artifact as metering its storage needs it. */
export interface StoredArtifact {
  readonly id: string;
  readonly user_id: UserId;
  readonly job_id: string | null;
  readonly bytes: number;
  readonly price: unknown;
  readonly stored_from: Date;
  readonly metered_to: Date;
  readonly files: readonly KeptFile[];
}

const STORED = sql`id, user_id, job_id, bytes::float8 as bytes, price, stored_from, metered_to, files`;

/** Locks artifacts whose storage was last metered before an instant, oldest first; others' locks are passed over. */
export async function lockDueArtifacts(tx: Transaction<DB>, before: Date, limit: number): Promise<StoredArtifact[]> {
  const { rows } = await sql<StoredArtifact>`
    select ${STORED} from lora_model_artifacts
    where status = 'ready' and metered_to < ${before} and price is not null
    order by metered_to, id
    limit ${limit}::int
    for update skip locked`.execute(tx);
  return rows;
}

/** Locks one artifact of an account; undefined where there is none, or it was deleted. */
export async function lockArtifact(
  tx: Transaction<DB>,
  userId: UserId,
  id: string,
): Promise<StoredArtifact | undefined> {
  const { rows } = await sql<StoredArtifact>`
    select ${STORED} from lora_model_artifacts
    where id = ${id}::uuid and user_id = ${userId}::uuid and status = 'ready'
    for update`.execute(tx);
  return rows[0];
}

export async function moveMeteredTo(tx: Transaction<DB>, ids: readonly string[], to: Date): Promise<void> {
  await sql`update lora_model_artifacts set metered_to = ${to} where id = any (${ids}::uuid[])`.execute(tx);
}

/** Ends an artifact: its row stays, so that its costs can be explained, its files are named no more. */
export async function markDeleted(tx: Transaction<DB>, id: string, at: Date): Promise<void> {
  await sql`
    update lora_model_artifacts
    set status = 'deleted', deleted_at = ${at}, metered_to = ${at}, files = '[]', updated_at = ${at}
    where id = ${id}::uuid`.execute(tx);
}
