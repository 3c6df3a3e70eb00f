import { sql, type Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { NewCharge } from '@/domain/ledger/charge';
import { formatMoney, type Money } from '@/lib/money';

/** A batch as columns: one array a column, so that the statement's text is the same for any number of rows. */
function columnsOf(charges: readonly NewCharge[]) {
  return sql`unnest(
    ${charges.map((c) => c.userId)}::uuid[],
    ${charges.map((c) => c.jobId)}::uuid[],
    ${charges.map((c) => c.source)}::text[],
    ${charges.map((c) => c.costType)}::text[],
    ${charges.map((c) => c.phase)}::text[],
    ${charges.map((c) => c.recordedAt.toISOString())}::timestamptz[],
    ${charges.map((c) => c.billingPeriod ?? c.recordedAt.toISOString().slice(0, 10))}::date[],
    ${charges.map((c) => formatMoney(c.amount))}::numeric[],
    ${charges.map((c) => c.currency)}::text[],
    ${charges.map((c) => c.state)}::text[],
    ${charges.map((c) => (c.details === null ? null : JSON.stringify(c.details)))}::jsonb[],
    ${charges.map((c) => JSON.stringify(c.tags))}::jsonb[],
    ${charges.map((c) => c.isEstimate ?? false)}::boolean[]
  ) with ordinality as given (user_id, job_id, source, cost_type, phase, recorded_at, billing_period, amount, currency,
    state, details, tags, is_estimate, position)`;
}

export interface Written {
  readonly inserted: number;
  readonly grown: number;
}

/**
 * Inserts charges and lets open ones grow; a row that is there and final, or equal, stays as it is.
 *
 * `locksFirst`: the same statement locks the cost state of the users before it touches the first charge, so that the
 * locks are held for one round trip less than with a statement of their own.
 */
export async function upsertCharges(
  tx: Transaction<DB>,
  charges: readonly NewCharge[],
  { locksFirst }: { locksFirst: boolean },
): Promise<Written> {
  const users = [...new Set(charges.map((charge) => charge.userId))].sort();
  // whichever side of the join comes first, no row leaves it before the locks are held
  const lock = locksFirst ? sql`cross join (select private.lock_cost_state(${users}::uuid[]) offset 0) locked` : sql``;
  const { rows } = await sql<{ inserted: boolean }>`
    insert into lora_cost_records as r
      (user_id, job_id, job_ref, source, cost_type, phase, recorded_at, billing_period, amount, currency, state, details,
       tags, is_estimate)
    select user_id, job_id, job_id, source, cost_type, phase, recorded_at, billing_period, amount, currency, state, details,
      tags, is_estimate
    from ${columnsOf(charges)} ${lock}
    order by user_id, source, cost_type, phase, recorded_at
    on conflict (source, cost_type, phase, recorded_at) where corrects is null do update
      set amount = excluded.amount, details = excluded.details, state = excluded.state
      where r.state = 'open'
        and (r.amount, r.details, r.state) is distinct from (excluded.amount, excluded.details, excluded.state)
        and (r.user_id, r.job_ref, r.currency, r.tags, r.billing_period, r.is_estimate)
            is not distinct from (excluded.user_id, excluded.job_ref, excluded.currency, excluded.tags,
              excluded.billing_period, excluded.is_estimate)
    returning r.xmax = 0 as inserted`.execute(tx);
  const inserted = rows.filter((row) => row.inserted).length;
  return { inserted, grown: rows.length - inserted };
}

/** The positions (from 0) of charges of the batch for which the ledger holds other content under the same key. */
export async function findConflicts(tx: Transaction<DB>, charges: readonly NewCharge[]): Promise<number[]> {
  const { rows } = await sql<{ position: string }>`
    select given.position
    from ${columnsOf(charges)}
    join lora_cost_records r on r.source = given.source and r.corrects is null and r.cost_type = given.cost_type
      and r.phase is not distinct from given.phase and r.recorded_at = given.recorded_at
    where (r.user_id, r.job_ref, r.amount, r.currency, r.state, r.details, r.tags, r.billing_period, r.is_estimate)
      is distinct from (given.user_id, given.job_id, given.amount, given.currency::char(3), given.state, given.details,
        given.tags, given.billing_period, given.is_estimate)
    order by given.position`.execute(tx);
  return rows.map((row) => Number(row.position) - 1);
}

/** A charge as a correction needs it. */
export function findCharge(tx: Transaction<DB>, id: string) {
  return tx
    .selectFrom('lora_cost_records')
    .select(['id', 'user_id', 'job_id', 'job_ref', 'cost_type', 'phase', 'currency', 'tags', 'state', 'source'])
    .select(['corrects', 'is_estimate'])
    .where('id', '=', id)
    .executeTakeFirst();
}

type FoundCharge = NonNullable<Awaited<ReturnType<typeof findCharge>>>;

/** Inserts a correction unless its key is taken; gives its id, or null. */
export async function insertCorrection(
  tx: Transaction<DB>,
  charge: FoundCharge,
  correction: { key: string; amount: Money; postedAt: Date; details: Record<string, string> },
): Promise<string | null> {
  const row = await tx
    .insertInto('lora_cost_records')
    .values({
      user_id: charge.user_id,
      job_id: charge.job_id,
      job_ref: charge.job_ref,
      source: charge.source,
      cost_type: charge.cost_type,
      phase: charge.phase,
      currency: charge.currency,
      tags: JSON.stringify(charge.tags),
      corrects: charge.id,
      correction_key: correction.key,
      amount: formatMoney(correction.amount),
      recorded_at: correction.postedAt,
      billing_period: correction.postedAt.toISOString().slice(0, 10),
      details: JSON.stringify(correction.details),
      state: 'final',
    })
    .onConflict((conflict) =>
      conflict.columns(['corrects', 'correction_key']).where('corrects', 'is not', null).doNothing(),
    )
    .returning('id')
    .executeTakeFirst();
  return row?.id ?? null;
}

export function findCorrection(tx: Transaction<DB>, chargeId: string, key: string) {
  return tx
    .selectFrom('lora_cost_records')
    .select(['id', 'amount', 'details'])
    .where('corrects', '=', chargeId)
    .where('correction_key', '=', key)
    .executeTakeFirst();
}
