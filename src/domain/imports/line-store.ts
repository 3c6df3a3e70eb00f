import { type CompiledQuery, sql, type Transaction } from 'kysely';
import { builder } from '@/db/builder';
import type { DB } from '@/db/types';
import type { ImportLine } from '@/domain/imports/read-line';
import { contentSchema, type LineContent } from '@/domain/imports/schema';
import type { ImportRow } from '@/domain/imports/store';
import { asUserId, type UserId } from '@/lib/ids';

type Tx = Transaction<DB>;

const UUID = sql.lit('^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$');

/**
 * Tells the planner how the next statements of this transaction join. Staged lines come and go, so its statistics are
 * always of another file, and a nested loop that it then thinks cheap takes hours. `hash`: every row once, for joins
 * within an import. `probe`: one look into an index for each line, for joins with tables that only grow.
 */
export async function joinBy(tx: Tx, way: 'hash' | 'probe'): Promise<void> {
  const [loop, others] = way === 'hash' ? ['off', 'on'] : ['on', 'off'];
  await sql`
    select set_config('enable_nestloop', ${loop}, true), set_config('enable_hashjoin', ${others}, true),
      set_config('enable_mergejoin', ${others}, true), set_config('enable_seqscan', ${others}, true)`.execute(tx);
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
      select external_id from lora_import_lines
      where import_id = ${importId} and fault is null
      group by external_id
      having count(*) > 1),
    contradictory as (
      select l.external_id, count(*) as n, min(l.line_no) as first, max(l.line_no) as last
      from repeated
      join lora_import_lines l on l.import_id = ${importId} and l.external_id = repeated.external_id and l.fault is null
      join lora_import_accounts a on a.import_id = ${importId} and a.user_ref = l.user_ref
      group by l.external_id
      having count(distinct encode(l.content_hash, 'hex') || coalesce(a.user_id::text, a.user_ref)) > 1)
    update lora_import_lines l
    set fault = 'external_id ' || to_json(l.external_id)::text || ' has different contents in this file, on lines '
      || c.first || case when c.n = 2 then ' and ' else ' to ' end || c.last
    from contradictory c
    where l.import_id = ${importId} and l.external_id = c.external_id and l.fault is null`.execute(tx);
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
        where r.source = 'import:' || ${source}::text || ':' || l.external_id and r.corrects is null)`.execute(tx);
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

/** Deletes the lines of an import up to this one. */
export function deleteLines(id: string, through: number): CompiledQuery<unknown> {
  return sql`delete from lora_import_lines where import_id = ${id} and line_no <= ${through}`.compile(builder);
}
