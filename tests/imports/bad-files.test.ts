import { gzipSync } from 'node:zlib';
import { createTestDatabase } from '@tests/support/database';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ImportRequest } from '@/domain/imports/schema';
import { importText, rowsOf, stateOf } from './support';

const db = await createTestDatabase();
afterAll(() => db.drop());

const HEADER = 'external_id,user,recorded_at,cost_type,amount\n';
const GOOD = 'ok,team,2026-11-01,compute,1\n';

beforeAll(() => importText(db, { kind: 'charges', createUsers: true }, `${HEADER}first,team,2026-11-01,compute,1\n`));

let before = '';
beforeEach(async () => {
  before = await stateOf(db);
});
afterEach(async () => {
  expect(await stateOf(db)).toBe(before);
  expect(await rowsOf(db, `select from lora_imports where status <> 'done'`)).toEqual([]);
});

const importCharges = (content: string | Uint8Array, more: Partial<ImportRequest> = {}) =>
  importText(db, { kind: 'charges', ...more }, content);

/** Gzip whose checksum is wrong. */
function damaged(packed: Buffer): Buffer {
  packed.writeUInt32LE((packed.readUInt32LE(packed.length - 8) ^ 1) >>> 0, packed.length - 8);
  return packed;
}

describe('a file that cannot be read as a whole is refused with a sentence', () => {
  it.each<[string, string | Uint8Array, Partial<ImportRequest>, string]>([
    ['empty', '', {}, 'The file is empty'],
    ['blank', '\n  \r\n\n', {}, 'The file is empty'],
    ['not UTF-8', Buffer.concat([Buffer.from(HEADER), Buffer.from([0x61, 0xff, 0xfe, 0x0a])]), {}, 'not UTF-8'],
    [
      'cut off within a character',
      Buffer.concat([Buffer.from(HEADER + GOOD), Buffer.from([0xe2, 0x82])]),
      {},
      'not UTF-8',
    ],
    ['UTF-16', Buffer.from(`\ufeff${HEADER}`, 'utf16le'), {}, 'UTF-16'],
    ['a zip archive', Buffer.from([0x50, 0x4b, 0x03, 0x04, 1, 2, 3]), {}, 'a zip archive'],
    ['gzip that was cut off', gzipSync(HEADER + GOOD.repeat(50)).subarray(0, 60), {}, 'was cut off'],
    ['gzip that is damaged', damaged(gzipSync(HEADER + GOOD.repeat(50))), {}, 'is damaged'],
    ['one JSON list', '[{"external_id":"a"}]', {}, 'one object per line'],
    ['separated by semicolons', 'external_id;user;recorded_at\na;b;c\n', {}, 'separated by commas'],
    ['without a needed column', 'external_id,user,recorded_at,cost_type\na,b,c,d\n', {}, 'no column amount'],
    ['with a used column twice', 'external_id,user,recorded_at,cost_type,amount,user\n', {}, 'the column "user" twice'],
    [
      'with a quote that never ends',
      `${HEADER}${GOOD}"open,team\n${GOOD.repeat(3)}`,
      { skipBad: true },
      'Line 3 opens a quote',
    ],
    [
      'with a quote open for a megabyte',
      `${HEADER}"${`${'x'.repeat(1000)}\n`.repeat(1100)}`,
      {},
      'Line 2 opens a quote',
    ],
    ['of another kind', HEADER, { kind: 'usage' }, 'no column started_at'],
    [
      'with a mapped name that no line has',
      '{"external_id":"a"}\n',
      { map: [['tenant', 'user']] },
      'no line of the file has the name "tenant"',
    ],
  ])('%s', async (_what, content, more, sentence) => {
    await expect(importCharges(content, more)).rejects.toMatchObject({
      code: 'bad_input',
      details: expect.stringContaining(sentence),
    });
  });

  it.each<[Partial<ImportRequest>, string]>([
    [{ source: 'a:b' }, '--source'],
    [{ source: '' }, '--source'],
    [{ source: 'x'.repeat(65) }, '--source'],
    [{ bucket: 'week' as 'day' }, '--bucket'],
    [{ map: [['a', 'colour']] }, 'no column of charges'],
    [{ set: [['amount', '1e5']] }, 'not a plain decimal'],
  ])('asked for with %j', async (more, sentence) => {
    await expect(importCharges(HEADER + GOOD, more)).rejects.toMatchObject({
      code: 'bad_input',
      details: expect.stringContaining(sentence),
    });
  });
});

describe('bad lines', () => {
  it('are named by their number in the file, whatever stands before them', async () => {
    const text = `\ufeff${HEADER}\n${GOOD}"quoted\nid",team,2026-11-01,compute,1\n\nx,team,2026-11-01,compute\ny,team,2026-11-01,compute,2,3\nz,5" disk,2026-11-01,compute,1\n`;
    const report = await importCharges(text);
    expect(report.problems).toEqual([
      { line: 4, reason: expect.stringContaining('control character') },
      { line: 7, reason: 'it has 4 values, the first line names 5 columns' },
      { line: 8, reason: 'it has 6 values, the first line names 5 columns' },
      { line: 9, reason: expect.stringContaining('a quote stands inside the 2nd value') },
    ]);
  });

  it('of ten megabytes are refused without being kept', async () => {
    const csv = `${HEADER}${'x'.repeat(10 * 2 ** 20)},team,2026-11-01,compute,1\nbad,team,2026-11-01,compute,z\n`;
    expect((await importCharges(csv)).problems).toEqual([
      { line: 2, reason: 'the line is longer than a megabyte' },
      { line: 3, reason: expect.stringContaining('amount') },
    ]);
    const json = `{"external_id":"${'x'.repeat(10 * 2 ** 20)}"}\n{"external_id":"bad"}\n`;
    const report = await importCharges(json);
    expect(report.problems.map(({ line, reason }) => [line, reason.slice(0, 30)])).toEqual([
      [1, 'the line is longer than a mega'],
      [2, 'user is missing; recorded_at i'],
    ]);
  });

  it('of JSON Lines are named too', async () => {
    const line = (amount: string) =>
      `{"external_id":"e","user":"team","recorded_at":"2026-11-01","cost_type":"c","amount":${amount}}`;
    const text = [
      line('1e5'),
      line('12345678901234567890'),
      line('true'),
      line('{}'),
      '{"a":1,"a":2}',
      'nonsense',
      '5',
      line('null'),
    ];
    const report = await importCharges(text.join('\n'));
    expect(report.badLines).toBe(8);
    expect(report.problems.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      expect.stringContaining('1 amount: "1e5" is not a plain decimal'),
      expect.stringContaining('2 amount: "12345678901234567890" is too large'),
      expect.stringContaining('3 amount: it is neither a text nor a number'),
      expect.stringContaining('4 amount: it is neither a text nor a number'),
      expect.stringContaining('5 the name "a" is given twice'),
      expect.stringContaining('6 this is not JSON'),
      expect.stringContaining('7 the line is no JSON object'),
      expect.stringContaining('8 amount is missing'),
    ]);
  });

  it('are all counted, and the first thousand are given in order', async () => {
    const lines = Array.from({ length: 2_500 }, (_, i) =>
      i % 5 === 0 ? `n${i},ghost,2026-11-01,c,1\n` : `n${i},team,2026-11-01,c,x\n`,
    );
    const report = await importCharges(HEADER + lines.join(''));
    expect(report.badLines).toBe(2_500);
    expect(report.problems.map((problem) => problem.line)).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 2));
    expect(report.problems[0]?.reason).toContain('no account "ghost"');
  });

  it('never end in anything but a report or a sentence, whatever bytes come', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        HEADER,
        GOOD,
        '"',
        ',',
        '\n',
        '\r\n',
        '{"external_id":"a"',
        '}',
        '\u0000',
        '\ufeff',
        '[',
        '2026-11-01',
        '1e9',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    const bytes = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.from(`${HEADER}bad\n${pieces.join('')}`)),
      fc.uint8Array({ maxLength: 60 }).map((tail) => Buffer.concat([Buffer.from(`${HEADER}bad\n`), tail])),
      fc.uint8Array({ maxLength: 60 }).map((all) => Buffer.from(all)),
    );
    const outcomes = { refused: 0, sentence: 0, posted: 0 };
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        const outcome = await importCharges(content).then(
          (report) => report.outcome,
          (error) => {
            expect(error).toMatchObject({ code: 'bad_input' });
            return 'sentence';
          },
        );
        outcomes[outcome as keyof typeof outcomes]++;
      }),
      { numRuns: 150 },
    );
    console.log(`150 strange files: ${JSON.stringify(outcomes)}`);
    expect(outcomes.posted).toBe(0);
    expect(outcomes.refused).toBeGreaterThan(20);
  });
});
