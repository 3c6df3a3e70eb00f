import type { SystemCtx, WithFiles } from '@/domain/context';
import { namedKeysStatement } from '@/domain/datasets/upkeep-store';
import { UUID_PATTERN } from '@/lib/ids';

/** A file is written before its row names it; after this long none will any more, ms. */
const WAIT_MS = 60 * 60_000;
const BATCH = 500;

/** Where the product keeps files: below the id of their row, or on their way in. */
const PREFIXES = ['datasets/', 'artifacts/', 'incoming/'] as const;

/**
 * Removes files that no row names: what a killed process left, and what belonged to accounts and datasets that were
 * deleted. Safe to be cut off at any moment.
 *
 * @returns how many
 */
export async function removeUnnamedFiles(ctx: WithFiles<SystemCtx>): Promise<number> {
  const before = ctx.clock.now().getTime() - WAIT_MS;
  let removed = 0;
  for (const prefix of PREFIXES) {
    let batch: string[] = [];
    for await (const { key, changedAt } of ctx.files.list(prefix)) {
      if (changedAt.getTime() < before) batch.push(key);
      if (batch.length < BATCH) continue;
      removed += await removeUnnamed(ctx, batch);
      batch = [];
    }
    removed += await removeUnnamed(ctx, batch);
  }
  if (removed > 0) ctx.log.info({ files: removed }, 'removed files that no row names');
  return removed;
}

async function removeUnnamed(ctx: WithFiles<SystemCtx>, keys: readonly string[]): Promise<number> {
  if (keys.length === 0) return 0;
  const ids = keys.map((key) => key.split('/')[1] ?? '').filter((id) => UUID_PATTERN.test(id));
  const [rows] = await ctx.session.read(namedKeysStatement([...new Set(ids)]));
  const named = new Set(rows.map(({ key }) => key));
  const unnamed = keys.filter((key) => !named.has(key));
  for (const key of unnamed) await ctx.files.remove(key);
  return unnamed.length;
}
