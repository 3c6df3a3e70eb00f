import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { createTestDatabase, type TestDatabase } from '@tests/support/database';
import { startTestServer, type TestServer } from '@tests/support/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dollars, type GpuSeconds, gpuSecondsOf, rounded } from './philly-oracle';
import { dataFile, pipeline, rowsOf, stateOf, whyWithout } from './support';

const FILE = dataFile('philly_jobs/philly_jobs.csv.gz');
const missing = whyWithout('philly_jobs/philly_jobs.csv.gz');
if (missing) console.warn(`tests/imports/philly.test.ts ${missing}`);

interface Figures {
  jobs: number;
  'usd_at_1.89': string;
  'usd_at_1.99': string;
}
interface Reference {
  job_day_records: number;
  total: Record<'1.89' | '1.99', { usd_6dp: string }>;
  by_tenant: Record<string, Figures>;
  by_usage_month_utc: Record<string, Figures>;
  by_usage_day_utc: Record<string, Figures>;
}

const command = (price: string, file = FILE) => [
  ...['import', 'usage', file, '--map', 'tenant=user', '--map', 'job_id=external_id', '--map', 'gpus=units'],
  ...['--set', `unit_price=${price}`, '--bucket', 'day', '--create-users', '--json'],
];

interface Result {
  seconds: number;
  lines_per_second: number;
  peak_memory_bytes: number;
}

/** A process that kept what it has read would not get through with it. */
const SMALL_HEAP = { nodeOptions: '--max-old-space-size=96 --max-semi-space-size=4' };

async function run(db: TestDatabase, args: string[], options = {}, stdin = ''): Promise<Result> {
  const { code, out, err } = await pipeline(db, args, stdin, options);
  expect({ code, err: err.split('\n').filter((line) => /error/i.test(line)) }).toEqual({ code: 0, err: [] });
  return JSON.parse(out) as Result;
}

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);

/** Sums that the ledger gives for an expression over the records, by key. */
async function sums(db: TestDatabase, key: string): Promise<Record<string, string>> {
  const rows = await rowsOf<{ key: string; sum: string }>(
    db,
    `select ${key} as key, sum(r.amount)::text as sum
     from lora_cost_records r join lora_accounts a using (user_id) group by 1 order by 1`,
  );
  return Object.fromEntries(rows.map((row) => [row.key, row.sum]));
}

const DAY = `to_char(r.recorded_at at time zone 'utc', 'YYYY-MM-DD')`;
const MONTH = `to_char(r.recorded_at at time zone 'utc', 'YYYY-MM')`;

const sixDecimals = (exact: Record<string, string>) =>
  Object.fromEntries(Object.entries(exact).map(([key, sum]) => [key, rounded(sum, 6)]));

const figures = (group: Record<string, Figures>, price: '1.89' | '1.99') =>
  Object.fromEntries(Object.entries(group).map(([key, figure]) => [key, figure[`usd_at_${price}`]]));

describe.skipIf(missing !== null)('82,247 jobs of Philly, imported by the command of the manual', () => {
  let reference: Reference;
  let oracle: GpuSeconds;
  beforeAll(() => {
    reference = JSON.parse(readFileSync(dataFile('philly_jobs/reference_totals.json'), 'utf8')) as Reference;
    oracle = gpuSecondsOf(FILE);
  });

  describe('at 1.89', () => {
    let db: TestDatabase;
    let result: Result;
    beforeAll(async () => {
      db = await createTestDatabase();
      result = await run(db, command('1.89'));
    }, 300_000);
    afterAll(() => db.drop());

    it('brings every job and every job-day', () => {
      const { seconds, lines_per_second, peak_memory_bytes } = result;
      console.log(
        `${seconds.toFixed(1)} s, ${lines_per_second} lines/s, peak memory ${megabytes(peak_memory_bytes)} MB`,
      );
      expect(result).toMatchObject({
        outcome: 'posted',
        lines: 82_247,
        new: 82_247,
        bad: 0,
        users: 15,
        users_made: 15,
        jobs_made: 0,
        charges: reference.job_day_records,
        sums: [{ currency: 'USD', cost_type: 'compute', amount: `${reference.total['1.89'].usd_6dp}0000` }],
      });
    });

    it('is exact by tenant, by day and by month', async () => {
      const exactly = (group: Record<string, string>) =>
        Object.fromEntries(Object.entries(group).map(([key, usd]) => [key, `${usd}0000`]));
      expect(await sums(db, 'a.alias')).toEqual(exactly(figures(reference.by_tenant, '1.89')));
      expect(await sums(db, DAY)).toEqual(exactly(figures(reference.by_usage_day_utc, '1.89')));
      expect(await sums(db, MONTH)).toEqual(exactly(figures(reference.by_usage_month_utc, '1.89')));
    });

    it('is exact by tenant and day, in the records and in the roll-up', async () => {
      const expected: Record<string, string> = {};
      for (const [tenant, days] of oracle) {
        for (const [day, gpuSeconds] of days) expected[`${tenant} ${day}`] = dollars(gpuSeconds, 189n, 10);
      }
      expect(await sums(db, `a.alias || ' ' || ${DAY}`)).toEqual(expected);
      const rolledUp = await rowsOf<{ key: string; amount: string }>(
        db,
        `select a.alias || ' ' || day as key, amount::text from lora_cost_days join lora_accounts a using (user_id) where off = 0`,
      );
      expect(Object.fromEntries(rolledUp.map((row) => [row.key, row.amount]))).toEqual(expected);
    });

    it('is exact through the API, for each account', { timeout: 60_000 }, async () => {
      const server = await startTestServer({ db });
      try {
        for (const [tenant, figure] of Object.entries(reference.by_tenant)) {
          const headers = { authorization: await bearerOf(server, tenant) };
          const query = 'start_date=2017-09-01&end_date=2017-12-31&limit=0';
          const { status, body } = await server.json<{ data: Answer }>(`/api/costs?${query}`, { headers });
          expect(status).toBe(200);
          expect(body.data.total_cost_exact).toBe(`${figure['usd_at_1.89']}0000`);
          expect(body.data.cost_by_type_exact).toEqual({ compute: `${figure['usd_at_1.89']}0000` });
          const days = [...(oracle.get(tenant) ?? [])].map(([day, gpuSeconds]) => [day, dollars(gpuSeconds, 189n, 10)]);
          expect(body.data.chart_data.map((entry) => [entry.date, entry.amount_exact])).toEqual(days.sort());
        }
      } finally {
        await server.close();
      }
    });

    it('a second time changes nothing', { timeout: 120_000 }, async () => {
      const before = await stateOf(db);
      const again = await run(db, command('1.89'));
      expect(again).toMatchObject({ outcome: 'posted', new: 0, unchanged: 82_247, charges: 0, users_made: 0 });
      expect(await stateOf(db)).toBe(before);
      console.log(`again: ${again.seconds.toFixed(1)} s, ${again.lines_per_second} lines/s`);
    });
  });

  describe('at 1.99, on a fresh database, with little memory', () => {
    let db: TestDatabase;
    let result: Result;
    beforeAll(async () => {
      db = await createTestDatabase();
      result = await run(db, command('1.99'), SMALL_HEAP);
    }, 400_000);
    afterAll(() => db.drop());

    it('is exact after rounding to six places', async () => {
      expect(result).toMatchObject({ new: 82_247, charges: reference.job_day_records });
      expect(sixDecimals(await sums(db, `'total'`))).toEqual({ total: reference.total['1.99'].usd_6dp });
      expect(sixDecimals(await sums(db, 'a.alias'))).toEqual(figures(reference.by_tenant, '1.99'));
      expect(sixDecimals(await sums(db, DAY))).toEqual(figures(reference.by_usage_day_utc, '1.99'));
      expect(sixDecimals(await sums(db, MONTH))).toEqual(figures(reference.by_usage_month_utc, '1.99'));
    });

    it('takes about the memory that a fifth of the file takes', { timeout: 120_000 }, async () => {
      const lines = gunzipSync(readFileSync(FILE)).toString('utf8').split('\n');
      const fifth = `${lines.slice(0, 1 + Math.round(82_247 / 5)).join('\n')}\n`;
      const small = await run(db, [...command('1.99', '-'), '--source', 'fifth'], SMALL_HEAP, fifth);
      const [one, five] = [small.peak_memory_bytes, result.peak_memory_bytes];
      console.log(`peak memory: ${megabytes(one)} MB for a fifth of the file, ${megabytes(five)} MB for all of it`);
      expect(five).toBeLessThan(one + 80 * 2 ** 20);
    });
  });
});

/** The credential that `pipeline token ALIAS` gives out. */
async function bearerOf(server: TestServer, alias: string): Promise<string> {
  const accounts = server.identity.embedded?.accounts;
  if (!accounts) throw new Error('this installation does not sign people in itself');
  const session = await accounts.openSession(await accounts.find(alias));
  return `Bearer ${session.access_token}`;
}

interface Answer {
  total_cost_exact: string;
  cost_by_type_exact: Record<string, string>;
  chart_data: { date: string; amount_exact: string }[];
}
