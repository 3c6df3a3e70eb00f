import { describe, expect, test } from 'vitest';
import { expectRefusal, LONG, serveAccount } from './account';

const { caller, get, server } = serveAccount();

describe('GET /api/costs', () => {
  test.each([
    ['period=day', /^period: send week, month or year/],
    ['period=', /^period: send week, month or year/],
    ['period=__proto__', /^period: send/],
    ['period=Week', /^period: send/],
    ['timezone=Europe/Nowhere', /zone/],
    ['timezone=', /zone/],
    [`timezone=${LONG}`, /zone/],
    ['timezone=UTC%2B99', /zone/],
    ['granularity=second', /^granularity: send day/],
    ['fill=one', /^fill: send zero/],
    ['currency=usd', /^currency: send three capital letters/],
    ['currency=US', /^currency: send/],
    ['group_by=user', /^group_by: send/],
    ['include=all', /^include: send/],
    ['limit=-1', /^limit: send a whole number from 0/],
    ['limit=1.5', /^limit: send a whole number from 0/],
    ['limit=abc', /^limit: send a whole number from 0/],
    ['limit=', /^limit: send a whole number from 0/],
    ['limit=99999999999999999999', /^limit: send a whole number from 0/],
    ['limit=2147483648', /^limit: send a whole number from 0/],
    ['limit=1e3', /^limit: send a whole number from 0/],
    ['limit=%2B5', /^limit: send a whole number from 0/],
    ['cursor=x', /cursor/],
    ['cursor=', /cursor/],
    [`cursor=${LONG}`, /cursor/],
    ['cursor=W10', /cursor/],
    ['perod=week', /did you mean "period"/],
    ['start=2024-01-01', /"start"/],
    ['startdate=2024-01-01', /did you mean "start_date"/],
    ['period=week&period=month', /"period" is given twice/],
    ['period=%', /percent-encoding/],
    ['period=%ED%A0%80', /percent-encoding/],
    ['period=week%00', /NUL/],
    ['__proto__=1', /__proto__/],
    ['constructor=1', /constructor/],
  ])('?%.60s', async (query, sentence) => {
    expectRefusal(await get(`/api/costs?${query}`), 400, sentence);
  });

  const DATES = [
    '2024-02-30',
    '2023-02-29',
    '1e9',
    '2024-13-01',
    '2024-00-10',
    '2024-01-00',
    '',
    LONG,
    '0',
    '-1',
    'now',
    'yesterday',
    '2024',
    '2024-1-1',
    '01/02/2024',
    '2024-01-01T25:00',
    '2024-01-01T00:00:00+99:00',
    '2024-01-01Z',
    '999999-01-01',
    ' 2024-01-01',
    '２０２４-01-01',
    'null',
  ];
  describe.each(['start_date', 'end_date'])('%s', (name) => {
    test.each(DATES)('%.40s', async (date) => {
      expectRefusal(await get(`/api/costs?${name}=${encodeURIComponent(date)}`), 400, /date/i);
    });
  });

  test.each([
    ['start_date=2024-02-01&end_date=2024-01-01', /start|before|after/i],
    ['start_date=2024-01-01&end_date=2040-01-01', /10 years|range/i],
    ['start_date=2024-01-01T00:00:00+02:00', /\+|%2B/],
    ['start_date=9999-01-01', /./],
  ])('?%s', async (query, sentence) => {
    expectRefusal(await get(`/api/costs?${query}`), 400, sentence);
  });

  test('a cursor that was bent is malformed, or another place of the same account', async () => {
    const { body } = await server().json<{ data: { next_cursor: string } }>('/api/costs?limit=1', { caller: caller() });
    const parts: unknown[] = JSON.parse(Buffer.from(body.data.next_cursor, 'base64url').toString('utf8'));
    const bent = [
      null,
      -1,
      0,
      1.5,
      8.64e15,
      -8.64e15,
      1e300,
      '',
      'x',
      '2024-02-30T00:00:00.000000+00:00',
      '0000-01-01T00:00:00+00:00',
      '2024-01-01T24:00:00+00:00',
      '99999-01-01T00:00:00+00:00',
      'infinity',
      [],
      {},
    ];
    for (const [place, value] of parts.flatMap((_, i) => bent.map((each) => [i, each] as const))) {
      const cursor = Buffer.from(JSON.stringify(parts.with(place, value))).toString('base64url');
      const { status } = await get(`/api/costs?limit=1&cursor=${cursor}`);
      expect([200, 400], JSON.stringify(parts.with(place, value))).toContain(status);
    }
  });

  test('what is right is answered', async () => {
    for (const query of [
      '',
      '?period=week',
      '?start_date=2024-01-01&end_date=2024-12-31',
      '?limit=0',
      '?limit=1001',
      '?timezone=Asia/Kathmandu',
    ]) {
      expect((await get(`/api/costs${query}`)).status).toBe(200);
    }
  });
});
