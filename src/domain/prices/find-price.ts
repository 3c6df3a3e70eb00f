import type { Session } from '@/db/session';
import type { Phase } from '@/domain/ledger/charge';
import type { Price } from '@/domain/prices/price';
import { choosePrice, keyOf, nameOf } from '@/domain/prices/rules';
import type { ListedPrice, PriceKind, PurchaseOption } from '@/domain/prices/schema';
import { inForceStatement, offersStatement } from '@/domain/prices/store';
import { badInput } from '@/lib/errors';

/** What somebody wants to rent or to store in. */
export interface PriceRequest {
  readonly provider: string;
  readonly sku: string;
  /** Default: `any`, else the only one. */
  readonly region?: string | undefined;
  /** Default: `on_demand`, else the only one. */
  readonly purchaseOption?: PurchaseOption | undefined;
}

/** A version of a price as attempts and artifacts fix it for themselves. */
export interface PriceVersion {
  readonly id: string;
  readonly provider: string;
  readonly sku: string;
  readonly kind: PriceKind;
  /** Null for storage, as is `gpuCount`. */
  readonly gpuType: string | null;
  /** GPUs in one of what is sold. */
  readonly gpuCount: number | null;
  readonly region: string;
  readonly purchaseOption: PurchaseOption;
  readonly version: number;
  /** Phases that the provider bills; null: all. */
  readonly billedPhases: readonly Phase[] | null;
  /** Its version reads `provider/sku/region/option/number`. */
  readonly price: Price;
}

const MOST_NAMED = 40;

const toVersion = (row: ListedPrice): PriceVersion => ({
  id: row.id,
  provider: row.provider,
  sku: row.sku,
  kind: row.kind,
  gpuType: row.gpu_type,
  gpuCount: row.gpu_count,
  region: row.region,
  purchaseOption: row.purchase_option,
  version: row.version,
  billedPhases: row.billed_phases,
  price: {
    version: `${nameOf(keyOf(row))}/${row.version}`,
    currency: row.currency,
    unitPrice: row.unit_price,
    unit: row.unit,
    incrementMs: row.increment_ms,
    minimumMs: row.minimum_ms,
  },
});

/** A sentence that says what there is instead. */
async function refusal(session: Session, { provider, sku }: PriceRequest, at: Date) {
  const [offers] = await session.read(offersStatement(provider, at, MOST_NAMED));
  const listed = offers.map(({ name }) => name).join(', ');
  return offers[0]?.isSku
    ? badInput(`sku: ${provider} has no ${sku} now. Send one of ${listed}.`)
    : badInput(`provider: there is no price of ${provider}. Send one of ${listed}.`);
}

/**
 * The version of a price that is in force at an instant.
 *
 * @throws PipelineError `bad_input` with a sentence that names what there is, where nothing is sold under these names,
 *   or under several regions or ways of purchase none of which is the usual one
 */
export async function findCurrentPrice(session: Session, asked: PriceRequest, at: Date): Promise<PriceVersion> {
  const [prices] = await session.read(inForceStatement(asked.provider, asked.sku, at));
  if (prices.length === 0) throw await refusal(session, asked, at);
  const choice = choosePrice(prices, asked);
  if (choice === null) {
    const sold = prices.map((price) => `${price.region} ${price.purchase_option}`).join(', ');
    throw badInput(`region: ${asked.provider}/${asked.sku} is sold only in (region, purchase_option) ${sold}.`);
  }
  if ('missing' in choice) {
    throw badInput(
      `${choice.missing}: ${asked.provider}/${asked.sku} has several. Send one of ${choice.among.join(', ')}.`,
    );
  }
  return toVersion(choice.chosen);
}
