import { type CompiledQuery, sql } from 'kysely';
import { builder } from '@/db/builder';
import { BEFORE_ALL, type Position, RECORD_COLUMNS, type RecordRow } from '@/domain/ledger/cost-statements';
import type { UserId } from '@/lib/ids';

/** The charges and corrections of a job after a position, ascending by (`recorded_at`, `id`); estimates are none. */
export function jobRecordsStatement(
  userId: UserId,
  jobId: string,
  { after, limit }: { after: Position | null; limit: number },
): CompiledQuery<RecordRow> {
  const { recordedAt, id } = after ?? BEFORE_ALL;
  return sql<RecordRow>`
    select ${RECORD_COLUMNS}
    from lora_cost_records r
    where r.job_id = ${jobId}::uuid and r.user_id = ${userId}::uuid and not r.is_estimate
      and (r.recorded_at, r.id) > (${recordedAt}::timestamptz, ${id}::uuid)
    order by r.recorded_at, r.id
    limit ${limit}::int`.compile(builder);
}

/** The sum of the records with one source, cost type and price; amounts and prices are exact texts. */
export interface PartRow {
  source: string;
  cost_type: string;
  currency: string;
  records: number;
  amount: string;
  /** Null where not every record says it. */
  billed_ms: string | null;
  units: string | null;
  unit: string | null;
  unit_price: string | null;
  price_version: string | null;
}

export function jobPartsStatement(userId: UserId, jobId: string): CompiledQuery<PartRow> {
  return sql<PartRow>`
    with explained as (
      select r.source, r.cost_type, r.currency, r.amount, r.recorded_at, r.corrects is not null as is_correction,
        case when jsonb_typeof(r.details -> 'billed_ms') = 'number' then (r.details ->> 'billed_ms')::numeric end as billed_ms,
        r.details ->> 'units' as units, r.details ->> 'unit' as unit, r.details ->> 'unit_price' as unit_price,
        r.details ->> 'price_version' as price_version
      from lora_cost_records r
      where r.job_id = ${jobId}::uuid and r.user_id = ${userId}::uuid and not r.is_estimate)
    select source, cost_type, currency, count(*)::int as records, sum(amount)::numeric(30, 10)::text as amount,
      case when count(billed_ms) = count(*) then sum(billed_ms)::text end as billed_ms, units, unit, unit_price, price_version
    from explained
    group by source, cost_type, currency, is_correction, units, unit, unit_price, price_version
    order by min(recorded_at), source, cost_type, is_correction, price_version`.compile(builder);
}

/** Whether the caller has this job. */
export const jobIsThereStatement = (userId: UserId, jobId: string): CompiledQuery<{ id: string }> =>
  sql<{ id: string }>`
    select j.id from lora_training_jobs j where j.id = ${jobId}::uuid and j.user_id = ${userId}::uuid`.compile(builder);
