import { type CompiledQuery, sql } from 'kysely';
import { builder } from '@/db/builder';
import type { KeptFile } from '@/domain/artifacts/schema';
import type { UserId } from '@/lib/ids';

export interface NewLink {
  readonly tokenHash: Buffer;
  /** Null: all files as one archive. */
  readonly fileName: string | null;
}

/** Writes links to an artifact that is there and the account's own; gives how many. */
export const insertLinksStatement = (
  userId: UserId,
  artifactId: string,
  links: readonly NewLink[],
  expiresAt: Date,
): CompiledQuery<{ token_hash: Buffer }> =>
  sql<{ token_hash: Buffer }>`
    insert into lora_download_links (token_hash, user_id, artifact_id, file_name, expires_at)
    select l.token_hash, a.user_id, a.id, l.file_name, ${expiresAt}
    from lora_model_artifacts a
    cross join unnest(${links.map((l) => l.tokenHash)}::bytea[], ${links.map((l) => l.fileName)}::text[])
      l (token_hash, file_name)
    where a.id = ${artifactId}::uuid and a.user_id = ${userId}::uuid and a.status = 'ready'
    returning token_hash`.compile(builder);

/** What a link leads to. */
export interface LinkTarget {
  readonly artifact_name: string;
  readonly created_at: Date;
  readonly file_name: string | null;
  readonly files: readonly KeptFile[];
}

export const linkStatement = (tokenHash: Buffer, now: Date): CompiledQuery<LinkTarget> =>
  sql<LinkTarget>`
    select a.name as artifact_name, a.created_at, l.file_name, a.files
    from lora_download_links l
    join lora_model_artifacts a on a.id = l.artifact_id and a.user_id = l.user_id and a.status = 'ready'
    where l.token_hash = ${tokenHash} and l.expires_at > ${now}`.compile(builder);

export const removeLinksStatement = (before: Date): CompiledQuery<{ removed: number }> =>
  sql<{ removed: number }>`
    with gone as (delete from lora_download_links where expires_at < ${before} returning 1)
    select count(*)::int as removed from gone`.compile(builder);
