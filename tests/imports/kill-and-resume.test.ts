import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase } from '@tests/support/database';
import { afterAll, describe, expect, it } from 'vitest';
import { listUnfinishedImports } from '@/domain/imports/list-unfinished-imports';
import { contextOf, importText, pipeline, rowsOf, startPipeline, stateOf } from './support';

const db = await createTestDatabase();
afterAll(() => db.drop());

const LINES = 6_000;
const HEADER = 'external_id,user,started_at,duration_s,units,unit_price,job\n';
/** Every line takes 45 minutes at 1.2 an hour: 0.90, in three charges. */
const FILE =
  HEADER +
  Array.from({ length: LINES }, (_, i) => {
    const start = new Date(Date.UTC(2026, 9, 1 + (i % 28), i % 23)).toISOString();
    return `k${i},team-${i % 7},${start},2700,1,1.2,job-${i % 50}\n`;
  }).join('');
const EXACT = '5400.0000000000';

const sumOf = async (source: string) => {
  const [row] = await rowsOf<{ sum: string; charges: number; half: number; items: number }>(
    db,
    `select (select sum(amount)::text from lora_cost_records where source like 'import:' || $1 || ':%') as sum,
       (select count(*)::int from lora_cost_records where source like 'import:' || $1 || ':%') as charges,
       (select count(*)::int from (select from lora_cost_records where source like 'import:' || $1 || ':%'
          group by source having sum(amount) <> 0.9) x) as half,
       (select count(*)::int from lora_import_items where source = $1) as items`,
    [source],
  );
  if (!row) throw new Error('no row');
  return row;
};

const args = (source: string) => ['import', 'usage', '-', '--source', source, '--create-users', '--json'];

/** Starts the command and kills it with SIGKILL as soon as the database shows what is waited for. */
async function killWhen(source: string, condition: string): Promise<void> {
  const { child, ended } = startPipeline(db, args(source), FILE);
  for (;;) {
    const [row] = await rowsOf<{ now: boolean }>(
      db,
      `select exists (select from lora_imports i where source = $1 and ${condition}) as now`,
      [source],
    );
    if (row?.now) break;
    if (child.exitCode !== null) throw new Error(`it ended by itself: ${JSON.stringify(await ended)}`);
    await sleep(3);
  }
  child.kill('SIGKILL');
  expect((await ended).signal).toBe('SIGKILL');
}

/** The server notices a killed client when it next speaks to it. */
async function untilAbandoned(source: string) {
  for (let tries = 0; tries < 200; tries++) {
    const [found] = (await listUnfinishedImports(contextOf(db))).filter((one) => one.source === source);
    if (!found?.running) return found;
    await sleep(25);
  }
  throw new Error('the killed import still holds its lock');
}

describe('an import that is killed while it posts', () => {
  it('is shown, is finished by the same command, and loses or doubles nothing', { timeout: 120_000 }, async () => {
    const found: number[] = [];
    for (const part of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      await killWhen('kill', `status = 'posting' and posted_through >= ${Math.round(LINES * part)}`);
      const { items, half, charges } = await sumOf('kill');
      expect([half, charges]).toEqual([0, items * 3]);
      expect(items).toBeGreaterThan(0);
      expect(await untilAbandoned('kill')).toMatchObject({
        kind: 'usage',
        newLines: LINES,
        postedLines: items,
        running: false,
      });
      found.push(items);
    }
    expect((await pipeline(db, ['doctor'])).out).toMatch(/imports .*standard input \(source kill\)/);
    const { code, out } = await pipeline(db, args('kill'), FILE);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'posted',
      resumed: true,
      lines: LINES,
      new: LINES,
      unchanged: 0,
      users: 7,
      users_made: 7,
      jobs_made: 350,
      charges: LINES * 3,
      sums: [{ currency: 'USD', cost_type: 'compute', amount: EXACT }],
    });
    expect(await sumOf('kill')).toEqual({ sum: EXACT, charges: LINES * 3, half: 0, items: LINES });
    expect(await listUnfinishedImports(contextOf(db))).toEqual([]);
    console.log(`5 × SIGKILL while posting ${LINES} lines; posted when killed: ${found.join(', ')}; the sum is exact`);
    const before = await stateOf(db);
    const again = JSON.parse((await pipeline(db, args('kill'), FILE)).out);
    expect(again).toMatchObject({ resumed: false, new: 0, unchanged: LINES });
    expect(await stateOf(db)).toBe(before);
  });

  it('is finished first when another file of its source comes', { timeout: 60_000 }, async () => {
    await killWhen('other', `status = 'posting' and posted_through >= 1500`);
    const report = await importText(
      db,
      { kind: 'usage', source: 'other' },
      `${HEADER}new,team-1,2026-11-01T00:00:00Z,2700,1,1.2,\nk5,team-5,2026-10-06T05:00:00Z,2700,1,1.2,job-5\n`,
    );
    expect(report).toMatchObject({ finishedBefore: 'standard input', resumed: false, newLines: 1, unchangedLines: 1 });
    expect(await sumOf('other')).toMatchObject({ sum: '5400.9000000000', items: LINES + 1, half: 0 });
  });
});

const stagedLines = (source: string) =>
  rowsOf(db, 'select l.line_no from lora_import_lines l join lora_imports i on i.id = import_id where source = $1', [
    source,
  ]);

describe('an import that is killed before it posts', () => {
  it('leaves nothing in the ledger, and the next one clears what it staged', { timeout: 60_000 }, async () => {
    await killWhen('early', `status = 'staging' and exists (select from lora_import_lines l where l.import_id = i.id)`);
    expect(await sumOf('early')).toMatchObject({ charges: 0, items: 0 });
    expect(await untilAbandoned('early')).toBeUndefined();
    expect((await stagedLines('early')).length).toBeGreaterThan(0);
    await importText(db, { kind: 'usage', source: 'early' }, `${HEADER}a,team-1,2026-11-01T00:00:00Z,2700,1,1.2,\n`);
    expect(await stagedLines('early')).toEqual([]);
    expect(await sumOf('early')).toMatchObject({ charges: 3, items: 1 });
  });
});

describe('an import that is stopped by Ctrl-C', () => {
  it('while it posts says so, and is finished by the same command', { timeout: 60_000 }, async () => {
    const running = startPipeline(db, args('stop'), FILE);
    for (let tries = 0; !running.err().includes('Posting') && tries < 4_000; tries++) await sleep(5);
    running.child.kill('SIGINT');
    const { code, err } = await running.ended;
    expect(code).toBe(130);
    expect(err).toContain('Some lines are posted already. The same command posts the rest.');
    expect(JSON.parse((await pipeline(db, args('stop'), FILE)).out)).toMatchObject({ resumed: true, new: LINES });
    expect(await sumOf('stop')).toMatchObject({ sum: EXACT, half: 0 });
  });

  it('while it reads leaves nothing behind, also where no more input comes', { timeout: 60_000 }, async () => {
    const running = startPipeline(db, args('read'), FILE, { keepOpen: true });
    for (let tries = 0; !running.err().includes('Reading') && tries < 4_000; tries++) await sleep(5);
    running.child.kill('SIGINT');
    const { code, err } = await running.ended;
    expect(code).toBe(130);
    expect(err).toContain('Stopped.');
    expect(await stagedLines('read')).toEqual([]);
    expect(await sumOf('read')).toMatchObject({ charges: 0, items: 0 });
  });
});
