import { type CompiledQuery, sql } from 'kysely';
import { builder } from '@/db/builder';

/** Uploads that showed no sign of life since then; their files have no name yet. */
export function deleteUnfinishedStatement(before: Date): CompiledQuery<{ id: string }> {
  return sql<{ id: string }>`
    delete from lora_datasets where status = 'uploading' and updated_at < ${before} returning id`.compile(builder);
}

/** The keys of files that these rows name: datasets, and artifacts that are kept. */
export function namedKeysStatement(ids: readonly string[]): CompiledQuery<{ key: string }> {
  return sql<{ key: string }>`
    select d.file_key as key from lora_datasets d where d.id = any (${[...ids]}::uuid[]) and d.file_key is not null
    union all
    select f.key from lora_model_artifacts a cross join lateral jsonb_to_recordset(a.files) f(key text)
    where a.id = any (${[...ids]}::uuid[]) and a.status = 'ready' and f.key is not null`.compile(builder);
}

/** Datasets whose validation showed no sign of life since then. */
export function stalledStatement(before: Date, limit: number): CompiledQuery<{ id: string }> {
  return sql<{ id: string }>`
    select id from lora_datasets where status = 'validating' and updated_at < ${before}
    order by updated_at, id limit ${limit}::int`.compile(builder);
}
