import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '@/db/session';
import { changeSettings } from '@/domain/accounts/change-settings';
import type { UserCtx } from '@/domain/context';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { truth } from './costs.oracle';
import { charge, costs, manualClock, record, userCtx } from './support';

let db: TestDatabase;
let ada: Caller;
let ctx: UserCtx;
const clock = manualClock('2026-11-10T10:20:30.123Z');

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Monrovia',
];
const FIRST = Date.parse('2025-10-01T00:00:00Z');
const LAST = Date.parse('2026-12-01T00:00:00Z');

/** Rows over fourteen months, some at odd instants, some before the epoch of every zone's last rule. */
async function seed(caller: Caller, rows: number): Promise<void> {
  await db.admin.query(
    `insert into lora_cost_records (user_id, cost_type, amount, billing_period, recorded_at, source, currency)
     select $1::uuid, (array['compute', 'storage', 'egress'])[1 + i % 3],
       round((1 + (i * 7919) % 99991) / 10007.0, 10) * case when i % 41 = 0 then -1 else 1 end,
       '2026-01-01',
       to_timestamp($2::float8 / 1000 + (i::bigint * 48611) % ($3::bigint / 1000)) +
         case when i % 10 = 0 then (i % 1000000) * interval '1 microsecond' else interval '0' end,
       'seed:' || $1::uuid || ':' || i, case when i % 97 = 0 then 'EUR' else 'USD' end
     from generate_series(1, $4::int) i`,
    [caller.userId, FIRST, LAST - FIRST, rows],
  );
}

beforeAll(async () => {
  db = await createTestDatabase();
  ada = await db.createUser('ada@example.com');
  ctx = userCtx(db, ada, clock);
  await seed(ada, 20_000);
});
afterAll(() => db.drop());

/** Adds exact texts as whole ten-billionths. */
const sum = (texts: Iterable<string>): bigint =>
  [...texts].reduce((all, text) => all + BigInt(text.replace('.', '')), 0n);

async function expectTruth(query: Record<string, string>, start: Date, end: Date): Promise<void> {
  const zone = query.timezone ?? 'UTC';
  const answer = await costs(ctx, { ...query, limit: '0' });
  const expected = await truth(db.admin, { userId: ada.userId, start, end, zone });
  expect(answer.total_cost_exact).toBe(expected.total);
  expect(answer.cost_by_type_exact).toEqual(expected.byType);
  expect(Object.fromEntries(answer.chart_data.map((day) => [day.date, day.amount_exact]))).toEqual(expected.byDay);
  expect(sum(answer.chart_data.map((day) => day.amount_exact))).toBe(sum([answer.total_cost_exact]));
  expect(sum(Object.values(answer.cost_by_type_exact))).toBe(sum([answer.total_cost_exact]));
}

describe('sums', () => {
  it.each(ZONES)('equal the records for any range in %s, whether the zone is registered or not', async (timezone) => {
    const instants = fc.tuple(fc.integer({ min: FIRST, max: LAST }), fc.integer({ min: FIRST, max: LAST }));
    const property = fc.asyncProperty(instants, async ([a, b]) => {
      const [start, end] = [new Date(Math.min(a, b)), new Date(Math.max(a, b))];
      await expectTruth({ timezone, start_date: start.toISOString(), end_date: end.toISOString() }, start, end);
    });
    await fc.assert(property, { numRuns: 12 });
    await changeSettings(ctx, { timezone });
    await fc.assert(property, { numRuns: 12 });
  });

  it.each([
    ['week', 7],
    ['month', 30],
    ['year', 365],
  ])('of a %s are those of the last %i × 24 h', async (period, days) => {
    const end = clock.now();
    const start = new Date(end.getTime() - days * 86_400_000);
    for (const timezone of ['UTC', 'Asia/Kathmandu']) await expectTruth({ period, timezone }, start, end);
  });

  it('of date-only edges include the last day, in the zone', async () => {
    const query = { start_date: '2026-03-29', end_date: '2026-03-30', timezone: 'Europe/Berlin' };
    await expectTruth(query, new Date('2026-03-28T23:00:00Z'), new Date('2026-03-30T22:00:00Z'));
    const answer = await costs(ctx, query);
    expect(answer.chart_data.map((day) => [day.date, day.start, day.end])).toEqual([
      ['2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
      ['2026-03-30', '2026-03-29T22:00:00.000Z', '2026-03-30T22:00:00.000Z'],
    ]);
  });

  it('of a day that the zone skipped are nothing', async () => {
    const answer = await costs(ctx, { start_date: '2011-12-30', end_date: '2011-12-30', timezone: 'Pacific/Apia' });
    expect(answer).toMatchObject({ total_cost: 0, total_cost_exact: '0.0000000000', chart_data: [], records: [] });
  });

  it('by hour tell the two hours 02:00 of a 25-hour day apart', async () => {
    const bob = await db.createUser();
    await record(db, [
      charge(bob, { recordedAt: new Date('2026-10-25T00:15:00Z'), amount: '1' }),
      charge(bob, { recordedAt: new Date('2026-10-25T01:15:00Z'), amount: '2' }),
    ]);
    const answer = await costs(userCtx(db, bob, clock), {
      start_date: '2026-10-25',
      end_date: '2026-10-25',
      timezone: 'Europe/Berlin',
      granularity: 'hour',
      fill: 'zero',
    });
    expect(answer.chart_data).toHaveLength(25);
    const paid = answer.chart_data.filter((hour) => hour.amount > 0);
    expect(paid.map((hour) => [hour.date, hour.amount])).toEqual([
      ['2026-10-25T02:00+02:00', 1],
      ['2026-10-25T02:00+01:00', 2],
    ]);
  });

  it('are rounded once, half away from zero, to two decimals', async () => {
    const bob = await db.createUser();
    const of = async (amount: string) => {
      await record(db, [charge(bob, { amount, recordedAt: clock.now(), source: `round:${amount}` })]);
      clock.set(clock.now().getTime() + 1);
    };
    await of('0.0049999999');
    expect((await costs(userCtx(db, bob, clock))).total_cost).toBe(0);
    await of('0.0000000001');
    expect((await costs(userCtx(db, bob, clock))).total_cost).toBe(0.01);
    await of('-0.0100000000');
    expect((await costs(userCtx(db, bob, clock))).total_cost).toBe(-0.01);
  });
});

describe('currencies', () => {
  it('are never added; others are listed', async () => {
    const usd = await costs(ctx, { start_date: '2025-10-01', end_date: '2026-12-01', limit: '0' });
    const eur = await costs(ctx, { start_date: '2025-10-01', end_date: '2026-12-01', limit: '0', currency: 'EUR' });
    expect(usd.other_currencies).toEqual(['EUR']);
    expect(eur.other_currencies).toEqual(['USD']);
    const range = { userId: ada.userId, start: new Date('2025-10-01'), end: new Date('2026-12-02'), zone: 'UTC' };
    expect(eur.total_cost_exact).toBe((await truth(db.admin, { ...range, currency: 'EUR' })).total);
  });

  it('default to the account’s setting', async () => {
    const bob = await db.createUser();
    const bobCtx = userCtx(db, bob, clock);
    await record(db, [charge(bob, { currency: 'CHF', recordedAt: new Date('2026-11-01') })]);
    expect(await costs(bobCtx)).toMatchObject({ currency: 'USD', total_cost: 0, other_currencies: ['CHF'] });
    await changeSettings(bobCtx, { currency: 'CHF' });
    expect(await costs(bobCtx)).toMatchObject({ currency: 'CHF', total_cost: 1, other_currencies: [] });
  });

  it('keeps apart days, cost types of any characters and currencies, whole days and cut ones', async () => {
    const bob = await db.createUser();
    const ctx = userCtx(db, bob, clock);
    const types = ['a b', 'a|b', ' ', '|', 'a,"b"', '\u001f', 'ä\n😀', '-1'];
    const at = (day: number) => new Date(Date.UTC(2026, 4, day, 12));
    await record(
      db,
      types.flatMap((costType, i) =>
        [1, 2, 3].map((day) => charge(bob, { costType, recordedAt: at(day), amount: `${i + 1}.0000000001` })),
      ),
    );
    await record(db, [
      charge(bob, { currency: 'EUR', state: 'open', recordedAt: at(2) }),
      charge(bob, { state: 'open', recordedAt: at(3) }),
    ]);
    const each = (days: number) =>
      Object.fromEntries(types.map((type, i) => [type, `${days * (i + 1)}.000000000${days}`]));
    const whole = await costs(ctx, { start_date: '2026-05-01', end_date: '2026-05-03' });
    expect(whole.cost_by_type_exact).toEqual({ ...each(3), compute: '1.0000000000' });
    expect(whole.chart_data.map(({ date, amount_exact }) => [date, amount_exact])).toEqual([
      ['2026-05-01', '36.0000000008'],
      ['2026-05-02', '36.0000000008'],
      ['2026-05-03', '37.0000000008'],
    ]);
    expect(whole).toMatchObject({ complete: false, other_currencies: ['EUR'] });
    // both days are cut, and nothing is left of the second
    const cut = await costs(ctx, { start_date: '2026-05-01T09:07:00Z', end_date: '2026-05-03T11:59:59Z' });
    expect(cut.cost_by_type_exact).toEqual(each(2));
    expect(cut.chart_data.map(({ date }) => date)).toEqual(['2026-05-01', '2026-05-02']);
    expect(cut).toMatchObject({ complete: true, other_currencies: ['EUR'] });
  });
});

describe('records', () => {
  it('come exactly once each, in order, and sum to the total', async () => {
    const query = { start_date: '2026-01-01', end_date: '2026-02-28', limit: '700' };
    let cursor: string | null = null;
    const seen: { id: string; recorded_at: string; amount_exact: string }[] = [];
    let total = '';
    do {
      const page = await costs(ctx, cursor ? { ...query, cursor } : query);
      seen.push(...page.records);
      total = page.total_cost_exact;
      cursor = page.next_cursor;
    } while (cursor);
    const { rows } = await db.admin.query(
      `select id from lora_cost_records where user_id = $1 and currency = 'USD'
       and recorded_at >= '2026-01-01' and recorded_at < '2026-03-01' order by recorded_at, id`,
      [ada.userId],
    );
    expect(seen.map((row) => row.id)).toEqual(rows.map((row) => row.id));
    expect(sum(seen.map((row) => row.amount_exact))).toBe(sum([total]));
  });

  it('keep the range of the first page while time goes on and rows are written', async () => {
    const bob = await db.createUser();
    const bobCtx = userCtx(db, bob, clock);
    const start = clock.now().getTime();
    const at = (minutes: number) => new Date(start - minutes * 60_000);
    await record(
      db,
      Array.from({ length: 30 }, (_, i) => charge(bob, { recordedAt: at(i + 1) })),
    );
    const lived = new Set((await costs(bobCtx)).records.map((row) => row.id));
    const seen: string[] = [];
    let page = await costs(bobCtx, { limit: '7' });
    for (;;) {
      seen.push(...page.records.map((row) => row.id));
      if (!page.next_cursor) break;
      clock.set(clock.now().getTime() + 3_600_000);
      await record(db, [charge(bob, { recordedAt: at(15.5) }), charge(bob, { recordedAt: clock.now() })]);
      page = await costs(bobCtx, { limit: '7', cursor: page.next_cursor });
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => lived.has(id))).toHaveLength(lived.size);
  });

  it('have the table’s columns and what was added to them', async () => {
    const bob = await db.createUser();
    const recordedAt = new Date(clock.now().getTime() - 1);
    await record(db, [charge(bob, { recordedAt, phase: 'training', amount: '0.1', details: { unit: 'hour' } })]);
    const { records } = await costs(userCtx(db, bob, clock));
    expect(records[0]).toEqual({
      id: expect.any(String),
      user_id: bob.userId,
      job_id: null,
      cost_type: 'compute',
      amount: 0.1,
      details: { unit: 'hour' },
      billing_period: recordedAt.toISOString().slice(0, 10),
      recorded_at: expect.stringMatching(/^20..-..-..T.*\+00:00$/),
      amount_exact: '0.1000000000',
      currency: 'USD',
      state: 'final',
      phase: 'training',
      source: expect.any(String),
      corrects: null,
    });
  });

  it('are none with limit=0, and at most 1000', async () => {
    const query = { start_date: '2025-10-01', end_date: '2026-12-01' };
    expect((await costs(ctx, { ...query, limit: '0' })).records).toEqual([]);
    expect((await costs(ctx, { ...query, limit: '2147483647' })).records).toHaveLength(1000);
    expect((await costs(ctx, query)).records).toHaveLength(1000);
  });

  it.each(['not-a-cursor', 'e30', Buffer.from('[1,2,"x","y","z"]').toString('base64url')])(
    'refuse the cursor %s with a sentence',
    async (cursor) => {
      await expect(costs(ctx, { cursor })).rejects.toMatchObject({ code: 'bad_input' });
    },
  );

  it('refuse the cursor of another query', async () => {
    const { next_cursor: cursor } = await costs(ctx, { period: 'year', limit: '5' });
    await expect(costs(ctx, { period: 'month', cursor: cursor ?? '' })).rejects.toThrow(/another query/);
    expect((await costs(ctx, { period: 'year', cursor: cursor ?? '' })).records.length).toBeGreaterThan(5);
  });
});

describe('estimates and groups', () => {
  it('estimates of jobs that have not ended stand apart from every total', async () => {
    const bob = await db.createUser();
    const bobCtx = userCtx(db, bob, clock);
    const job = async (status: string) => {
      const { rows } = await db.admin.query(
        'insert into lora_training_jobs (user_id, name, status) values ($1, $2, $2) returning id',
        [bob.userId, status],
      );
      await record(db, [
        charge(bob, {
          jobId: rows[0].id,
          source: `estimate:${rows[0].id}`,
          isEstimate: true,
          amount: '2.5',
          recordedAt: new Date(clock.now().getTime() - 1000),
        }),
      ]);
    };
    for (const status of ['queued', 'running', 'completed']) await job(status);
    const answer = await costs(bobCtx, { include: 'estimates' });
    expect(answer).toMatchObject({
      total_cost: 0,
      estimated_cost: 5,
      estimated_cost_exact: '5.0000000000',
      open_jobs: 2,
    });
    expect(answer.records).toEqual([]);
    expect(answer.chart_data).toEqual([]);
    expect(answer.estimates).toHaveLength(2);
    expect(await costs(bobCtx)).not.toHaveProperty('estimates');
  });

  it('groups by job add up to the total, money without a job in its own', async () => {
    const bob = await db.createUser();
    const jobs = await Promise.all(
      Array.from({ length: 130 }, async (_, i) => {
        const { rows } = await db.admin.query(
          "insert into lora_training_jobs (user_id, name, status) values ($1, $2, 'completed') returning id",
          [bob.userId, `run ${i}`],
        );
        return rows[0].id as string;
      }),
    );
    const at = (i: number) => new Date(Date.parse('2026-10-11T07:00:00Z') + i * 3_600_000);
    await record(
      db,
      Array.from({ length: 700 }, (_, i) =>
        charge(bob, { jobId: i % 7 === 0 ? null : (jobs[i % 130] ?? null), recordedAt: at(i), amount: `0.${i + 100}` }),
      ),
    );
    const range = { start_date: '2026-10-12T05:30:00Z', end_date: '2026-11-05T17:45:00Z' };
    const answer = await costs(userCtx(db, bob, clock), { ...range, group_by: 'job', limit: '0' });
    const { rows } = await db.admin.query(
      `select job_ref as key, sum(amount)::text as amount_exact from lora_cost_records
       where user_id = $1 and recorded_at >= $2 and recorded_at < $3 group by 1 order by sum(amount) desc, 1`,
      [bob.userId, range.start_date, range.end_date],
    );
    const groups = answer.groups ?? [];
    expect(groups).toHaveLength(101);
    for (const { key, amount_exact } of groups) expect(rows).toContainEqual({ key, amount_exact });
    expect(groups.map((g) => g.amount)).toEqual(groups.map((g) => g.amount).toSorted((a, b) => b - a));
    const rest = answer.other_groups;
    expect(rows).toHaveLength(131);
    expect(sum([...groups.map((g) => g.amount_exact), rest?.amount_exact ?? '0'])).toBe(sum([answer.total_cost_exact]));
    expect(groups.find((g) => g.key === null)?.label).toBe('Without a job');
  });

  it('groups by cost type are the types, largest first', async () => {
    const answer = await costs(ctx, { period: 'year', group_by: 'cost_type', limit: '0' });
    expect(Object.fromEntries((answer.groups ?? []).map((g) => [g.key, g.amount_exact]))).toEqual(
      answer.cost_by_type_exact,
    );
  });
});

describe('freshness', () => {
  it('is complete only when nothing in the range is open', async () => {
    const bob = await db.createUser();
    const recordedAt = new Date(clock.now().getTime() - 60_000);
    const open = charge(bob, { state: 'open', recordedAt });
    await record(db, [open]);
    expect((await costs(userCtx(db, bob, clock))).complete).toBe(false);
    expect((await costs(userCtx(db, bob, clock), { end_date: '2026-01-01' })).complete).toBe(true);
    await record(db, [{ ...open, state: 'final' }]);
    expect((await costs(userCtx(db, bob, clock))).complete).toBe(true);
  });

  it('tells the first and last day with cost, whatever the period', async () => {
    const answer = await costs(ctx, { start_date: '2020-01-01', end_date: '2020-01-02' });
    expect(answer.total_cost).toBe(0);
    expect(answer.extent).toEqual({
      first: expect.stringMatching(/^2025-10-/),
      last: expect.stringMatching(/^2026-11-/),
    });
  });
});

it('shows each account its own costs only', async () => {
  const eve = await db.createUser();
  expect(await costs(userCtx(db, eve, clock), { period: 'year' })).toMatchObject({
    total_cost: 0,
    records: [],
    extent: null,
  });
});
