import { type CompiledQuery, sql, type Transaction } from 'kysely';
import { builder } from '@/db/builder';
import type { DB } from '@/db/types';
import type { ImportLine } from '@/domain/imports/read-line';
import { contentSchema, type LineContent, type ParsedRequest, type Posted, parsePosted } from '@/domain/imports/schema';
import { asUserId, type UserId } from '@/lib/ids';

type Tx = Transaction<DB>;

const UUID = sql.lit('^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$');

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

/** A line on its way into the staging table; the hash covers its content without its user. */
export type StagedLine = ImportLine & { readonly line: number; readonly hash: string };

/** Statements that stage a batch of lines: the accounts that are named first, because lines refer to them. */
export function stageBatch(importId: string, users: readonly string[], lines: readonly StagedLine[]) {
  const rows = lines.map(({ line, externalId, user, hash, content }) => ({ line, externalId, user, hash, content }));
  return [
    sql`insert into lora_import_accounts (import_id, user_ref)
        select ${importId}::uuid, u from unnest(${users}::text[]) u
        on conflict do nothing`.compile(builder),
    sql`insert into lora_import_lines (import_id, line_no, external_id, user_ref, content_hash, content)
        select ${importId}::uuid, x.line, x."externalId", x."user", decode(x.hash, 'hex'), x.content
        from json_to_recordset(${JSON.stringify(rows)}::json)
          as x (line integer, "externalId" text, "user" text, hash text, content jsonb)`.compile(builder),
  ] as const;
}

/** Names that good lines use and no account is known for, after `after` in order. */
export async function listUnmatched(tx: Tx, importId: string, after: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ user_ref: string }>`
    select a.user_ref from lora_import_accounts a
    where a.import_id = ${importId} and a.user_id is null and a.user_ref > ${after}
      and exists (
        select from lora_import_lines l
        where l.import_id = a.import_id and l.user_ref = a.user_ref and l.fault is null)
    order by a.user_ref limit ${limit}`.execute(tx);
  return rows.map((row) => row.user_ref);
}

/** Notes which accounts the names stand for. */
export async function setAccounts(tx: Tx, importId: string, found: ReadonlyMap<string, UserId>): Promise<void> {
  await sql`
    update lora_import_accounts a set user_id = f.user_id
    from unnest(${[...found.keys()]}::text[], ${[...found.values()]}::uuid[]) as f (user_ref, user_id)
    where a.import_id = ${importId} and a.user_ref = f.user_ref`.execute(tx);
}

/** Marks lines of accounts that are not there and will not be made: with `create` only ids are left over. */
export async function markUnknownAccounts(tx: Tx, importId: string, create: boolean): Promise<void> {
  await sql`
    update lora_import_lines l
    set fault = case when a.user_ref ~ ${UUID}
      then 'user: there is no account with the id ' || a.user_ref
      else 'user: there is no account ' || to_json(a.user_ref)::text || '; check the spelling, or add --create-users' end
    from lora_import_accounts a
    where l.import_id = ${importId} and a.import_id = ${importId} and a.user_ref = l.user_ref and l.fault is null
      and a.user_id is null and (not ${create} or a.user_ref ~ ${UUID})`.execute(tx);
}

/** Marks lines whose id was posted before with other content, or cut into other buckets. */
export async function markConflicts(tx: Tx, { id, source, bucket }: Pick<ImportRow, 'id' | 'source' | 'bucket'>) {
  await sql`
    update lora_import_lines l
    set fault = 'external_id ' || to_json(l.external_id)::text || case
      when i.content_hash <> l.content_hash then ' was imported before with other content'
      when i.user_id is distinct from a.user_id then ' was imported before for another user'
      else ' was imported before with --bucket ' || coalesce(i.bucket, '') end
      || '; what is posted never changes: use another --source, or post a correction'
    from lora_import_items i, lora_import_accounts a
    where l.import_id = ${id} and i.source = ${source} and i.external_id = l.external_id
      and a.import_id = ${id} and a.user_ref = l.user_ref and l.fault is null
      and (i.content_hash <> l.content_hash or i.user_id is distinct from a.user_id
        or i.bucket is distinct from ${bucket}::text)`.execute(tx);
}

/** Marks lines that give one id different contents within the file: none of them can be told to be the right one. */
export async function markContradictions(tx: Tx, importId: string): Promise<void> {
  await sql`
    with repeated as (
      select external_id, min(line_no) as first, max(line_no) as last
      from lora_import_lines
      where import_id = ${importId} and fault is null
      group by external_id
      having count(*) > 1 and (count(distinct content_hash) > 1 or count(distinct user_ref) > 1))
    update lora_import_lines l
    set fault = 'external_id ' || to_json(l.external_id)::text || ' stands on line '
      || case when l.line_no = r.first then r.last else r.first end || ' too, with other content'
    from repeated r
    where l.import_id = ${importId} and l.external_id = r.external_id and l.fault is null
      and exists (
        select from lora_import_lines o
        join lora_import_accounts oa on oa.import_id = o.import_id and oa.user_ref = o.user_ref
        join lora_import_accounts la on la.import_id = l.import_id and la.user_ref = l.user_ref
        where o.import_id = ${importId} and o.external_id = l.external_id and o.line_no <> l.line_no
          and (o.content_hash <> l.content_hash
            or coalesce(oa.user_id::text, oa.user_ref) <> coalesce(la.user_id::text, la.user_ref)))`.execute(tx);
}

/** Takes out lines that repeat an earlier line of the file word for word; gives how many. */
export async function deleteRepeats(tx: Tx, importId: string): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from lora_import_lines l
    using (
      select external_id, min(line_no) as first
      from lora_import_lines
      where import_id = ${importId} and fault is null
      group by external_id
      having count(*) > 1) r
    where l.import_id = ${importId} and l.external_id = r.external_id and l.line_no > r.first
      and l.fault is null`.execute(tx);
  return Number(numAffectedRows ?? 0n);
}

/** Takes out lines whose id is posted already; after the search for conflicts only equal ones are left. Gives how many. */
export async function deletePosted(tx: Tx, { id, source }: Pick<ImportRow, 'id' | 'source'>): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from lora_import_lines l
    using lora_import_items i
    where l.import_id = ${id} and l.fault is null and i.source = ${source} and i.external_id = l.external_id`.execute(
    tx,
  );
  return Number(numAffectedRows ?? 0n);
}

/** Marks lines whose charges are in the ledger although no import knows of them: they could not be posted again. */
export async function markForeignCharges(tx: Tx, { id, source }: Pick<ImportRow, 'id' | 'source'>): Promise<void> {
  await sql`
    update lora_import_lines l
    set fault = 'external_id ' || to_json(l.external_id)::text
      || ': the ledger holds charges of this id that no import made; use another --source'
    where l.import_id = ${id} and l.fault is null
      and exists (
        select from lora_cost_records r
        where r.source = 'import:' || ${source}::text || ':' || l.external_id)`.execute(tx);
}

/** What is left of the staged lines after the checks. */
export interface LineCounts {
  readonly bad: number;
  /** Good lines, which are not posted yet. */
  readonly fresh: number;
  /** Accounts that the file names, and those of them that have to be made. */
  readonly accounts: number;
  readonly missingAccounts: number;
}

export async function countLines(tx: Tx, importId: string): Promise<LineCounts> {
  const { rows } = await sql<Record<keyof LineCounts, string>>`
    select l.*, a.* from
      (select count(*) filter (where fault is null) as fresh, count(*) filter (where fault is not null) as bad
       from lora_import_lines where import_id = ${importId}) l,
      (select count(distinct coalesce(user_id::text, user_ref)) as accounts,
         count(*) filter (where user_id is null and exists (
           select from lora_import_lines w
           where w.import_id = n.import_id and w.user_ref = n.user_ref and w.fault is null)) as "missingAccounts"
       from lora_import_accounts n where import_id = ${importId}) a`.execute(tx);
  const { bad, fresh, accounts, missingAccounts } = rows[0] ?? { bad: 0, fresh: 0, accounts: 0, missingAccounts: 0 };
  return {
    bad: Number(bad),
    fresh: Number(fresh),
    accounts: Number(accounts),
    missingAccounts: Number(missingAccounts),
  };
}

/** The first lines that the checks found bad. */
export async function listFaults(tx: Tx, importId: string, limit: number): Promise<{ line: number; reason: string }[]> {
  const { rows } = await sql<{ line: number; reason: string }>`
    select line_no as line, fault as reason from lora_import_lines
    where import_id = ${importId} and fault is not null
    order by line_no limit ${limit}`.execute(tx);
  return rows;
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

/** A line that is good and not posted yet. */
export interface WaitingLine {
  readonly line: number;
  readonly externalId: string;
  /** Null only in a dry run, for an account that is still to be made. */
  readonly userId: UserId | null;
  readonly hash: string;
  readonly content: LineContent;
}

/** The number of the last line of an import that waits, as `last`; null where none does. */
export function lastWaiting(id: string): CompiledQuery<{ last: number | null }> {
  return sql<{ last: number | null }>`
    select max(line_no) as last from lora_import_lines where import_id = ${id}`.compile(builder);
}

/** The good lines after `after` up to `through`: a range and not a limit, which a planner without statistics sorts for. */
export function listWaiting(id: string, after: number, through: number): CompiledQuery<WaitingRow> {
  return sql<WaitingRow>`
    select l.line_no as line, l.external_id as "externalId", a.user_id as "userId",
      encode(l.content_hash, 'hex') as hash, l.content
    from lora_import_lines l
    join lora_import_accounts a on a.import_id = l.import_id and a.user_ref = l.user_ref
    where l.import_id = ${id} and l.line_no > ${after} and l.line_no <= ${through} and l.fault is null
    order by l.line_no`.compile(builder);
}

type WaitingRow = Omit<WaitingLine, 'content' | 'userId'> & { content: unknown; userId: string | null };

export const toWaitingLine = (row: WaitingRow): WaitingLine => ({
  ...row,
  userId: row.userId === null ? null : asUserId(row.userId),
  content: contentSchema.parse(row.content),
});

/** A job that a file names, with the span of time that a batch of its lines covers. */
export interface NamedJob {
  readonly userId: UserId;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Makes the imported jobs that are new and widens the others' spans of time; gives the ids in the order given. */
export async function upsertImportedJobs(tx: Tx, jobs: readonly NamedJob[]): Promise<{ ids: string[]; made: number }> {
  const given = sql`unnest(
    ${jobs.map((job) => job.userId)}::uuid[], ${jobs.map((job) => job.name)}::text[],
    ${jobs.map((job) => new Date(job.startedAt).toISOString())}::timestamptz[],
    ${jobs.map((job) => new Date(job.endedAt).toISOString())}::timestamptz[])
    with ordinality as g (user_id, name, started_at, ended_at, position)`;
  const written = await sql<{ made: boolean }>`
    insert into lora_training_jobs as j (user_id, name, external_ref, origin, status, created_at, started_at, ended_at)
    select user_id, name, name, 'import', 'completed', started_at, started_at, ended_at from ${given}
    order by user_id, name
    on conflict (user_id, external_ref) where origin = 'import' do update
      set started_at = least(j.started_at, excluded.started_at), ended_at = greatest(j.ended_at, excluded.ended_at)
      where excluded.started_at < j.started_at or excluded.ended_at > j.ended_at
    returning xmax = 0 as made`.execute(tx);
  const found = await sql<{ id: string }>`
    select j.id from ${given}
    join lora_training_jobs j on j.user_id = g.user_id and j.external_ref = g.name and j.origin = 'import'
    order by g.position`.execute(tx);
  return { ids: found.rows.map((row) => row.id), made: written.rows.filter((row) => row.made).length };
}

/** Notes that these lines are posted, so that they are never posted again. */
export async function insertItems(tx: Tx, row: ImportRow, lines: readonly WaitingLine[]): Promise<void> {
  await sql`
    insert into lora_import_items (source, external_id, user_id, content_hash, bucket, import_id)
    select ${row.source}, external_id, user_id, decode(hash, 'hex'), ${row.bucket}, ${row.id}::uuid
    from unnest(
      ${lines.map((line) => line.externalId)}::text[],
      ${lines.map((line) => line.userId)}::uuid[],
      ${lines.map((line) => line.hash)}::text[]) as x (external_id, user_id, hash)`.execute(tx);
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

/** Deletes some of the lines of an import; gives how many. */
export function deleteLines(id: string, limit: number): CompiledQuery<{ gone: string }> {
  return sql<{ gone: string }>`
    with gone as (
      delete from lora_import_lines
      where import_id = ${id} and line_no in (
        select line_no from lora_import_lines where import_id = ${id} order by line_no limit ${limit})
      returning 1)
    select count(*) as gone from gone`.compile(builder);
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
