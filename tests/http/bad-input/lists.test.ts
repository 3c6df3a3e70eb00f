import { describe, expect, test } from 'vitest';
import { operations } from '@/http/api';
import { namesOf } from '@/http/operation';
import { expectRefusal, LONG, serveAccount } from './account';

const { get, rows, send } = serveAccount();

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
      const cursor = Buffer.from(JSON.stringify([`${day}T00:00:00.000000+00:00`, rows().jobs[0]])).toString(
        'base64url',
      );
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

test('every operation refuses parameters that it does not have', async () => {
  for (const { method, path, query } of operations) {
    const [name = 'limit'] = namesOf(query) ?? [];
    for (const wrong of [`${name}x`, 'user_id', 'LIMIT', 'utm_source']) {
      const at = path.replace('{id}', rows().notifications[0] ?? '').replace('{token}', 'x'.repeat(43));
      const answer = await send(method, `${at}?${wrong}=1`, null);
      expectRefusal(answer, 400, /There is no parameter/);
    }
  }
});
