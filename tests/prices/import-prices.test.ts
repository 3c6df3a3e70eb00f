import { gzipSync } from 'node:zlib';
import { inPieces, pipeline } from '@tests/imports/support';
import { type ManualClock, manualClock, systemCtx } from '@tests/ledger/support';
import { createTestDatabase, type TestDatabase } from '@tests/support/database';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { importPrices } from '@/domain/imports/import-prices';

const HEADER =
  'provider,sku,gpu_type,gpu_memory_gb,gpu_count,region,purchase_option,unit,unit_price,currency,increment_ms,minimum_ms,billed_phases,valid_from,origin,observed_on';

let db: TestDatabase;
let clock: ManualClock;
let serial = 0;

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());
beforeEach(() => {
  clock = manualClock('2026-06-15T12:00:00Z');
  serial += 1;
});

const line = (sku: string, price: string, more = '') =>
  `acme,${sku}-${serial},H100,80,8,eu,on_demand,hour,${price},USD,1000,60000,training|setup,${more},"a page, of theirs",2026-06-01`;
const file = (...lines: string[]) => [HEADER, ...lines].join('\n');
const bring = (content: string | Uint8Array) => importPrices(systemCtx(db, clock), inPieces(content));

const everyPrice = async () =>
  (await db.admin.query('select to_jsonb(p) as row from lora_prices p order by id')).rows.map(({ row }) => row);

describe('a file of prices', () => {
  test('is set as a whole, and setting it again changes nothing', async () => {
    const content = file(line('a', '16'), line('a', '12', '2026-07-01'), line('b', '2.50'), '');
    expect(await bring(content)).toEqual({ lines: 3, added: 3, unchanged: 0, badLines: 0, problems: [] });
    const before = await everyPrice();
    expect(
      before
        .filter(({ sku }) => sku === `a-${serial}`)
        .map(({ version, unit_price, valid_to }) => [version, unit_price, valid_to]),
    ).toEqual(
      expect.arrayContaining([
        [1, 16, '2026-07-01T00:00:00+00:00'],
        [2, 12, null],
      ]),
    );
    expect(before.find(({ sku }) => sku === `b-${serial}`)).toMatchObject({
      gpu_count: 8,
      increment_ms: 1_000,
      minimum_ms: 60_000,
      billed_phases: ['setup', 'training'],
      origin: 'a page, of theirs',
    });
    clock.set('2026-06-20T00:00:00Z');
    expect(await bring(gzipSync(content))).toMatchObject({ added: 0, unchanged: 3 });
    expect(await everyPrice()).toEqual(before);
  });

  test('with a bad line sets none, and names every bad line and field', async () => {
    const before = await everyPrice();
    const content = file(
      line('a', '16'),
      line('b', 'much'),
      line('c', '1').replace('hour', 'week'),
      'too,few',
      line('d', '-1'),
    );
    expect(await bring(content)).toEqual({
      lines: 5,
      added: 0,
      unchanged: 0,
      badLines: 4,
      problems: [
        { line: 3, reason: expect.stringContaining('unit_price') },
        { line: 4, reason: expect.stringContaining('unit: write one of') },
        { line: 5, reason: expect.stringContaining('2 values') },
        { line: 6, reason: expect.stringContaining('unit_price') },
      ],
    });
    expect(await everyPrice()).toEqual(before);
  });

  test('that contradicts a later version sets none', async () => {
    await bring(file(line('a', '16', '2026-07-01')));
    const before = await everyPrice();
    const report = await bring(file(line('b', '1'), line('a', '15', '2026-06-01'), line('a', '14', '2026-05-01')));
    expect(report).toMatchObject({ lines: 3, added: 0, unchanged: 0, badLines: 2 });
    expect(report.problems).toMatchObject([
      { line: 3, reason: expect.stringContaining('only added after') },
      { line: 4 },
    ]);
    expect(await everyPrice()).toEqual(before);
  });

  test('shows the first hundred of many bad lines', async () => {
    const report = await bring(file(...Array.from({ length: 250 }, (_, n) => line(`s${n}`, 'x'))));
    expect([report.badLines, report.problems.length, report.problems[0]?.line, report.problems.at(-1)?.line]).toEqual([
      ...[250, 100],
      ...[2, 101],
    ]);
  });

  test.each([
    ['nothing', '', 'empty'],
    ['no column of prices', 'provider,sku\nacme,x', 'lacks the column unit, unit_price, origin, observed_on'],
    ['a column that nobody knows', `${HEADER},colour\n`, '"colour"'],
    ['a column twice', `${HEADER},sku\n`, 'sku twice'],
    ['a spreadsheet', 'PK\u0003\u0004', 'zip archive'],
  ])('with %s is refused as a whole', async (_, content, reason) => {
    await expect(bring(content)).rejects.toMatchObject({ code: 'bad_input', details: expect.stringContaining(reason) });
  });
});

describe('the command', () => {
  test('imports, sets and lists', async () => {
    const imported = await pipeline(db, ['prices', 'import', '-', '--json'], file(line('cli', '16')));
    expect([imported.code, JSON.parse(imported.out)]).toEqual([
      0,
      { lines: 1, added: 1, unchanged: 0, bad: 0, problems: [] },
    ]);
    const sku = `cli-${serial}`;
    const set = await pipeline(db, ['prices', 'set', 'acme', sku, '--unit-price', '12.5', '--json']);
    expect([set.code, JSON.parse(set.out)]).toMatchObject([
      0,
      { outcome: 'added', price: { sku, version: 2, unit_price: '12.5', gpu_count: 8 } },
    ]);
    const again = await pipeline(db, ['prices', 'set', 'acme', sku, '--unit-price', '12.50']);
    expect([again.code, again.out]).toEqual([0, expect.stringContaining('Unchanged')]);
    const listed = await pipeline(db, ['prices', 'list', '--provider', 'acme', '--json', '--all']);
    expect(JSON.parse(listed.out).filter((price: { sku: string }) => price.sku === sku)).toHaveLength(2);
    const table = await pipeline(db, ['prices', 'list', '--gpu', 'cpu']);
    expect(table.out).toMatch(/local +this-machine +1 × cpu +any +owned +0\.1 USD\/hour +1/);
  }, 60_000);

  test('refuses with a sentence and a code of its own', async () => {
    const bad = await pipeline(db, ['prices', 'import', '-'], file(line('x', 'much')));
    expect([bad.code, bad.out]).toEqual([1, expect.stringMatching(/line 2: unit_price: .*Nothing was changed/s)]);
    const missing = await pipeline(db, ['prices', 'set', 'acme', `none-${serial}`, '--unit-price', '1']);
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('unit: write one of')]);
    const none = await pipeline(db, ['estimates']);
    expect([none.code, none.out]).toEqual([0, 'No job with an estimate has ended yet.\n']);
  }, 60_000);
});
