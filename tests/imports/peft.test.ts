import { readFileSync } from 'node:fs';
import { createTestDatabase } from '@tests/support/database';
import { parse } from 'csv-parse/sync';
import { afterAll, describe, expect, it } from 'vitest';
import { dataFile, pipeline, rowsOf, whyWithout } from './support';

const FILE = dataFile('peft_runs/peft_runs.csv');
const missing = whyWithout('peft_runs/peft_runs.csv');
if (missing) console.warn(`tests/imports/peft.test.ts ${missing}`);

const db = await createTestDatabase();
afterAll(() => db.drop());

/** `ms × 1.09 / 3,600,000` in 10⁻¹⁰, rounded half away from zero: an oracle of whole numbers. */
const costOf = (ms: bigint): bigint => (2n * ms * 109n * 10n ** 8n + 3_600_000n) / (2n * 3_600_000n);

/** Seconds in decimal text as milliseconds, half up, without a double in between. */
function milliseconds(seconds: string): bigint {
  const [whole = '0', fraction = ''] = seconds.split('.');
  const digits = BigInt(whole + fraction.padEnd(4, '0'));
  const size = 10n ** BigInt(Math.max(fraction.length, 4) - 3);
  return (2n * digits + size) / (2n * size);
}

const args = [
  ...['import', 'usage', FILE, '--map', 'run_id=external_id', '--map', 'created_at=started_at'],
  ...['--map', 'total_time_s=duration_s', '--map', 'experiment_name=job', '--set', 'user=peft@example.test'],
  ...['--set', 'units=1', '--set', 'unit_price=1.09', '--create-users', '--json'],
];

describe.skipIf(missing !== null)('216 runs of PEFT at 1.09 an hour', () => {
  it.each(['quarter', 'hour', 'day'])('cost 135.2924795084, cut by the %s', async (bucket) => {
    const { code, out } = await pipeline(db, [...args, '--bucket', bucket, '--source', `peft-${bucket}`]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      new: 216,
      bad: 0,
      sums: [{ currency: 'USD', cost_type: 'compute', amount: '135.2924795084' }],
    });
  });

  it('cost, each of them, what whole numbers say', async () => {
    const runs: { run_id: string; total_time_s: string }[] = parse(readFileSync(FILE), { columns: true });
    const expected = new Map(runs.map((run) => [run.run_id, costOf(milliseconds(run.total_time_s))]));
    const rows = await rowsOf<{ id: string; sum: string }>(
      db,
      `select split_part(source, ':', 3) as id, (sum(amount) * 10000000000)::bigint::text as sum
       from lora_cost_records where source like 'import:peft-quarter:%' group by 1`,
    );
    expect(new Map(rows.map((row) => [row.id, BigInt(row.sum)]))).toEqual(expected);
    expect([...expected.values()].reduce((sum, cost) => sum + cost)).toBe(1_352_924_795_084n);
  });
});
