import { TROUBLED_ZONES } from '@tests/calendar/intl-oracle';
import { createTestDatabase, type TestDatabase } from '@tests/support/database';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { daysBetween, hoursBetween, offsetRuns, weeksBetween } from '@/lib/calendar';

const utc = (text: string): number => Date.parse(`${text}Z`);
const START = utc('2010-01-01T00:00');
const END = utc('2020-01-01T00:00');

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase();
});

afterAll(async () => {
  await db.drop();
});

/** Quarter-hours of `[start, end)` per label, counted by Postgres with its own zone rules. */
async function countedByPostgres(
  zone: string,
  label: string,
  start: number,
  end: number,
): Promise<Map<string, number>> {
  const { rows } = await db.admin.query<{ label: string; n: number }>(
    `select ${label} as label, count(*)::int as n
     from generate_series($2::timestamptz, $3::timestamptz - interval '15 min', interval '15 min') q (at),
          lateral (select at at time zone $1 as local) l
     group by 1 order by 1`,
    [zone, new Date(start), new Date(end)],
  );
  return new Map(rows.map((row) => [row.label, row.n]));
}

const counted = (periods: readonly { date: string; start: number; end: number }[], start: number, end: number) =>
  new Map(periods.map((p) => [p.date, (Math.min(p.end, end) - Math.max(p.start, start)) / 900_000]));

describe('the zones of Postgres and ours', () => {
  test('have the same offset at 10,000 instants of twenty zones', async () => {
    const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
    const sample = fc.tuple(fc.constantFrom(...TROUBLED_ZONES), fc.integer({ min: START, max: END - 1 }));
    const cases = fc.sample(sample, { numRuns: 10_000, seed });
    const { rows } = await db.admin.query<{ seconds: number }>(
      `select extract(epoch from (at at time zone zone) - (at at time zone 'UTC'))::int as seconds
       from unnest($1::text[], $2::timestamptz[]) with ordinality c (zone, at, n) order by n`,
      [cases.map(([zone]) => zone), cases.map(([, at]) => new Date(at))],
    );
    const different = cases.flatMap(([zone, at], n) => {
      const offset = offsetRuns(zone, at, at + 1)[0]?.offset;
      return offset === (rows[n]?.seconds ?? Number.NaN) / 900
        ? []
        : [{ zone, at, offset, postgres: rows[n]?.seconds, seed }];
    });
    expect(rows).toHaveLength(10_000);
    expect(different).toEqual([]);
  });

  // St John's repeated the hour before midnight until 2011; a day that had begun keeps it here, see dayBounds.
  test.each([
    ['Europe/Berlin', '2023-12-30T00:00', '2025-01-02T00:00'],
    ['America/New_York', '2023-12-30T00:00', '2025-01-02T00:00'],
    ['Australia/Lord_Howe', '2023-12-30T00:00', '2025-01-02T00:00'],
    ['America/St_Johns', '2023-12-30T00:00', '2025-01-02T00:00'],
    ['Asia/Kathmandu', '2023-12-30T00:00', '2025-01-02T00:00'],
    ['Pacific/Apia', '2011-06-01T00:00', '2012-06-01T00:00'],
    ['America/Sao_Paulo', '2017-01-01T00:00', '2018-01-01T00:00'],
  ])('count the same quarter-hours per day, ISO week and clock hour in %s', async (zone, from, to) => {
    const [start, end] = [utc(from), utc(to)];
    const days = await countedByPostgres(zone, 'local::date::text', start, end);
    expect(counted(daysBetween(zone, start, end), start, end)).toEqual(days);
    const weeks = await countedByPostgres(zone, "date_trunc('week', local)::date::text", start, end);
    expect(counted(weeksBetween(zone, start, end), start, end)).toEqual(weeks);
    const offset = `to_char(local - (at at time zone 'UTC'), 'HH24:MI')`;
    const hours = await countedByPostgres(zone, `to_char(local, 'YYYY-MM-DD HH24') || ' ' || ${offset}`, start, end);
    const slots = hoursBetween(zone, start, end);
    expect(slots).toHaveLength(hours.size);
    expect([...counted(slots, start, end).values()].sort()).toEqual([...hours.values()].sort());
  });
});
