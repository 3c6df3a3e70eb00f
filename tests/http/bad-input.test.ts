import { gzipSync } from 'node:zlib';
import { startTestServer, type TestCaller, type TestServer } from '@tests/support/http';
import { exchange } from '@tests/support/raw-http';
import { fillAccount, type SampleRows } from '@tests/support/sample-account';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '@/http/api';
import { namesOf } from '@/http/operation';

type Refusal = { error: string; details: string };

let server: TestServer;
let caller: TestCaller;
let rows: SampleRows;
let before: unknown;

beforeAll(async () => {
  server = await startTestServer();
  caller = await server.createUser();
  rows = await fillAccount(server.db.admin, caller.userId, 10);
  before = await everythingStored();
});
afterAll(async () => {
  expect(await everythingStored(), 'something that was refused changed something').toEqual(before);
  await server.close();
});

/** Every row of this account, in every table that has accounts' rows. */
async function everythingStored(): Promise<unknown> {
  const { admin } = server.db;
  const tables = await admin.query<{ name: string }>(
    "select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'user_id' order by 1",
  );
  expect(tables.rows.length).toBeGreaterThan(8);
  const stored: [string, string[]][] = [];
  for (const { name } of tables.rows) {
    const found = await admin.query<{ row: string }>(
      `select t::text as row from ${name} t where user_id = $1 order by 1`,
      [caller.userId],
    );
    stored.push([name, found.rows.map(({ row }) => row)]);
  }
  return stored;
}

const get = (path: string) => server.json<Refusal>(path, { caller });
const send = async (method: string, path: string, body: BodyInit | null, headers: Record<string, string> = {}) => {
  const type: Record<string, string> = body === null ? {} : { 'content-type': 'application/json' };
  const response = await server.request(path, { method, body, headers: { ...type, ...headers } }, caller);
  return { status: response.status, body: (await response.json()) as Refusal };
};

function expectRefusal({ status, body }: { status: number; body: Refusal }, expected: number, sentence?: RegExp): void {
  expect({ status, ...body }).toEqual({ status: expected, error: expect.any(String), details: expect.any(String) });
  expect(body.details).toMatch(/^\S[\s\S]{10,400}[.…?]$/);
  if (sentence) expect(body.details).toMatch(sentence);
}

const LONG = 'x'.repeat(10_000);

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
    const { body } = await server.json<{ data: { next_cursor: string } }>('/api/costs?limit=1', { caller });
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

describe('GET /api/notifications', () => {
  test.each([
    ['unread=yes', /^unread: send true or false/],
    ['unread=', /^unread: send true or false/],
    ['limit=0', /^limit: send a whole number from 1 to 50/],
    ['limit=-1', /^limit: send/],
    ['limit=1.5', /^limit: send/],
    ['limit=abc', /^limit: send/],
    ['limit=99999999999999999999', /^limit: send/],
    ['cursor=x', /cursor/],
    [`cursor=${LONG}`, /cursor/],
    ['job_id=1', /^job_id: send a UUID/],
    ['state=deleted', /^state: send inbox/],
    ['priority=huge', /^priority: send/],
    ['limt=5', /did you mean "limit"/],
    ['type=%00', /NUL/],
    [`type=${LONG}`, /^type/],
  ])('?%.60s', async (query, sentence) => {
    expectRefusal(await get(`/api/notifications?${query}`), 400, sentence);
  });

  test.each([
    '',
    '?after=',
    '?after=x',
    '?after=0',
    '?after=000000000000.-1',
    `?after=${LONG}`,
    '?after=000000000000.1&limit=0',
  ])('/changes%.60s', async (query) => {
    expectRefusal(await get(`/api/notifications/changes${query}`), 400, /after|limit/);
  });

  test('what is right is answered', async () => {
    for (const query of ['', '?unread=true', '?limit=50', '?limit=51', '?limit=2147483647', '?state=archived']) {
      expect((await get(`/api/notifications${query}`)).status).toBe(200);
    }
  });
});

describe('GET /api/jobs', () => {
  test.each([
    'limit=0',
    'limit=-1',
    'limit=abc',
    'status=done',
    'origin=all',
    'cursor=x',
    'cursor=W10',
    `cursor=${LONG}`,
    'statsu=queued',
  ])('?%.60s', async (query) => expectRefusal(await get(`/api/jobs?${query}`), 400));

  test('a cursor with a day that no calendar has is malformed', async () => {
    for (const day of ['2024-02-30', '2024-13-01', '0000-01-01', '2024-01-32']) {
      const cursor = Buffer.from(JSON.stringify([`${day}T00:00:00.000000+00:00`, rows.jobs[0]])).toString('base64url');
      expectRefusal(await get(`/api/jobs?cursor=${cursor}`), 400, /cursor/);
    }
  });
});

const withId = operations.filter(({ path }) => path.includes('{id}'));
describe.each(withId.map(({ method, path }) => [method, path] as const))('%s %s', (method, path) => {
  test.each([
    'x',
    '1',
    'null',
    '%20',
    '..%2f',
    '%00',
    `${'0'.repeat(36)}`,
    '00000000-0000-4000-8000-00000000000g',
    LONG.slice(0, 2_000),
  ])('the id %.40s is 400', async (id) => expectRefusal(await send(method, path.replace('{id}', id), null), 400));

  test('an id that nobody has is 404', async () => {
    expectRefusal(await send(method, path.replace('{id}', '00000000-0000-4000-8000-000000000000'), null), 404);
  });
});

const writing = operations.filter(({ method, path }) => method !== 'GET' && !path.startsWith('/api/auth/'));
describe.each(writing.map(({ method, path }) => [method, path] as const))('the body of %s %s', (method, path) => {
  const at = () => path.replace('{id}', rows.notifications[0] ?? '');

  test.each([
    ['no JSON', 'nonsense', 400],
    ['half a JSON', '{"a":', 400],
    ['a list', '[]', 400],
    ['null', 'null', 400],
    ['a text', '"a"', 400],
    ['an unknown field', '{"user_id":"00000000-0000-4000-8000-000000000000"}', 400],
    ['a name twice', '{"a":1,"a":2}', 400],
    ['__proto__', '{"__proto__":{"admin":true}}', 400],
    ['constructor.prototype', '{"constructor":{"prototype":{"admin":true}}}', 400],
    ['NUL', '{"a":"\\u0000"}', 400],
    ['a lone surrogate', '{"a":"\\ud800"}', 400],
    ['1e400', '{"a":1e400}', 400],
    ['40 digits', `{"a":${'1234567890'.repeat(4)}}`, 400],
    ['depth 33', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, 400],
    ['depth 10,000', '{"a":'.repeat(10_000), 400],
    ['1,001 names', `{${Array.from({ length: 1_001 }, (_, i) => `"k${i}":1`).join(',')}}`, 400],
    ['100,000 names', `{${Array.from({ length: 100_000 }, (_, i) => `"${i}":1`).join(',')}}`, 413],
    ['more than 64 kB', `{"a":"${'x'.repeat(70_000)}"}`, 413],
  ])('%s', async (_, text, status) => {
    expectRefusal(await send(method, at(), text), status);
  });

  test('bytes that are not UTF-8', async () => {
    expectRefusal(await send(method, at(), new Uint8Array([0x7b, 0xff, 0x7d])), 400, /UTF-8/);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/json', ''])(
    'as %s',
    async (type) => {
      expectRefusal(await send(method, at(), '{}', { 'content-type': type }), 415, /Content-Type: application\/json/);
    },
  );

  test('compressed', async () => {
    expectRefusal(await send(method, at(), gzipSync('{}'), { 'content-encoding': 'gzip' }), 415, /Content-Encoding/);
  });

  test('asked for by a page of another site with a cookie', async () => {
    const headers = { cookie: caller.cookie, 'sec-fetch-site': 'cross-site' };
    const response = await fetch(server.url + at(), { method, headers });
    expectRefusal({ status: response.status, body: (await response.json()) as Refusal }, 403);
  });
});

describe('PATCH /api/me', () => {
  test.each([
    ['{}', /timezone, currency or both/],
    ['{"timezone":"Europe/Nowhere"}', /^timezone: send the name of a zone/],
    ['{"timezone":""}', /^timezone/],
    ['{"timezone":1}', /^timezone: send a text/],
    ['{"timezone":null}', /^timezone: send a text/],
    [`{"timezone":"${LONG}"}`, /^timezone/],
    ['{"currency":"usd"}', /^currency: send three capital letters/],
    ['{"curency":"USD"}', /did you mean "currency"/],
    ['{"email":"a@b.c"}', /"email"/],
  ])('%.60s', async (text, sentence) => {
    expectRefusal(await send('PATCH', '/api/me', text), 400, sentence);
  });

  test('without a body', async () => {
    expectRefusal(await send('PATCH', '/api/me', null), 400);
  });
});

describe('POST /api/notifications/read-all', () => {
  test.each([
    '{}',
    '{"up_to":1}',
    '{"up_to":""}',
    '{"up_to":"x"}',
    '{"up_to":"000000000000.99999999999999999999999"}',
    '{"upto":"x"}',
  ])('%s', async (text) => expectRefusal(await send('POST', '/api/notifications/read-all', text), 400, /up_to/));
});

test('every operation refuses parameters that it does not have', async () => {
  for (const { method, path, query } of operations) {
    const [name = 'limit'] = namesOf(query) ?? [];
    for (const wrong of [`${name}x`, 'user_id', 'LIMIT', 'utm_source']) {
      const answer = await send(method, `${path.replace('{id}', rows.notifications[0] ?? '')}?${wrong}=1`, null);
      expectRefusal(answer, 400, /There is no parameter/);
    }
  }
});

test('headers over 16 kB are 431, in our shape', async () => {
  const { host } = new URL(server.url);
  const long = await exchange(
    server.url,
    `GET /api/costs HTTP/1.1\r\nHost: ${host}\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`,
  );
  expectRefusal({ status: long.status, body: JSON.parse(long.body) }, 431);
});

test('bytes that are no HTTP are 400, in our shape', async () => {
  const broken = await exchange(server.url, 'nonsense\r\n\r\n');
  expectRefusal({ status: broken.status, body: JSON.parse(broken.body) }, 400);
});
