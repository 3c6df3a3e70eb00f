import { type CommandCtx, withDatabase } from '@/cli/context';
import type { SystemCtx } from '@/domain/context';
import { rebuildLedger } from '@/domain/ledger/rebuild-ledger';
import { type Difference, type LedgerReport, VERIFY_TIMEOUT_MS, verifyLedger } from '@/domain/ledger/verify-ledger';

const LISTED = 20;

function systemCtx({ database, clock, log }: CommandCtx): SystemCtx {
  return { session: database.asService({ timeoutMs: VERIFY_TIMEOUT_MS }), clock, log };
}

const line = ({ rollUp, userId, key, stored, expected }: Difference): string =>
  `  ${rollUp}  user ${userId}  ${key}  stored ${stored ?? 'nothing'}, records say ${expected ?? 'nothing'}`;

function print({ users, records, differences }: LedgerReport): void {
  if (differences.length === 0) {
    console.log(`✓ ledger  every roll-up equals its records (${records} records of ${users} users)`);
    return;
  }
  console.log(`✗ ledger  ${differences.length} roll-up row(s) differ from the ${records} records of ${users} users:`);
  for (const difference of differences.slice(0, LISTED)) console.log(line(difference));
  if (differences.length > LISTED) console.log(`  … and ${differences.length - LISTED} more (--json lists them)`);
}

async function rebuild(ctx: SystemCtx, { differences }: LedgerReport, say: (text: string) => void): Promise<void> {
  const users = await rebuildLedger(
    ctx,
    differences.map((difference) => difference.userId),
  );
  say(`Rebuilt the roll-ups of ${users} user(s) from their records.`);
}

/**
 * Proves on the live database that the roll-ups equal the records; with `rebuild` those of the named users are written
 * anew first. Gives whether all is equal in the end.
 */
export function verify(options: { rebuild: boolean; json: boolean }): Promise<boolean> {
  return withDatabase(async (command) => {
    const ctx = systemCtx(command);
    const say = options.json ? () => undefined : (text: string) => console.log(text);
    const found = await verifyLedger(ctx);
    if (!options.json) print(found);
    if (options.rebuild && found.differences.length > 0) await rebuild(ctx, found, say);
    const final = options.rebuild && found.differences.length > 0 ? await verifyLedger(ctx) : found;
    if (options.json) console.log(JSON.stringify({ ...final, found: found.differences }));
    else if (final !== found) print(final);
    if (!options.json && final.differences.length > 0) console.log('  → pipeline doctor --verify-ledger --rebuild');
    return final.differences.length === 0;
  });
}
