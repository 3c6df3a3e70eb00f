import type { Command } from 'commander';
import { withDatabase } from '@/cli/context';
import { openInputFile } from '@/cli/input-file';
import { table } from '@/cli/table';
import { importPrices } from '@/domain/imports/import-prices';
import { listPrices } from '@/domain/prices/list-prices';
import { PRICE_FIELDS, type PriceTexts } from '@/domain/prices/price-input';
import { type ListedPrice, pricesQuery } from '@/domain/prices/schema';
import { setPrice } from '@/domain/prices/set-price';

interface ListFlags {
  provider?: string;
  gpu?: string;
  all?: true;
  json?: true;
}

/** The options of `set`, as commander names them. */
type SetFlags = { json?: true } & Record<string, string | true | undefined>;

const IMPORT_TIMEOUT_MS = 60_000;
const EXIT_REFUSED = 1;

const HELP: Readonly<Record<Exclude<(typeof PRICE_FIELDS)[number], 'provider' | 'sku'>, string>> = {
  gpu_type: 'name of the GPU; without one it is a price of storage',
  gpu_memory_gb: 'memory of one GPU',
  gpu_count: 'GPUs in one of what is sold; the price is for all of them',
  region: 'default: any',
  purchase_option: 'on_demand (default), spot, reserved, serverless, owned',
  unit: 'second, minute, hour, day, month (30 days)',
  unit_price: 'decimal number; for storage of one gigabyte',
  currency: 'default: USD',
  increment_ms: 'billed in whole multiples of this; default: 1',
  minimum_ms: 'billed at least; default: 0',
  billed_phases: 'phases that are billed, with | between; default: all',
  valid_from: 'date, or date-time with its offset; default: now',
  origin: 'where it was read; default: set by hand',
  observed_on: 'when it was read; default: today',
};

const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** `pipeline prices list|set|import`. */
export function registerPrices(program: Command): void {
  const prices = program.command('prices').description('what GPUs and storage cost');
  prices
    .command('list')
    .description('list the prices in force')
    .option('--provider <name>', 'of this provider')
    .option('--gpu <name>', 'of this GPU')
    .option('--all', 'past and future versions too')
    .option('--json', 'as one JSON array')
    .action(list);
  const set = prices
    .command('set <provider> <sku>')
    .description('set a price from now on; what is not given stays as it is, and nothing that was charged changes')
    .option('--json', 'print the version as JSON');
  for (const [name, help] of Object.entries(HELP)) set.option(`--${name.replaceAll('_', '-')} <value>`, help);
  set.action(change);
  prices
    .command('import <file>')
    .description('set the prices of a CSV file with a header, all or none; "-" for the standard input')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', `\nColumns: ${PRICE_FIELDS.join(', ')}\nImporting a file again changes nothing.`)
    .action(bringIn);
}

const priceText = ({ unit_price, currency, unit, kind }: ListedPrice): string =>
  `${unit_price} ${currency}/${kind === 'storage' ? 'GB-' : ''}${unit}`;
const gpuText = ({ gpu_type, gpu_count }: ListedPrice): string =>
  gpu_type === null ? '' : `${gpu_count} × ${gpu_type}`;
const spanText = ({ valid_from, valid_to }: ListedPrice): string =>
  `${valid_from.slice(0, 10)} …${valid_to === null ? '' : ` ${valid_to.slice(0, 10)}`}`;

async function list({ provider, gpu, all, json }: ListFlags): Promise<void> {
  await withDatabase(async ({ database, clock }) => {
    const ctx = { session: database.asService(), clock };
    const query = { provider, gpu_type: gpu, versions: all ? 'all' : 'current', limit: '1000' };
    const found: ListedPrice[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await listPrices(ctx, pricesQuery.parse({ ...query, cursor }));
      found.push(...page.prices);
      cursor = page.next_cursor;
    }
    if (json) console.log(JSON.stringify(found));
    else console.log(found.length === 0 ? 'There is no such price.' : describe(found, all === true));
  });
}

const describe = (prices: readonly ListedPrice[], all: boolean): string =>
  table(
    ['provider', 'sku', 'GPUs', 'region', 'way', 'price', 'version', ...(all ? ['valid'] : []), 'read'],
    prices.map((price) => [
      ...[price.provider, price.sku, gpuText(price), price.region, price.purchase_option, priceText(price)],
      ...[`${price.version}`, ...(all ? [spanText(price)] : []), price.observed_on],
    ]),
  );

async function change(provider: string, sku: string, flags: SetFlags): Promise<void> {
  const given = PRICE_FIELDS.flatMap((name) => {
    const value = flags[camel(name)];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  const texts: PriceTexts = { ...Object.fromEntries(given), provider, sku };
  await withDatabase(async ({ database, clock, log }) => {
    const { outcome, price } = await setPrice({ session: database.asService(), clock, log }, texts);
    if (flags.json) return console.log(JSON.stringify({ outcome, price }));
    const what = `${price.provider}/${price.sku}: ${priceText(price)}, version ${price.version}, from ${price.valid_from}`;
    console.log(outcome === 'unchanged' ? `Unchanged, it is so already. ${what}` : what);
  });
}

async function bringIn(file: string, { json }: { json?: true }): Promise<void> {
  const { stream: input } = await openInputFile(file);
  try {
    await withDatabase(async ({ database, clock, log }) => {
      const session = database.asService({ timeoutMs: IMPORT_TIMEOUT_MS });
      const report = await importPrices({ session, clock, log }, input);
      if (report.badLines > 0) process.exitCode = EXIT_REFUSED;
      if (json) {
        const { badLines, ...rest } = report;
        return console.log(JSON.stringify({ ...rest, bad: badLines }));
      }
      for (const { line, reason } of report.problems) console.log(`line ${line}: ${reason}`);
      const refused = `Nothing was changed: ${report.badLines} of ${report.lines} lines cannot be set. Mend the file.`;
      console.log(report.badLines > 0 ? refused : `${report.added} added, ${report.unchanged} unchanged.`);
    });
  } finally {
    input.destroy();
  }
}
