import type { SystemCtx } from '@/domain/context';
import type { Problem } from '@/domain/imports/line-fault';
import { readPriceLines } from '@/domain/imports/price-lines';
import { ProblemList } from '@/domain/imports/problem-list';
import type { Bytes } from '@/domain/imports/read-text';
import { setPrices } from '@/domain/prices/set-price';

export interface PriceImport {
  readonly lines: number;
  /** Versions that are new; none where a line is bad. */
  readonly added: number;
  /** Lines that say what the catalogue says. */
  readonly unchanged: number;
  readonly badLines: number;
  /** The first of them. */
  readonly problems: readonly Problem[];
}

const MOST_SHOWN = 100;

const refused = (lines: number, problems: ProblemList): PriceImport => ({
  lines,
  added: 0,
  unchanged: 0,
  badLines: problems.count,
  problems: problems.kept.slice(0, MOST_SHOWN),
});

/**
 * Sets the prices of a CSV file, all or none, in the order of its lines; importing it again changes nothing.
 *
 * @throws PipelineError `bad_input` where the file as a whole cannot be read
 */
export async function importPrices(ctx: SystemCtx, bytes: Bytes): Promise<PriceImport> {
  const { prices, lines, problems } = await readPriceLines(bytes);
  if (problems.count > 0) return refused(lines, problems);
  const conflicts = new ProblemList();
  const done = await setPrices(
    ctx,
    prices.map(({ price }) => price),
    (index, reason) => conflicts.add({ line: prices[index]?.line ?? 0, reason }),
  );
  if (done === null) return refused(lines, conflicts);
  const added = done.filter(({ outcome }) => outcome === 'added').length;
  return { lines, added, unchanged: done.length - added, badLines: 0, problems: [] };
}
