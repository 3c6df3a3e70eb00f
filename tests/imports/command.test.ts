import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { createTestDatabase } from '@tests/support/database';
import { afterAll, describe, expect, it } from 'vitest';
import { pipeline, ROOT, rowsOf, stateOf } from './support';

const db = await createTestDatabase();
const folder = mkdtempSync(path.join(os.tmpdir(), 'pipeline-imports-'));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await db.drop();
});

const HEADER = 'external_id,user,recorded_at,cost_type,amount\n';

function file(name: string, content: string | Uint8Array): string {
  const full = path.join(folder, name);
  writeFileSync(full, content);
  return full;
}

const json = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe('pipeline import', () => {
  it('reads a file and closes with a table', async () => {
    const name = file(
      'a.csv',
      `${HEADER.trim()},colour\na1,team,2026-11-01,compute,1234.5,red\na2,team,2026-11-02,storage,-0.25,\n`,
    );
    const { code, out, err } = await pipeline(db, ['import', 'charges', name, '--create-users']);
    expect({ code, err: err.split('\n').filter((line) => !/^(Reading|Checking|Posting)/.test(line)) }).toEqual({
      code: 0,
      err: [''],
    });
    expect(out).toMatch(/^Columns not used: colour\nImported\.\n/);
    for (const row of [/lines +2\n/, /new +2\n/, /bad +0\n/, /users +1 +1 made\n/, /charges +2\n/])
      expect(out).toMatch(row);
    expect(out).toMatch(/compute +1,234\.5000000000 +USD\n/);
    expect(out).toMatch(/storage +-0\.2500000000 +USD\n/);
    expect(out).toMatch(/\n\d+\.\d s, [\d,]+ lines\/s, peak memory \d+ MB\n$/);
  });

  it('says that the same file brought nothing new', async () => {
    const { code, out } = await pipeline(db, ['import', 'charges', path.join(folder, 'a.csv')]);
    expect(code).toBe(0);
    expect(out).toContain('Nothing new: the ledger holds these lines already.');
    expect(out).toMatch(/unchanged +2\n/);
  });

  it('reads gzip, whatever its name, and the standard input', async () => {
    const packed = gzipSync(`${HEADER}g1,team,2026-11-01,compute,1\n`);
    const first = await pipeline(db, ['import', 'charges', file('packed.data', packed), '--json']);
    expect(json(first.out)).toMatchObject({ outcome: 'posted', new: 1 });
    const second = await pipeline(db, ['import', 'charges', '-', '--json'], packed);
    expect(json(second.out)).toMatchObject({ outcome: 'posted', new: 0, unchanged: 1 });
    const lines = '{"external_id":"g2","user":"team","recorded_at":"2026-11-01","cost_type":"compute","amount":"2"}\n';
    const third = await pipeline(db, ['import', 'charges', '-', '--json'], lines);
    expect(json(third.out)).toMatchObject({
      outcome: 'posted',
      new: 1,
      sums: [{ currency: 'USD', cost_type: 'compute', amount: '2.0000000000' }],
    });
  });

  it('refuses a file with bad lines, shows the first twenty, counts all, and changes nothing', async () => {
    const before = await stateOf(db);
    const bad = Array.from({ length: 30 }, (_, i) => `b${i},team,2026-11-01,compute,NaN\n`).join('');
    const name = file('bad.csv', `${HEADER}b,team,2026-11-01,compute,1\n${bad}`);
    const { code, out } = await pipeline(db, ['import', 'charges', name]);
    expect(code).toBe(1);
    expect(out.match(/^line \d+: amount/gm)).toHaveLength(20);
    expect(out).toContain('… and 10 more bad lines');
    expect(out).toContain('Nothing was imported: 30 lines of 31 cannot be. Mend the file, or add --skip-bad.');
    expect(await stateOf(db)).toBe(before);
    const asJson = json((await pipeline(db, ['import', 'charges', name, '--json'])).out);
    expect(asJson).toMatchObject({ outcome: 'refused', bad: 30, new: 0 });
    expect(asJson.problems).toHaveLength(30);
  });

  it('imports the good lines of such a file where that is asked for', async () => {
    const { code, out } = await pipeline(db, [
      'import',
      'charges',
      path.join(folder, 'bad.csv'),
      '--skip-bad',
      '--json',
    ]);
    expect(code).toBe(0);
    expect(json(out)).toMatchObject({ outcome: 'posted', new: 1, bad: 30 });
  });

  it.each<[string, string[], RegExp, number]>([
    [
      'a file that is not there',
      ['charges', '/no/such/file.csv'],
      /^pipeline: There is no file \/no\/such\/file\.csv\.\n$/,
      1,
    ],
    ['a folder', ['charges', os.tmpdir()], /is a folder/, 1],
    ['a bucket that is none', ['usage', '-', '--bucket', 'week'], /Allowed choices are quarter, hour, day/, 2],
    ['a map without an equals sign', ['usage', '-', '--map', 'tenant'], /Write theirs=ours/, 2],
    ['a set without a column', ['usage', '-', '--set', '=5'], /Write column=value/, 2],
    ['an unknown column', ['charges', '-', '--set', 'units=5'], /"units" is no column of charges/, 1],
    ['a source with a colon', ['charges', '-', '--source', 'a:b'], /--source: it is 1 to 64 letters/, 1],
    ['an unknown kind', ['prices', '-'], /unknown command 'prices'|too many arguments/, 2],
  ])('answers %s with a sentence', async (_what, args, sentence, exit) => {
    const { code, err, out } = await pipeline(db, ['import', ...args], HEADER);
    expect(err).toMatch(sentence);
    expect(err).not.toMatch(/ at .*\(.*\.ts/);
    expect([code, out]).toEqual([exit, '']);
  });

  it('explains itself', async () => {
    const { code, out } = await pipeline(db, ['import', 'usage', '--help']);
    expect(code).toBe(0);
    for (const word of ['--map', '--set', '--bucket', '--create-users', '--skip-bad', '--dry-run', 'duration_s']) {
      expect(out).toContain(word);
    }
  });
});

describe('the examples', () => {
  it.each(['charges', 'usage'] as const)('%s.csv is imported for a new user by one command', async (kind) => {
    const email = `${kind}@example.test`;
    await db.createUser(email);
    const args = [
      'import',
      kind,
      path.join(ROOT, `examples/${kind}.csv`),
      '--source',
      `example-${kind}`,
      '--set',
      `user=${email}`,
      '--json',
    ];
    const { code, out } = await pipeline(db, args);
    const report = json(out) as { new: number; bad: number; ignored_columns: string[]; sums: unknown[] };
    expect(code).toBe(0);
    expect(report).toMatchObject({ bad: 0, ignored_columns: [] });
    expect(report.new).toBeGreaterThan(100);
    const types = await rowsOf(db, 'select distinct cost_type from lora_cost_records where source like $1', [
      `import:example-${kind}:%`,
    ]);
    expect(types.length).toBeGreaterThanOrEqual(kind === 'charges' ? 5 : 1);
  });
});
