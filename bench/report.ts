import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..');

/** One line of the table: what was measured, as a number, and what it is held to. */
export interface Row {
  readonly what: string;
  readonly measured: number;
  /** How the number reads: multiples of the floor, per cent, a plain factor, an exponent, a natural logarithm, or time. */
  readonly unit: '×' | '%' | 'factor' | 'exponent' | 'ln' | 'ms';
  /** Absent: shown for comparison only. */
  readonly target?: { readonly most: number } | { readonly least: number };
}

export function shownNumber({ measured, unit }: Row): string {
  switch (unit) {
    case '×':
      return measured >= 100 ? `${Math.round(measured).toLocaleString('en')} ×` : `${measured.toFixed(2)} ×`;
    case '%':
      return `${(measured * 100).toFixed(0)} %`;
    case 'factor':
      return `${measured.toFixed(1)} times`;
    case 'exponent':
    case 'ln':
      return measured.toFixed(3);
    case 'ms':
      return `${measured.toFixed(3)} ms`;
  }
}

const bound = (row: Row): number | null =>
  row.target === undefined ? null : 'most' in row.target ? row.target.most : row.target.least;

/** `met`, or by how much the target is missed. */
export function verdict(row: Row): string {
  const limit = bound(row);
  if (limit === null || row.target === undefined) return '';
  const isMet = 'most' in row.target ? row.measured <= limit : row.measured >= limit;
  return isMet ? 'met' : `missed by ${Math.abs((row.measured / limit - 1) * 100).toFixed(0)} %`;
}

function targetText(row: Row): string {
  const limit = bound(row);
  if (limit === null || row.target === undefined) return '';
  return `${'most' in row.target ? '≤' : '≥'} ${shownNumber({ ...row, measured: limit })}`;
}

const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string })
    .version;

/** What was measured over HTTP. */
export interface HttpRates {
  readonly rows: readonly Row[];
  /** Medians, ms: a route that does nothing at all, and one of ours whose verb does nothing. */
  readonly nothing: number;
  readonly empty: number;
}

export interface Run {
  readonly rows: readonly Row[];
  readonly http: HttpRates;
  /** Medians of the floor at its places, ms. */
  readonly floors: readonly number[];
  readonly postgres: string;
  readonly date: Date;
  readonly load: number;
}

const table = (rows: readonly Row[]): string =>
  [
    '| what | target | measured | |',
    '|---|---|---|---|',
    ...rows.map((row) => `| ${row.what} | ${targetText(row)} | ${shownNumber(row)} | ${verdict(row)} |`),
  ].join('\n');

/** The document that a full run leaves behind. */
export function reportText({ rows, http, floors, postgres, date, load }: Run): string {
  return `# Benchmarks

Written by \`npm run bench\` on ${date.toISOString().slice(0, 10)}: ${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.type()} ${os.arch()}, Node ${process.versions.node},
Postgres ${postgres} with everything forced to the disk, pg ${versionOf('pg')}. Load average at the start: ${load.toFixed(1)}.

Times differ from machine to machine, so the numbers are multiples of the floor measured in the same run: 1 × is the
cheapest authenticated read, a transaction of four statements sent one after the other (begin, role and claims, one row
under row-level security, commit). The floor stands at several places of each round; its medians were
${floors.map((ms) => `${ms.toFixed(3)} ms`).join(', ')}. Everything goes from the pool to plain data through the product's own verbs.

${table(rows)}

"Fetch all and add" and "aggregate in SQL" are the plain ways to the same answer, for comparison. Rates of writing are
shares of the rate at which the same table with the same keys and indexes takes the same rows without any trigger of
ours. Errors of estimates are medians of |ln(estimated ÷ actual duration)|: 0.14 is about 14 % off. The metering
tick is held against its own rows, written to the same tables in the same batches without locks, fences and triggers of
ours. Not measured yet, because what they measure does not exist yet: the export of a million rows, streams.

## Over HTTP

One connection that stays open, one request at a time, from another process to the product's own server and the page
framework behind it, on the same database; the cases take turns. Here 1 × is the empty authenticated route: the wrapper
that is around every verb (cross-site check, credential, budget, parsing, headers) with a verb that does nothing and
asks no database, ${http.empty.toFixed(3)} ms. What of that is ours is the difference to a bare route of the page framework that
answers the same, ${http.nothing.toFixed(3)} ms: the median over pairs of requests, one right after the other. Both routes belong to
the bench (\`bench/pages\`), which builds them and the product's own into one application, so that they share process,
server and settings; the product does not ship them.

${table(http.rows)}
`;
}
