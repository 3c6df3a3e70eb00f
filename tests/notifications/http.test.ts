import { startTestServer, type TestCaller, type TestServer } from '@tests/support/http';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { notify } from '@/domain/notifications/notify';
import type { AllRead, ChangeList, Marked, NotificationList } from '@/domain/notifications/schema';
import { manualClock, systemCtx } from './support';

type Answer<T> = { success: true; data: T };
const clock = manualClock(new Date().toISOString());
let server: TestServer;
let ada: TestCaller;
beforeAll(async () => {
  server = await startTestServer();
});
beforeEach(async () => {
  ada = await server.createUser();
  const row = {
    userId: ada.userId,
    type: 'job_completed' as const,
    title: 'Run 1 is done',
    message: 'It cost 1.00 USD.',
  };
  await notify(systemCtx(server.db, clock), [row, row, row]);
});
afterAll(() => server.close());

it('answers as the specification calls it, by cookie and without Origin or body', async () => {
  const headers = { cookie: ada.cookie };
  const all = await server.json<Answer<NotificationList>>('/api/notifications', { headers });
  expect(all).toMatchObject({ status: 200, body: { success: true, data: { unread_count: 3 } } });
  const id = all.body.data.notifications[1]?.id ?? '';
  const first = await server.json<Answer<Marked>>(`/api/notifications/${id}/read`, { method: 'PATCH', headers });
  expect(first).toMatchObject({ status: 200, body: { success: true, data: { unread_count: 2 } } });
  const again = await server.json<Answer<Marked>>(`/api/notifications/${id}/read`, { method: 'PATCH', headers });
  expect(again.body).toEqual(first.body);
  const unread = await server.json<Answer<NotificationList>>('/api/notifications?unread=true', { headers });
  expect(unread.body.data.notifications.map((row) => row.read)).toEqual([false, false]);
  const back = await server.json<Answer<Marked>>(`/api/notifications/${id}/unread`, { method: 'PATCH', headers });
  expect(back.body).toEqual({ success: true, data: { unread_count: 3 } });
});

it('answers 304 until something changes, and says what changed', async () => {
  const list = () => server.json<Answer<NotificationList>>('/api/notifications', { caller: ada });
  const { headers, body } = await list();
  const tag = headers.get('etag') ?? '';
  expect(headers.get('cache-control')).toBe('private, no-cache');
  const ask = () => server.request('/api/notifications', { headers: { 'if-none-match': tag } }, ada);
  expect((await ask()).status).toBe(304);
  const { up_to } = body.data;
  const allRead = await server.json<Answer<AllRead>>('/api/notifications/read-all', {
    method: 'POST',
    body: { up_to },
    caller: ada,
  });
  expect(allRead.body).toEqual({ success: true, data: { unread_count: 0, up_to } });
  expect((await ask()).status).toBe(200);
  const changed = await server.json<Answer<ChangeList>>(`/api/notifications/changes?after=${up_to}`, { caller: ada });
  expect(changed.body.data).toMatchObject({
    changes: [{ seq: 4, kind: 'read_all', up_to }],
    unread_count: 0,
    has_more: false,
  });
});
