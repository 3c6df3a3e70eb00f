import { createTestDatabase } from '@tests/support/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importText, rowsOf, stateOf } from './support';

const db = await createTestDatabase();
afterAll(() => db.drop());

const HEADER = 'external_id,user,recorded_at,cost_type,amount,job\n';
const FILE = `${HEADER}a,team,2026-11-01,compute,1.5,j\nb,team,2026-11-02,compute,2.5,j\nc,other,2026-11-03,storage,3.5,\n`;
const USAGE =
  'external_id,user,started_at,ended_at,units,unit_price\nu,team,2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,1,1\n';

beforeAll(async () => {
  await importText(db, { kind: 'charges', createUsers: true }, FILE);
  await importText(db, { kind: 'usage', bucket: 'day' }, USAGE);
});

const versions = () => rowsOf(db, 'select user_id, version from lora_cost_state order by user_id');

describe('the same file again', () => {
  it('changes nothing: no row, no version', async () => {
    const [before, version] = [await stateOf(db), await versions()];
    const report = await importText(db, { kind: 'charges', createUsers: true }, FILE);
    expect(report).toMatchObject({ outcome: 'posted', lines: 3, newLines: 0, unchangedLines: 3, charges: 0, sums: [] });
    expect(await stateOf(db)).toBe(before);
    expect(await versions()).toEqual(version);
  });

  it('changes nothing when it is written in another way: order, quotes, zeros, line ends, JSON', async () => {
    const before = await stateOf(db);
    const csv =
      '\ufeffamount,"user",cost_type,external_id,recorded_at,job,note\r\n' +
      '3.50,other,storage,c,2026-11-03T00:00:00Z,,x\r\n"2.5000000000",team,compute,b,2026-11-02T01:00:00+01:00,j,y\r\n';
    expect(await importText(db, { kind: 'charges' }, csv)).toMatchObject({
      newLines: 0,
      unchangedLines: 2,
      badLines: 0,
    });
    const json =
      '{"external_id":"a","user":"team","recorded_at":"2026-11-01","cost_type":"compute","amount":1.50,"job":"j"}';
    expect(await importText(db, { kind: 'charges' }, json)).toMatchObject({ newLines: 0, unchangedLines: 1 });
    expect(await stateOf(db)).toBe(before);
  });

  it('with more lines brings the new ones only', async () => {
    const report = await importText(db, { kind: 'charges' }, `${FILE}d,team,2026-11-04,compute,4.5,j\n`);
    expect(report).toMatchObject({ newLines: 1, unchangedLines: 3, madeJobs: 0, charges: 1 });
  });

  it('under another source is another import', async () => {
    const report = await importText(db, { kind: 'charges', source: 'elsewhere' }, FILE);
    expect(report).toMatchObject({ newLines: 3, unchangedLines: 0, charges: 3 });
  });
});

describe('a known id with other content', () => {
  const conflicts: [string, string][] = [
    ['another amount', 'a,team,2026-11-01,compute,1.50001,j'],
    ['another time', 'a,team,2026-11-01T00:00:00.001Z,compute,1.5,j'],
    ['another type', 'a,team,2026-11-01,storage,1.5,j'],
    ['another job', 'a,team,2026-11-01,compute,1.5,k'],
    ['no job', 'a,team,2026-11-01,compute,1.5,'],
  ];

  it.each(conflicts)('(%s) is a conflict, is named by its line, and changes nothing', async (_what, line) => {
    const before = await stateOf(db);
    const report = await importText(db, { kind: 'charges' }, `${HEADER}new,team,2026-11-09,compute,9,\n${line}\n`);
    expect(report).toMatchObject({ outcome: 'refused', badLines: 1, newLines: 0 });
    expect(report.problems).toEqual([
      { line: 3, reason: expect.stringMatching(/external_id "a" was imported before with other content/) },
    ]);
    expect(await stateOf(db)).toBe(before);
  });

  it('(another user) is a conflict', async () => {
    const report = await importText(db, { kind: 'charges' }, `${HEADER}a,other,2026-11-01,compute,1.5,j\n`);
    expect(report.problems[0]?.reason).toContain('was imported before for another user');
  });

  it('(another cut of the same use) is a conflict that names the cut', async () => {
    const report = await importText(db, { kind: 'usage', bucket: 'hour' }, USAGE);
    expect(report.problems[0]?.reason).toContain('was imported before with --bucket day');
    expect(await importText(db, { kind: 'usage', bucket: 'day' }, USAGE)).toMatchObject({ unchangedLines: 1 });
  });

  it('(of the other kind, under one source) is a conflict', async () => {
    const report = await importText(
      db,
      { kind: 'charges', source: 'usage' },
      `${HEADER}u,team,2026-11-01,compute,24,\n`,
    );
    expect(report.problems[0]?.reason).toContain('other content');
  });

  it('is left out with skipBad, and the good lines arrive', async () => {
    const text = `${HEADER}a,team,2026-11-01,compute,99,j\nfresh,team,2026-11-08,compute,8,\nb,team,2026-11-02,compute,2.5,j\n`;
    expect(await importText(db, { kind: 'charges', skipBad: true }, text)).toMatchObject({
      outcome: 'posted',
      newLines: 1,
      unchangedLines: 1,
      badLines: 1,
      charges: 1,
    });
    const amounts = await rowsOf(
      db,
      `select source, amount::text from lora_cost_records where source in ('import:charges:a', 'import:charges:fresh') order by 1`,
    );
    expect(amounts).toEqual([
      { source: 'import:charges:a', amount: '1.5000000000' },
      { source: 'import:charges:fresh', amount: '8.0000000000' },
    ]);
  });
});

describe('an id that a file gives twice', () => {
  it('with one content counts once', async () => {
    const text = `${HEADER}r,team,2026-11-01,compute,1,\nr,team,2026-11-01,compute,1.0,\nR,team,2026-11-01,compute,1,\nr,team,2026-11-01,compute,1,\n`;
    expect(await importText(db, { kind: 'charges' }, text)).toMatchObject({
      lines: 4,
      newLines: 2,
      unchangedLines: 2,
      badLines: 0,
      charges: 2,
    });
  });

  it('with two contents is bad on every line that has it', async () => {
    const before = await stateOf(db);
    const text = `${HEADER}s,team,2026-11-01,compute,1,\nt,team,2026-11-01,compute,1,\ns,team,2026-11-01,compute,2,\n`;
    const report = await importText(db, { kind: 'charges' }, text);
    expect(report.problems).toEqual([
      { line: 2, reason: 'external_id "s" has different contents in this file, on lines 2 and 4' },
      { line: 4, reason: 'external_id "s" has different contents in this file, on lines 2 and 4' },
    ]);
    expect(await stateOf(db)).toBe(before);
  });

  it('for two users is bad, and for two names of one user is not', async () => {
    const [row] = await rowsOf<{ id: string }>(db, `select user_id as id from lora_accounts where alias = 'team'`);
    const two = `${HEADER}v,team,2026-11-01,compute,1,\nv,other,2026-11-01,compute,1,\n`;
    expect(await importText(db, { kind: 'charges' }, two)).toMatchObject({ outcome: 'refused', badLines: 2 });
    const one = `${HEADER}v,team,2026-11-01,compute,1,\nv,${row?.id},2026-11-01,compute,1,\n`;
    expect(await importText(db, { kind: 'charges' }, one)).toMatchObject({
      newLines: 1,
      unchangedLines: 1,
      badLines: 0,
    });
  });

  it('once as it was posted and once otherwise is bad on the line that differs', async () => {
    const text = `${HEADER}a,team,2026-11-01,compute,1.5,j\na,team,2026-11-01,compute,7,j\n`;
    const report = await importText(db, { kind: 'charges' }, text);
    expect(report.problems.map((problem) => problem.line)).toEqual([3]);
  });
});

describe('charges that no import made', () => {
  it('under the name of a line make that line bad, so that a posting never gets stuck', async () => {
    await db.admin.query(
      `insert into lora_cost_records (user_id, cost_type, amount, billing_period, recorded_at, source)
       select user_id, 'compute', 5, '2026-11-01', '2026-11-01', 'import:charges:foreign' from lora_accounts where alias = 'team'`,
    );
    const report = await importText(db, { kind: 'charges' }, `${HEADER}foreign,team,2026-11-01,compute,6,\n`);
    expect(report.problems[0]?.reason).toContain('the ledger holds charges of this id that no import made');
  });
});

describe('statistics of another time', () => {
  it('mislead nobody: many lines are checked fast, new and known ones', { timeout: 120_000 }, async () => {
    const text = HEADER + Array.from({ length: 20_000 }, (_, i) => `q${i},team,2026-11-01,compute,1,\n`).join('');
    await db.admin.query('analyze');
    for (const newLines of [20_000, 0]) {
      let [checking, after] = [0, 0];
      const report = await importText(db, { kind: 'charges', source: 'many' }, text, {
        onProgress: ({ phase }) => {
          if (phase === 'checking') checking = performance.now();
          else if (checking > 0) after ||= performance.now();
        },
      });
      const took = Math.round((after || performance.now()) - checking);
      console.log(`20,000 lines, ${newLines} of them new, checked in ${took} ms`);
      expect(report.newLines).toBe(newLines);
      expect(took).toBeLessThan(15_000);
      await db.admin.query('analyze');
    }
  });
});

describe('a dry run', () => {
  it('tells what an import would do and changes nothing', async () => {
    const before = await stateOf(db);
    const text = `${HEADER}dry1,nobody yet,2026-11-01,compute,1.25,\ndry2,team,2026-11-01,compute,2,\na,team,2026-11-01,compute,1.5,j\ndry2,team,2026-11-01,compute,2,\n`;
    const report = await importText(db, { kind: 'charges', dryRun: true, createUsers: true }, text);
    expect(report).toMatchObject({
      outcome: 'previewed',
      lines: 4,
      newLines: 2,
      unchangedLines: 2,
      madeAccounts: 1,
      charges: 2,
      sums: [{ currency: 'USD', costType: 'compute', amount: '3.2500000000' }],
    });
    expect(await stateOf(db)).toBe(before);
    expect(await rowsOf(db, `select from lora_imports where status <> 'done'`)).toEqual([]);
  });

  it('tells what is bad', async () => {
    const report = await importText(db, { kind: 'charges', dryRun: true }, `${HEADER}x,team,2026-11-01,compute,1e5,\n`);
    expect(report).toMatchObject({ outcome: 'refused', badLines: 1 });
  });
});
