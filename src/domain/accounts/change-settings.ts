import type { Me, Settings } from '@/domain/accounts/schema';
import { registerZoneOffsets, upsertSettings } from '@/domain/accounts/store';
import type { UserCtx } from '@/domain/context';
import { zoneOffsets } from '@/lib/calendar';

const YEAR_MS = 366 * 86_400_000;
/** As far back as a range of costs reaches, and far enough ahead that no restart is needed for the next change of clocks. */
const YEARS_BACK = 10;
const YEARS_AHEAD = 5;
/** No zone has had more since 1970; the database refuses more. */
const MOST_OFFSETS = 8;

/**
 * Changes the caller's zone, currency or both, and rolls up days at the offsets of the new zone, in one transaction.
 * From then on the days of that zone are read as fast as those of UTC.
 */
export async function changeSettings(ctx: UserCtx, input: Settings): Promise<Me> {
  const now = ctx.clock.now().getTime();
  const settings = await ctx.session.transaction(async (tx) => {
    const written = await upsertSettings(tx, ctx.userId, input);
    if (input.timezone !== undefined) {
      const offsets = zoneOffsets(input.timezone, now - YEARS_BACK * YEAR_MS, now + YEARS_AHEAD * YEAR_MS);
      await registerZoneOffsets(tx, offsets.slice(0, MOST_OFFSETS));
    }
    return written;
  });
  return { id: ctx.userId, email: ctx.email, ...settings };
}
