import type { ImportReport } from '@/domain/imports/import-file';

/** What the run itself took. */
export interface ImportRun {
  readonly seconds: number;
  /** The most memory that the process had at once. */
  readonly peakBytes: number;
}

const MOST_SHOWN = 20;
const MOST_COLUMNS_SHOWN = 30;

const count = (n: number): string => n.toLocaleString('en-US');

/** Plural only where it is due. */
const many = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? '' : 's'}`;

const linesPerSecond = (report: ImportReport, run: ImportRun): number =>
  Math.round(report.lines / Math.max(run.seconds, 0.001));

/** The closing table, for people. */
export function describeImport(report: ImportReport, run: ImportRun): string {
  return [
    ...describeProblems(report),
    ...describeColumns(report),
    headline(report),
    '',
    ...table([
      ['lines', count(report.lines), ''],
      ['new', count(report.newLines), ''],
      ['unchanged', count(report.unchangedLines), ''],
      ['bad', count(report.badLines), ''],
      ['users', count(report.accounts), report.madeAccounts > 0 ? `${count(report.madeAccounts)} made` : ''],
      ['jobs', count(report.madeJobs), ''],
      ['charges', count(report.charges), ''],
      ...report.sums.map((sum): Row => [sum.costType, grouped(sum.amount), sum.currency]),
    ]),
    '',
    `${run.seconds.toFixed(1)} s, ${count(linesPerSecond(report, run))} lines/s, ` +
      `peak memory ${count(Math.round(run.peakBytes / 2 ** 20))} MB`,
  ].join('\n');
}

function headline(report: ImportReport): string {
  const before =
    report.finishedBefore === null ? '' : `The interrupted import of ${report.finishedBefore} was finished first. `;
  if (report.outcome === 'refused') {
    return `${before}Nothing was imported: ${many(report.badLines, 'line')} of ${count(report.lines)} cannot be. Mend the file, or add --skip-bad.`;
  }
  if (report.outcome === 'previewed') return `${before}Dry run: nothing was changed. An import would give:`;
  if (report.resumed) return 'The interrupted import of this file is finished.';
  if (report.lines === 0) return `${before}The file holds no lines.`;
  if (report.newLines === 0) return `${before}Nothing new: the ledger holds these lines already.`;
  return `${before}Imported.`;
}

function describeProblems({ problems, badLines }: ImportReport): string[] {
  if (badLines === 0) return [];
  const shown = problems.slice(0, MOST_SHOWN).map(({ line, reason }) => `line ${line}: ${reason}`);
  const more = badLines - shown.length;
  return [...shown, ...(more > 0 ? [`… and ${many(more, 'more bad line')}`] : []), ''];
}

function describeColumns({ ignoredColumns: names }: ImportReport): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, MOST_COLUMNS_SHOWN).map((name) => (name === '' ? '(without a name)' : printable(name)));
  const more = names.length - shown.length;
  return [`Columns not used: ${shown.join(', ')}${more > 0 ? ` and ${count(more)} more` : ''}`];
}

/** A name from a file must not steer the terminal. */
const printable = (name: string): string => name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '');

type Row = [name: string, value: string, note: string];

function table(rows: readonly Row[]): string[] {
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const valueWidth = Math.max(...rows.map(([, value]) => value.length));
  return rows.map(([name, value, note]) =>
    `  ${name.padEnd(nameWidth)}  ${value.padStart(valueWidth)}  ${note}`.trimEnd(),
  );
}

/** An exact decimal with its thousands apart. */
function grouped(amount: string): string {
  const [whole = '', decimals = ''] = amount.split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${decimals}`;
}

/** The result for scripts; amounts are exact text. */
export function importToJson(report: ImportReport, run: ImportRun) {
  return {
    outcome: report.outcome,
    kind: report.kind,
    source: report.source,
    lines: report.lines,
    new: report.newLines,
    unchanged: report.unchangedLines,
    bad: report.badLines,
    problems: report.problems,
    users: report.accounts,
    users_made: report.madeAccounts,
    jobs_made: report.madeJobs,
    charges: report.charges,
    sums: report.sums.map(({ currency, costType, amount }) => ({ currency, cost_type: costType, amount })),
    ignored_columns: report.ignoredColumns,
    resumed: report.resumed,
    finished_before: report.finishedBefore,
    seconds: Number(run.seconds.toFixed(3)),
    lines_per_second: linesPerSecond(report, run),
    peak_memory_bytes: run.peakBytes,
  };
}
