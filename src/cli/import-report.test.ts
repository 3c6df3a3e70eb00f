import { describe, expect, it } from 'vitest';
import { describeImport, importToJson } from '@/cli/import-report';
import type { ImportReport } from '@/domain/imports/import-file';

const report: ImportReport = {
  outcome: 'posted',
  kind: 'usage',
  source: 'usage',
  lines: 1_250,
  newLines: 1_200,
  unchangedLines: 50,
  badLines: 0,
  problems: [],
  accounts: 3,
  madeAccounts: 2,
  madeJobs: 1,
  charges: 4_000,
  sums: [
    { currency: 'EUR', costType: 'compute', amount: '1234567.8900000000' },
    { currency: 'USD', costType: 'credit', amount: '-1000.5000000000' },
  ],
  ignoredColumns: ['colour', ''],
  resumed: false,
  finishedBefore: null,
};
const run = { seconds: 2.5, peakBytes: 100 * 2 ** 20 };

describe('the closing table', () => {
  it('gives lines, users, charges, exact sums, and what it took', () => {
    expect(describeImport(report, run).split('\n')).toEqual([
      'Columns not used: colour, (without a name)',
      'Imported.',
      '',
      '  lines                     1,250',
      '  new                       1,200',
      '  unchanged                    50',
      '  bad                           0',
      '  users                         3  2 made',
      '  jobs                          1',
      '  charges                   4,000',
      '  compute    1,234,567.8900000000  EUR',
      '  credit        -1,000.5000000000  USD',
      '',
      '2.5 s, 500 lines/s, peak memory 100 MB',
    ]);
  });

  it('shows twenty bad lines and counts the others', () => {
    const problems = Array.from({ length: 50 }, (_, i) => ({ line: i + 2, reason: 'amount is missing' }));
    const text = describeImport({ ...report, outcome: 'refused', badLines: 2_000, problems, newLines: 0 }, run);
    expect(text.match(/^line \d+: /gm)).toHaveLength(20);
    expect(text).toContain('… and 1,980 more bad lines');
    expect(text).toContain('Nothing was imported: 2,000 lines of 1,250 cannot be.');
  });

  it.each<[Partial<ImportReport>, string]>([
    [{ outcome: 'previewed' }, 'Dry run: nothing was changed. An import would give:'],
    [{ resumed: true }, 'The interrupted import of this file is finished.'],
    [{ newLines: 0 }, 'Nothing new: the ledger holds these lines already.'],
    [{ finishedBefore: 'may.csv' }, 'The interrupted import of may.csv was finished first. Imported.'],
    [{ outcome: 'refused', badLines: 1, lines: 3 }, 'Nothing was imported: 1 line of 3 cannot be.'],
  ])('says what happened: %j', (change, sentence) => {
    expect(describeImport({ ...report, ...change }, run)).toContain(sentence);
  });
});

it('the result for scripts has exact text and plain numbers', () => {
  expect(importToJson(report, run)).toMatchObject({
    new: 1_200,
    users_made: 2,
    sums: [{ currency: 'EUR', cost_type: 'compute', amount: '1234567.8900000000' }, { cost_type: 'credit' }],
    seconds: 2.5,
    lines_per_second: 500,
    peak_memory_bytes: 104_857_600,
  });
});
