import { type CompiledQuery, sql, type Transaction } from 'kysely';
import { builder } from '@/db/builder';
import type { DB } from '@/db/types';
import type { NewPrice } from '@/domain/prices/price-input';
import type { PriceKey } from '@/domain/prices/rules';
import type { ListedPrice, PricesQuery } from '@/domain/prices/schema';

const COLUMNS = sql`p.id, p.provider, p.sku, p.kind, p.gpu_type, p.gpu_memory_gb::float8 as gpu_memory_gb, p.gpu_count,
  p.region, p.purchase_option, p.unit, trim_scale(p.unit_price)::text as unit_price, p.currency::text as currency,
  p.increment_ms::int as increment_ms, p.minimum_ms::int as minimum_ms, p.billed_phases, p.version,
  to_json(p.valid_from) #>> '{}' as valid_from, to_json(p.valid_to) #>> '{}' as valid_to, p.origin,
  p.observed_on::text as observed_on`;

const isInForce = (at: Date) => sql`p.valid_from <= ${at.toISOString()}::timestamptz
  and (p.valid_to is null or p.valid_to > ${at.toISOString()}::timestamptz)`;

/** A place in the list: by name, and of one name the newest version first. */
export interface PricePosition extends PriceKey {
  readonly version: number;
}

const afterPosition = ({ provider, sku, region, purchaseOption, version }: PricePosition) => sql`
  (p.provider, p.sku, p.region, p.purchase_option, -p.version)
    > (${provider}::text, ${sku}::text, ${region}::text, ${purchaseOption}::text, ${-version}::int)`;

/** Versions of prices after a position; `at` decides which ones are current. */
export function pricesStatement(
  { provider, gpu_type, kind, versions }: PricesQuery,
  page: { at: Date; after: PricePosition | null; limit: number },
): CompiledQuery<ListedPrice> {
  return sql<ListedPrice>`
    select ${COLUMNS} from lora_prices p
    where (${provider ?? null}::text is null or p.provider = ${provider ?? null})
      and (${gpu_type ?? null}::text is null or lower(p.gpu_type) = lower(${gpu_type ?? null}))
      and (${kind ?? null}::text is null or p.kind = ${kind ?? null})
      and (${versions === 'all'} or ${isInForce(page.at)})
      and ${page.after === null ? sql`true` : afterPosition(page.after)}
    order by p.provider, p.sku, p.region, p.purchase_option, -p.version
    limit ${page.limit}::int`.compile(builder);
}

/** The prices of a provider's SKU that are in force at an instant: one for each region and way of purchase. */
export function inForceStatement(provider: string, sku: string, at: Date): CompiledQuery<ListedPrice> {
  return sql<ListedPrice>`
    select ${COLUMNS} from lora_prices p
    where p.provider = ${provider} and p.sku = ${sku} and ${isInForce(at)}
    order by p.region, p.purchase_option`.compile(builder);
}

/** The SKUs that a provider sells at an instant; where it sells none, the providers that there are. */
export function offersStatement(
  provider: string,
  at: Date,
  limit: number,
): CompiledQuery<{ name: string; isSku: boolean }> {
  return sql<{ name: string; isSku: boolean }>`
    with sold as (select p.provider, p.sku from lora_prices p where ${isInForce(at)}),
    known as (select exists (select from sold where provider = ${provider}) as yes)
    select distinct case when known.yes then sku else provider end as name, known.yes as "isSku"
    from sold, known
    where provider = ${provider} or not known.yes
    order by name limit ${limit}::int`.compile(builder);
}

/** Writers of prices wait for each other, also before the first version of a price is there to be locked. */
export async function lockPrices(tx: Transaction<DB>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('pipeline prices', 0))`.execute(tx);
}

/** All versions of all prices of a provider's SKU, the oldest first. */
export async function listVersions(tx: Transaction<DB>, provider: string, sku: string): Promise<ListedPrice[]> {
  const { rows } = await sql<ListedPrice>`
    select ${COLUMNS} from lora_prices p where p.provider = ${provider} and p.sku = ${sku}
    order by p.region, p.purchase_option, p.version`.execute(tx);
  return rows;
}

/** Ends the last version of a price at an instant. */
export async function endVersion(tx: Transaction<DB>, id: string, at: Date): Promise<void> {
  await tx
    .updateTable('lora_prices')
    .set({ valid_to: at })
    .where('id', '=', id)
    .where('valid_to', 'is', null)
    .executeTakeFirstOrThrow();
}

export async function insertVersion(
  tx: Transaction<DB>,
  price: NewPrice,
  { version, from }: { version: number; from: Date },
): Promise<ListedPrice> {
  const { rows } = await sql<ListedPrice>`
    insert into lora_prices as p
      (provider, sku, kind, gpu_type, gpu_memory_gb, gpu_count, region, purchase_option, unit, unit_price, currency,
       increment_ms, minimum_ms, billed_phases, version, valid_from, origin, observed_on)
    values (${price.provider}, ${price.sku}, ${price.kind}, ${price.gpuType}, ${price.gpuMemoryGb}, ${price.gpuCount},
      ${price.region}, ${price.purchaseOption}, ${price.unit}, ${price.unitPrice}, ${price.currency},
      ${price.incrementMs}, ${price.minimumMs}, ${price.billedPhases === null ? null : [...price.billedPhases]}::text[],
      ${version}, ${from.toISOString()}, ${price.origin}, ${price.observedOn})
    returning ${COLUMNS}`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('an insert gives its row');
  return row;
}
