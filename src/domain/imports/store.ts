import { type CompiledQuery, sql, type Transaction } from 'kysely';
import { builder } from '@/db/builder';
import { violatedConstraint } from '@/db/failures';
import type { DB } from '@/db/types';
import { type ParsedRequest, type Posted, parsePosted } from '@/domain/imports/schema';
import { conflict } from '@/lib/errors';
import type { UserId } from '@/lib/ids';

type Tx = Transaction<DB>;

/** The key under which one source has one running import. */
const lockKey = (source: string) => sql`hashtextextended(${`pipeline import ${source}`}, 0)`;

/**
 * Takes the lock of a source until the end of this transaction, or gives false. The transaction may then stay idle for
 * as long as the import runs: without a statement under way it holds back no vacuum.
 */
export async function tryLockSource(tx: Tx, source: string): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`
    select pg_try_advisory_xact_lock(${lockKey(source)}) as locked`.execute(tx);
  await sql`
    select set_config(name, '0', true) from pg_settings
    where name in ('idle_in_transaction_session_timeout', 'transaction_timeout')`.execute(tx);
  return rows[0]?.locked === true;
}

/** Whether a process holds the lock of a source at this moment. */
export async function isSourceLocked(tx: Tx, source: string): Promise<boolean> {
  const { rows } = await sql<{ free: boolean }>`
    select pg_try_advisory_xact_lock_shared(${lockKey(source)}) as free`.execute(tx);
  return rows[0]?.free !== true;
}

/** An import as its row describes it. */
export interface ImportRow {
  readonly id: string;
  readonly kind: 'usage' | 'charges';
  readonly source: string;
  readonly bucket: 'quarter' | 'hour' | 'day' | null;
  readonly fileName: string;
  readonly fingerprint: Buffer | null;
  readonly lines: number;
  readonly badLines: number;
  readonly newLines: number;
  readonly accounts: number;
  readonly postedThrough: number;
  readonly posted: Posted;
  readonly createdAt: Date;
}

const IMPORT_COLUMNS = sql`id, kind, source, bucket, file_name as "fileName", fingerprint, lines,
  bad_lines as "badLines", new_lines as "newLines", accounts, posted_through as "postedThrough", posted,
  created_at as "createdAt"`;

const toImport = (row: ImportRow): ImportRow => ({ ...row, posted: parsePosted(row.posted) });

/** Opens an import that has posted nothing yet; gives its id. */
export function insertImport(request: ParsedRequest, holder: string): CompiledQuery<{ id: string }> {
  const bucket = request.kind === 'usage' ? request.bucket : null;
  return sql<{ id: string }>`
    insert into lora_imports (kind, source, status, bucket, file_name, holder)
    values (${request.kind}, ${request.source}, 'staging', ${bucket}, ${request.fileName.slice(-255)}, ${holder})
    returning id`.compile(builder);
}

/** Takes over the import of this source that was killed while it posted, if there is one. */
export async function takeOverPosting(tx: Tx, source: string, holder: string): Promise<ImportRow | undefined> {
  const { rows } = await sql<ImportRow>`
    update lora_imports set holder = ${holder}, updated_at = now()
    where source = ${source} and status = 'posting'
    returning ${IMPORT_COLUMNS}`.execute(tx);
  return rows.map(toImport)[0];
}

/** Imports that were killed before they posted anything: of this source, whose lock the caller holds, and very old ones. */
export function deleteAbandoned(source: string): CompiledQuery<unknown> {
  return sql`
    delete from lora_imports
    where status = 'staging' and (source = ${source} or updated_at < now() - interval '7 days')`.compile(builder);
}

export function deleteImport(id: string): CompiledQuery<unknown> {
  return sql`delete from lora_imports where id = ${id}`.compile(builder);
}

/** Imports of every source that are posting, or were killed while they did, oldest first. */
export async function listPosting(tx: Tx): Promise<ImportRow[]> {
  const { rows } = await sql<ImportRow>`
    select ${IMPORT_COLUMNS} from lora_imports where status = 'posting' order by created_at, id`.execute(tx);
  return rows.map(toImport);
}

/** From here on everything will be posted, whatever happens to this process; a second one for the source violates an index. */
export async function beginPosting(
  tx: Tx,
  id: string,
  holder: string,
  counts: { lines: number; badLines: number; newLines: number; accounts: number; fingerprint: Buffer },
): Promise<ImportRow | undefined> {
  const { rows } = await sql<ImportRow>`
    update lora_imports
    set status = 'posting', fingerprint = ${counts.fingerprint}, lines = ${counts.lines}, bad_lines = ${counts.badLines},
      new_lines = ${counts.newLines}, accounts = ${counts.accounts}, updated_at = now()
    where id = ${id} and holder = ${holder} and status = 'staging'
    returning ${IMPORT_COLUMNS}`.execute(tx);
  return rows.map(toImport)[0];
}

/** A job that a file names, with the span of time that a batch of its lines covers. */
export interface NamedJob {
  readonly userId: UserId;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** The batch of jobs as rows. */
const jobRows = (jobs: readonly NamedJob[]) => sql`unnest(
  ${jobs.map((job) => job.userId)}::uuid[], ${jobs.map((job) => job.name)}::text[],
  ${jobs.map((job) => new Date(job.startedAt).toISOString())}::timestamptz[],
  ${jobs.map((job) => new Date(job.endedAt).toISOString())}::timestamptz[])
  as g (user_id, name, started_at, ended_at)`;

/** A job and how a file names it. */
export interface FoundJob {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
}

/** Locks those of these jobs that are there, in ascending order. */
export async function lockImportedJobs(tx: Tx, jobs: readonly NamedJob[]): Promise<FoundJob[]> {
  const { rows } = await sql<FoundJob>`
    select j.id, j.user_id as "userId", j.external_ref as name
    from ${jobRows(jobs)}
    join lora_training_jobs j on j.user_id = g.user_id and j.external_ref = g.name and j.origin = 'import'
    order by j.id
    for no key update of j`.execute(tx);
  return rows;
}

/** Makes jobs that were not there, as finished and imported; one that another import has just made is left out. */
export async function insertImportedJobs(tx: Tx, jobs: readonly NamedJob[]): Promise<FoundJob[]> {
  const { rows } = await sql<FoundJob>`
    insert into lora_training_jobs (user_id, name, external_ref, origin, status, created_at, started_at, ended_at)
    select user_id, name, name, 'import', 'completed', started_at, started_at, ended_at from ${jobRows(jobs)}
    order by user_id, name
    on conflict (user_id, external_ref) where origin = 'import' do nothing
    returning id, user_id as "userId", external_ref as name`.execute(tx);
  return rows;
}

/** Widens the span of time of jobs that are locked already. */
export async function widenImportedJobs(tx: Tx, jobs: readonly NamedJob[]): Promise<void> {
  await sql`
    update lora_training_jobs j
    set started_at = least(j.started_at, g.started_at), ended_at = greatest(j.ended_at, g.ended_at)
    from ${jobRows(jobs)}
    where j.user_id = g.user_id and j.external_ref = g.name and j.origin = 'import'
      and (g.started_at < j.started_at or g.ended_at > j.ended_at)`.execute(tx);
}

/** Locks an import that this process posts; gives false where another one has taken it over. */
export async function lockPosting(tx: Tx, id: string, holder: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from lora_imports where id = ${id} and holder = ${holder} and status = 'posting' for update`.execute(tx);
  return rows.length === 1;
}

export async function noteProgress(tx: Tx, id: string, progress: { through: number; posted: Posted }): Promise<void> {
  await sql`
    update lora_imports
    set posted_through = ${progress.through}, posted = ${JSON.stringify(progress.posted)}::jsonb, updated_at = now()
    where id = ${id}`.execute(tx);
}

/** Ends an import; what it leaves is its history and its items. */
export async function finishImport(tx: Tx, id: string, holder: string): Promise<boolean> {
  await sql`delete from lora_import_accounts where import_id = ${id}`.execute(tx);
  const { numAffectedRows } = await sql`
    update lora_imports
    set status = 'done', posted = posted - 'sums', updated_at = now(), finished_at = now()
    where id = ${id} and holder = ${holder} and status = 'posting'`.execute(tx);
  return numAffectedRows === 1n;
}

/** What a violated constraint means for an import; gives every other error back as it is. */
export function explainViolation(error: unknown): unknown {
  const constraint = violatedConstraint(error);
  if (constraint === 'lora_imports_one_posting') {
    return conflict('Another import of this source has begun to post meanwhile. Run the command again.');
  }
  if (constraint?.endsWith('_fkey')) {
    return conflict(
      'An account or a job was deleted while its lines were posted. Run the command again: the rest follows.',
    );
  }
  return error;
}
