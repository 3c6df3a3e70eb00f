import type { Transaction } from 'kysely';
import type { DB } from '@/db/types';
import type { SystemCtx } from '@/domain/context';
import { type NewPrice, type PriceTexts, readPrice, textsOf } from '@/domain/prices/price-input';
import { decideVersion, keyOf, nameOf } from '@/domain/prices/rules';
import type { ListedPrice } from '@/domain/prices/schema';
import { endVersion, insertVersion, listVersions, lockPrices } from '@/domain/prices/store';
import { conflict, PipelineError } from '@/lib/errors';

export interface SetPrice {
  readonly outcome: 'added' | 'unchanged';
  /** The version that now says so. */
  readonly price: ListedPrice;
}

/** Adds a version, within a transaction that holds the lock of prices. @throws PipelineError `conflict` */
async function applyPrice(tx: Transaction<DB>, price: NewPrice, now: Date): Promise<SetPrice> {
  const from = price.validFrom ?? now;
  const versions = (await listVersions(tx, price.provider, price.sku)).filter(
    (version) => nameOf(keyOf(version)) === nameOf(price),
  );
  const decision = decideVersion(versions, price, from.getTime());
  switch (decision.do) {
    case 'nothing':
      return { outcome: 'unchanged', price: decision.same };
    case 'refuse':
      throw conflict(decision.because);
    case 'add':
      if (decision.ends) await endVersion(tx, decision.ends.id, from);
      return { outcome: 'added', price: await insertVersion(tx, price, { version: decision.version, from }) };
  }
}

/** The texts of a price of which only changes were given: the rest is as in the last version, where one is meant. */
async function completed(tx: Transaction<DB>, given: PriceTexts, now: Date): Promise<PriceTexts> {
  const seen = { origin: 'set by hand', observed_on: now.toISOString().slice(0, 10) };
  const versions = await listVersions(tx, given.provider ?? '', given.sku ?? '');
  const meant = versions.filter(
    (version) =>
      (given.region ?? version.region) === version.region &&
      (given.purchase_option ?? version.purchase_option) === version.purchase_option,
  );
  const last = meant.at(-1);
  const isOne = new Set(meant.map((version) => nameOf(keyOf(version)))).size === 1;
  return { ...seen, ...(isOne && last ? textsOf(last) : {}), ...given };
}

/**
 * Sets a price from an instant on: adds a version and ends the one before at the same instant. What is not given stays as
 * in the last version; a price that says the same again changes nothing; no past row changes.
 *
 * @throws PipelineError `bad_input` naming the fields, `conflict` where a later version is there already
 */
export async function setPrice(ctx: SystemCtx, given: PriceTexts): Promise<SetPrice> {
  return ctx.session.transaction(async (tx) => {
    await lockPrices(tx);
    const now = ctx.clock.now();
    return applyPrice(tx, readPrice(await completed(tx, given, now)), now);
  });
}

/** Ends the transaction in which a price was refused. */
class RefusedPrices extends Error {}

/**
 * Sets many prices, all or none, in the order given.
 *
 * @param onRefusal hears of each price that cannot be set; then none is set and the answer is null
 */
export async function setPrices(
  ctx: SystemCtx,
  prices: readonly NewPrice[],
  onRefusal: (index: number, reason: string) => void,
): Promise<SetPrice[] | null> {
  try {
    return await ctx.session.transaction(async (tx) => {
      await lockPrices(tx);
      const now = ctx.clock.now();
      const done: SetPrice[] = [];
      for (const [index, price] of prices.entries()) {
        const result = await applyPrice(tx, price, now).catch((error: unknown) => {
          if (!(error instanceof PipelineError) || error.code !== 'conflict') throw error;
          onRefusal(index, error.details);
        });
        if (result) done.push(result);
      }
      if (done.length < prices.length) throw new RefusedPrices();
      return done;
    });
  } catch (error) {
    if (error instanceof RefusedPrices) return null;
    throw error;
  }
}
