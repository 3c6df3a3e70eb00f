import type { Cell } from '@/domain/imports/cells';
import { shown } from '@/domain/imports/line-fault';
import { ProblemList } from '@/domain/imports/problem-list';
import { readCsv } from '@/domain/imports/read-csv';
import { type Bytes, readText } from '@/domain/imports/read-text';
import { splitLines } from '@/domain/imports/split-lines';
import { type NewPrice, PRICE_FIELDS, type PriceTexts, readPrice } from '@/domain/prices/price-input';
import { badInput, PipelineError } from '@/lib/errors';

/** A price and the line that it stands on. */
export interface PriceLine {
  readonly line: number;
  readonly price: NewPrice;
}

export interface PriceLines {
  readonly prices: readonly PriceLine[];
  readonly lines: number;
  readonly problems: ProblemList;
}

/** Far more than all providers sell; a longer file is another kind of file. */
export const MOST_PRICES = 10_000;

const REQUIRED = ['provider', 'sku', 'unit', 'unit_price', 'origin', 'observed_on'] as const;

function checkHeader(header: readonly string[]): void {
  const known: readonly string[] = PRICE_FIELDS;
  const strange = header.filter((name) => !known.includes(name));
  const doubled = header.filter((name, at) => header.indexOf(name) !== at);
  const missing = REQUIRED.filter((name) => !header.includes(name));
  const all = `The columns are: ${PRICE_FIELDS.join(', ')}.`;
  if (strange.length > 0)
    throw badInput(`The file has columns that prices do not: ${strange.map(shown).join(', ')}. ${all}`);
  if (doubled.length > 0) throw badInput(`The file has the column ${doubled.join(', ')} twice. ${all}`);
  if (missing.length > 0) throw badInput(`The file lacks the column ${missing.join(', ')}. ${all}`);
}

const textsOf = (cellOf: (name: string) => Cell): PriceTexts =>
  Object.fromEntries(
    PRICE_FIELDS.flatMap((name) => {
      const cell = cellOf(name);
      return typeof cell === 'string' ? [[name, cell]] : [];
    }),
  );

function readLine(cellOf: (name: string) => Cell): NewPrice | string {
  try {
    return readPrice(textsOf(cellOf));
  } catch (error) {
    if (error instanceof PipelineError) return error.details;
    throw error;
  }
}

/**
 * The prices of a CSV file with a header, gzip too, and what is wrong with its lines.
 *
 * @throws PipelineError `bad_input` where the file as a whole cannot be read
 */
export async function readPriceLines(bytes: Bytes): Promise<PriceLines> {
  const prices: PriceLine[] = [];
  const problems = new ProblemList();
  let lines = 0;
  for await (const records of readCsv(splitLines(readText(bytes)), checkHeader)) {
    for (const { line, fault, cellOf } of records) {
      lines += 1;
      if (lines > MOST_PRICES) throw badInput(`The file has more than ${MOST_PRICES} prices. Cut it into several.`);
      const read = fault ?? readLine(cellOf);
      if (typeof read === 'string') problems.add({ line, reason: read });
      else prices.push({ line, price: read });
    }
  }
  return { prices, lines, problems };
}
