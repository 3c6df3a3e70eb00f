import { type CompiledQuery, type RawBuilder, sql, type Transaction } from 'kysely';
import { builder } from '@/db/builder';
import type { DB } from '@/db/types';
import type { DatasetPosition } from '@/domain/datasets/position';
import type { Dataset, DatasetAnswer, DatasetStatus } from '@/domain/datasets/schema';
import type { TokenizerName } from '@/domain/datasets/tokenizers';
import type { UserId } from '@/lib/ids';

const FIRST: DatasetPosition = { createdAt: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

/** The columns of a dataset as it leaves the house; counts fit a double, times are exact texts. */
const columns = (): RawBuilder<unknown> => sql`
  d.id, d.name, d.status, d.file_name, d.bytes::float8 as bytes, d.bytes_read::float8 as bytes_read,
  encode(d.sha256, 'hex') as sha256, d.tokenizer, d.validation_share::float8 as validation_share, d.format,
  d.rows_total, d.rows_training, d.rows_validation, d.tokens::float8 as tokens, d.failure,
  to_json(d.created_at) #>> '{}' as created_at, to_json(d.validated_at) #>> '{}' as validated_at`;

/** The caller's datasets after a position. */
export function listStatement(
  userId: UserId,
  page: { status: DatasetStatus | undefined; after: DatasetPosition | null; limit: number },
): CompiledQuery<Dataset> {
  const after = page.after ?? FIRST;
  return sql<Dataset>`
    select ${columns()} from lora_datasets d
    where d.user_id = ${userId}::uuid
      and (${page.status ?? null}::text is null or d.status = ${page.status ?? null})
      and (d.created_at, d.id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)
    order by d.created_at desc, d.id desc
    limit ${page.limit}::int`.compile(builder);
}

/** One dataset of the caller with what its validation found. */
export function findStatement(userId: UserId, id: string): CompiledQuery<DatasetAnswer> {
  return sql<DatasetAnswer>`
    select ${columns()}, d.report from lora_datasets d
    where d.user_id = ${userId}::uuid and d.id = ${id}::uuid`.compile(builder);
}

/** Makes an account's uploads wait for each other where they decide about room and about the same content. */
export async function lockStorage(tx: Transaction<DB>, userId: UserId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('pipeline storage ' || ${userId}, 0))`.execute(tx);
}

export interface StorageUse {
  /** Of datasets and of artifacts that are kept. */
  readonly bytes: number;
  /** Uploads under way. */
  readonly uploads: number;
}

export async function measureStorage(tx: Transaction<DB>, userId: UserId): Promise<StorageUse> {
  const { rows } = await sql<StorageUse>`
    select (coalesce((select sum(d.bytes) from lora_datasets d where d.user_id = ${userId}::uuid), 0)
        + coalesce((select sum(a.bytes) from lora_model_artifacts a
            where a.user_id = ${userId}::uuid and a.status = 'ready'), 0))::float8 as bytes,
      (select count(*) from lora_datasets d where d.user_id = ${userId}::uuid and d.status = 'uploading')::int as uploads
    `.execute(tx);
  return rows[0] ?? { bytes: 0, uploads: 0 };
}

/** Makes the row of an upload that begins. */
export async function insertUpload(tx: Transaction<DB>, userId: UserId, fileName: string): Promise<string> {
  const row = await tx
    .insertInto('lora_datasets')
    .values({ user_id: userId, name: fileName.slice(0, 200).toWellFormed(), file_name: fileName, status: 'uploading' })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Shows that an upload goes on; no row where it was deleted meanwhile. */
export function touchStatement(userId: UserId, id: string): CompiledQuery<{ id: string }> {
  return sql<{ id: string }>`
    update lora_datasets set updated_at = now()
    where id = ${id}::uuid and user_id = ${userId}::uuid and status = 'uploading' returning id`.compile(builder);
}

export function deleteUploadStatement(userId: UserId, id: string): CompiledQuery<unknown> {
  return sql`delete from lora_datasets
    where id = ${id}::uuid and user_id = ${userId}::uuid and status = 'uploading'`.compile(builder);
}

/** The account's dataset of the same content and tokenizer, if there is one. */
export async function findSame(
  tx: Transaction<DB>,
  userId: UserId,
  same: { sha256: Buffer; tokenizer: TokenizerName },
): Promise<Dataset | null> {
  const { rows } = await sql<Dataset>`
    select ${columns()} from lora_datasets d
    where d.user_id = ${userId}::uuid and d.sha256 = ${same.sha256} and d.tokenizer = ${same.tokenizer}`.execute(tx);
  return rows[0] ?? null;
}

export interface ArrivedFile {
  readonly name: string;
  readonly tokenizer: TokenizerName;
  readonly validationShare: number;
  readonly fileKey: string;
  readonly bytes: number;
  readonly sha256: Buffer;
}

/** Says that the file is there; null where the row was deleted meanwhile. */
export async function finishUpload(
  tx: Transaction<DB>,
  userId: UserId,
  id: string,
  file: ArrivedFile,
): Promise<Dataset | null> {
  const { rows } = await sql<Dataset>`
    update lora_datasets d set status = 'validating', name = ${file.name}, tokenizer = ${file.tokenizer},
      validation_share = ${file.validationShare}, file_key = ${file.fileKey}, bytes = ${file.bytes},
      sha256 = ${file.sha256}, updated_at = now()
    where d.id = ${id}::uuid and d.user_id = ${userId}::uuid and d.status = 'uploading'
    returning ${columns()}`.execute(tx);
  return rows[0] ?? null;
}

/** Locks what a deletion touches, jobs first. Gives the file and how many jobs still need it; null: no such dataset. */
export async function lockForDeletion(
  tx: Transaction<DB>,
  userId: UserId,
  id: string,
): Promise<{ fileKey: string | null; openJobs: number } | null> {
  const jobs = () =>
    sql<{ status: string }>`
    select j.status from lora_training_jobs j
    where j.dataset_id = ${id}::uuid and j.user_id = ${userId}::uuid order by j.id for update`.execute(tx);
  await jobs();
  const { rows } = await sql<{ file_key: string | null }>`
    select d.file_key from lora_datasets d
    where d.id = ${id}::uuid and d.user_id = ${userId}::uuid for update`.execute(tx);
  const [row] = rows;
  if (!row) return null;
  // a job that was made meanwhile held the dataset's key, so it is seen now
  const open = (await jobs()).rows.filter(({ status }) => ['queued', 'initializing', 'running'].includes(status));
  return { fileKey: row.file_key, openJobs: open.length };
}

export async function deleteDatasetRow(tx: Transaction<DB>, userId: UserId, id: string): Promise<void> {
  await tx.deleteFrom('lora_datasets').where('id', '=', id).where('user_id', '=', userId).execute();
}
