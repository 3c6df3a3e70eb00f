import { expireKeysStatement } from '@/domain/accounts/idempotency-store';
import type { SystemCtx } from '@/domain/context';

/** How long the answer to a request with an Idempotency-Key is kept, hours. */
export const KEEP_KEYS_HOURS = 48;
const HOUR_MS = 3_600_000;
const BATCH = 1_000;

/**
 * Forgets keys that are older than {@link KEEP_KEYS_HOURS}, in short transactions: the same request is then a new one.
 *
 * @returns how many
 */
export async function expireKeys(ctx: SystemCtx): Promise<{ expired: number }> {
  const before = new Date(ctx.clock.now().getTime() - KEEP_KEYS_HOURS * HOUR_MS);
  let expired = 0;
  for (;;) {
    const [forgotten] = await ctx.session.run(expireKeysStatement(before, BATCH));
    expired += forgotten.length;
    if (forgotten.length < BATCH) return { expired };
  }
}
