import type { NewPrice } from '@/domain/prices/price-input';
import type { ListedPrice, PurchaseOption } from '@/domain/prices/schema';

/** What tells one price from another; its versions follow each other. */
export type PriceKey = Pick<NewPrice, 'provider' | 'sku' | 'region' | 'purchaseOption'>;

/** How people and charges name a price. */
export const nameOf = ({ provider, sku, region, purchaseOption }: PriceKey): string =>
  `${provider}/${sku}/${region}/${purchaseOption}`;

export const keyOf = (price: ListedPrice): PriceKey => ({
  provider: price.provider,
  sku: price.sku,
  region: price.region,
  purchaseOption: price.purchase_option,
});

/** What is done with a price that somebody sets. */
export type Decision =
  | { readonly do: 'nothing'; readonly same: ListedPrice }
  | { readonly do: 'add'; readonly version: number; readonly ends: ListedPrice | null }
  | { readonly do: 'refuse'; readonly because: string };

/** Whether a version says the same as a price to be set; where and when it was seen may differ. */
function saysTheSame(version: ListedPrice, price: NewPrice): boolean {
  const terms = (of: readonly unknown[]) => JSON.stringify(of);
  return (
    terms([
      ...[version.kind, version.gpu_type, version.gpu_memory_gb, version.gpu_count, version.unit, version.unit_price],
      ...[version.currency, version.increment_ms, version.minimum_ms, version.billed_phases],
    ]) ===
    terms([
      ...[price.kind, price.gpuType, price.gpuMemoryGb, price.gpuCount, price.unit, price.unitPrice],
      ...[price.currency, price.incrementMs, price.minimumMs, price.billedPhases],
    ])
  );
}

const startOf = ({ valid_from }: ListedPrice): number => Date.parse(valid_from);
const endOf = ({ valid_to }: ListedPrice): number =>
  valid_to === null ? Number.POSITIVE_INFINITY : Date.parse(valid_to);

/**
 * Decides what setting a price from an instant on (ms since 1970) comes to, given all versions of it. Versions are only
 * ever added at the end: what was in force at some time stays what was in force then.
 */
export function decideVersion(versions: readonly ListedPrice[], price: NewPrice, from: number): Decision {
  const then = versions.find((version) => startOf(version) <= from && from < endOf(version));
  if (then !== undefined && saysTheSame(then, price)) return { do: 'nothing', same: then };
  const last = versions.reduce<ListedPrice | null>((a, b) => (a && a.version > b.version ? a : b), null);
  if (last === null) return { do: 'add', version: 1, ends: null };
  const free = last.valid_to === null ? startOf(last) + 1 : endOf(last);
  if (from < free) {
    return {
      do: 'refuse',
      because:
        `Version ${last.version} of ${nameOf(keyOf(last))} is valid from ${last.valid_from}` +
        `${last.valid_to === null ? '' : ` to ${last.valid_to}`}; versions are only added after it. Write a later valid_from.`,
    };
  }
  return { do: 'add', version: last.version + 1, ends: last.valid_to === null ? last : null };
}

/** One of several prices that a provider and SKU name, or why none of them can be chosen. */
export type Choice =
  | { readonly chosen: ListedPrice }
  | { readonly missing: 'region' | 'purchase_option'; readonly among: string[] };

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)].sort();

/**
 * The one that is meant where region or way of purchase are not named: the one of any region, and the one on demand;
 * else the only one.
 */
export function choosePrice(
  prices: readonly ListedPrice[],
  asked: { region?: string | undefined; purchaseOption?: PurchaseOption | undefined },
): Choice | null {
  const inRegion = prices.filter((price) => price.region === (asked.region ?? price.region));
  const regions = distinct(inRegion.map((price) => price.region));
  const region = regions.includes('any') ? 'any' : regions[0];
  if (regions.length > 1 && region !== 'any') return { missing: 'region', among: regions };
  const here = inRegion.filter(
    (price) => price.region === region && price.purchase_option === (asked.purchaseOption ?? price.purchase_option),
  );
  const options = distinct(here.map((price) => price.purchase_option));
  const option = options.includes('on_demand') ? 'on_demand' : options[0];
  if (options.length > 1 && option !== 'on_demand') return { missing: 'purchase_option', among: options };
  const chosen = here.find((price) => price.purchase_option === option);
  return chosen ? { chosen } : null;
}
