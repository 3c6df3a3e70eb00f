import { z } from 'zod';
import type { SystemCtx, UserCtx } from '@/domain/context';
import { keyOf } from '@/domain/prices/rules';
import { type PricesAnswer, type PricesQuery, PURCHASE_OPTIONS } from '@/domain/prices/schema';
import { type PricePosition, pricesStatement } from '@/domain/prices/store';
import { badInput } from '@/lib/errors';

const position = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.enum(PURCHASE_OPTIONS),
  z
    .int()
    .min(1)
    .max(2 ** 31 - 1),
]);

const writeCursor = ({ provider, sku, region, purchaseOption, version }: PricePosition): string =>
  Buffer.from(JSON.stringify([provider, sku, region, purchaseOption, version])).toString('base64url');

function readCursor(text: string): PricePosition {
  try {
    const parsed = position.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    const [provider, sku, region, purchaseOption, version] = parsed;
    if (`${provider}${sku}${region}`.includes('\0')) throw new RangeError('no text of the database');
    return { provider, sku, region, purchaseOption, version };
  } catch {
    throw badInput('The cursor is malformed: send the next_cursor of the page before, unchanged.');
  }
}

/** Prices by name: those in force now, or with `versions=all` past and future ones too. Everybody may see them. */
export async function listPrices(
  ctx: Pick<UserCtx, 'session' | 'clock'> | Pick<SystemCtx, 'session' | 'clock'>,
  input: PricesQuery,
): Promise<PricesAnswer> {
  const after = input.cursor === undefined ? null : readCursor(input.cursor);
  const page = { at: ctx.clock.now(), after, limit: input.limit + 1 };
  const [rows] = await ctx.session.read(pricesStatement(input, page));
  const prices = rows.slice(0, input.limit);
  const last = prices.at(-1);
  const more = rows.length > input.limit && last !== undefined;
  return { prices, next_cursor: more ? writeCursor({ ...keyOf(last), version: last.version }) : null };
}
