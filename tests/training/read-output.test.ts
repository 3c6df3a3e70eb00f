import { createTestDatabase } from '@tests/support/database';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '@/db/session';
import { logsQuery } from '@/domain/training/job-requests';
import { readLogs } from '@/domain/training/read-logs';
import { readMetrics } from '@/domain/training/read-metrics';
import type { LogLine } from '@/domain/training/schema';
import { manualClock, userCtx } from '../ledger/support';
import { NOW } from './people';
import { addJob, addPrice } from './support';

const db = await createTestDatabase();
const clock = manualClock(NOW);
let anna: Caller;
let berta: Caller;
let id: string;
let other: string;

beforeAll(async () => {
  [anna, berta] = [await db.createUser(), await db.createUser()];
  const priceId = await addPrice(db);
  id = await addJob(db, anna, { priceId });
  other = await addJob(db, anna, { priceId });
  await db.admin.query(
    `insert into lora_metrics_points (user_id, job_id, attempt, step, metrics)
     select $1::uuid, $2::uuid, 1, i, jsonb_build_object('loss', case i when 777 then 99 else 5 - i * 0.001 end, 'epoch', i / 1000.0)
     from generate_series(0, 1199) i
     union all
     select $1::uuid, $2::uuid, 2, i, jsonb_build_object('loss', 1) from generate_series(1000, 1099) i
     union all
     select $1::uuid, $3::uuid, 1, 5, '{"loss": -1}'`,
    [anna.userId, id, other],
  );
  await db.admin.query(
    `insert into lora_job_log_lines (job_id, user_id, attempt, line_no, stream, logged_at, line)
     select $2::uuid, $1::uuid, a, n, case when n % 5 = 0 then 'stderr' else 'stdout' end, now(), E'\\x1b[1mline ' || a || '.' || n
     from generate_series(1, 2) a, generate_series(1, 30) n
     union all
     select $3::uuid, $1::uuid, 1, 1, 'system', now(), 'another job'`,
    [anna.userId, id, other],
  );
});
afterAll(() => db.drop());

const ctx = (who = anna) => userCtx(db, who, clock);

describe('curves', () => {
  test('come down to so many points, with the spike, as the last attempt made them', async () => {
    const { series } = await readMetrics(ctx(), { id, points: 100 });
    expect(series.map(({ metric, of }) => [metric, of])).toEqual([
      ['epoch', 1_000],
      ['loss', 1_100],
    ]);
    const loss = series[1]?.points ?? [];
    expect(loss.length).toBeLessThanOrEqual(100);
    expect(loss).toContainEqual([777, 99]);
    expect([loss[0], loss.at(-1)]).toEqual([
      [0, 5],
      [1_099, 1],
    ]);
  });

  test('are whole where there are no more points than asked for', async () => {
    const { series } = await readMetrics(ctx(), { id, points: 5_000 });
    expect(series.map(({ points, of }) => points.length === of)).toEqual([true, true]);
  });

  test('a job without any has none', async () => {
    const empty = await addJob(db, anna, { priceId: await addPrice(db) });
    expect(await readMetrics(ctx(), { id: empty, points: 10 })).toEqual({ series: [] });
    expect(await logs({}, empty)).toEqual({ lines: [], next_cursor: null, up_to: null });
  });
});

const logs = (query: Record<string, string>, of = id) => readLogs(ctx(), { id: of, ...logsQuery.parse(query) });
const placesOf = (lines: readonly LogLine[]) => lines.map((line) => `${line.attempt}.${line.line_no}`);
const EVERY = [1, 2].flatMap((attempt) => Array.from({ length: 30 }, (_, i) => `${attempt}.${i + 1}`));

describe('the log', () => {
  test.each(['newest', 'oldest'])('page by page, %s first, each line once, and as plain text', async (order) => {
    const seen: LogLine[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await logs({ order, limit: '7', ...(cursor && { cursor }) });
      expect(page.lines.length).toBeLessThanOrEqual(7);
      seen.push(...page.lines);
      cursor = page.next_cursor;
    }
    expect(placesOf(seen)).toEqual(order === 'oldest' ? EVERY : EVERY.toReversed());
    expect(seen.every(({ attempt, line_no, line }) => line === `line ${attempt}.${line_no}`)).toBe(true);
  });

  test('one stream of it', async () => {
    const { lines, next_cursor } = await logs({ stream: 'stderr', order: 'oldest' });
    expect(placesOf(lines)).toEqual(EVERY.filter((place) => Number(place.split('.')[1]) % 5 === 0));
    expect(next_cursor).toBeNull();
  });

  test('goes on where it ended, also when nothing was there for a while', async () => {
    const { up_to, next_cursor } = await logs({ order: 'oldest' });
    expect(next_cursor).toBeNull();
    const nothing = await logs({ order: 'oldest', cursor: up_to ?? '' });
    expect(nothing).toEqual({ lines: [], next_cursor: null, up_to });
    await db.admin.query(
      `insert into lora_job_log_lines (job_id, user_id, attempt, line_no, stream, logged_at, line)
       values ($1, $2, 3, 1, 'stdout', now(), 'more')`,
      [id, anna.userId],
    );
    expect(placesOf((await logs({ order: 'oldest', cursor: up_to ?? '' })).lines)).toEqual(['3.1']);
    await db.admin.query('delete from lora_job_log_lines where job_id = $1 and attempt = 3', [id]);
  });

  test('a line that came or went between two pages moves no other one', async () => {
    const first = await logs({ order: 'newest', limit: '5' });
    await db.admin.query('delete from lora_job_log_lines where job_id = $1 and attempt = 2 and line_no = 25', [id]);
    const second = await logs({ order: 'newest', limit: '5', cursor: first.next_cursor ?? '' });
    expect(placesOf(second.lines)).toEqual(['2.24', '2.23', '2.22', '2.21', '2.20']);
  });

  test.each(['x', 'W10', 'WzEsMS41XQ', 'WzEsOTk5OTk5OTk5OTk5OTldXQ', 'WzEsLTFd'])(
    'the cursor %j is refused',
    async (cursor) => {
      await expect(logs({ cursor })).rejects.toMatchObject({
        code: 'bad_input',
        details: expect.stringMatching(/cursor/),
      });
    },
  );
});

test('output of somebody else’s job is not there', async () => {
  await expect(readMetrics(ctx(berta), { id, points: 10 })).rejects.toMatchObject({ code: 'not_found' });
  await expect(readLogs(ctx(berta), { id, ...logsQuery.parse({}) })).rejects.toMatchObject({ code: 'not_found' });
});
