import {
  allRead,
  changeList,
  changesQuery,
  listQuery,
  marked,
  notificationList,
  notificationParams,
  readAllBody,
} from '@/domain/notifications/schema';
import { operation } from '@/http/operation';

/** GET /api/notifications. */
export const list = operation({
  method: 'GET',
  path: '/api/notifications',
  summary: 'Notifications, newest first, and how many are unread in all.',
  query: listQuery,
  response: notificationList,
  conditional: true,
});

/** GET /api/notifications/changes. */
export const changes = operation({
  method: 'GET',
  path: '/api/notifications/changes',
  summary: 'What changed after a place: nothing is skipped, nothing told twice.',
  query: changesQuery,
  response: changeList,
});

/** PATCH /api/notifications/{id}/read. */
export const read = operation({
  method: 'PATCH',
  path: '/api/notifications/{id}/read',
  summary: 'Marks a notification as read; again changes nothing.',
  params: notificationParams,
  response: marked,
});

/** PATCH /api/notifications/{id}/unread. */
export const unread = operation({
  method: 'PATCH',
  path: '/api/notifications/{id}/unread',
  summary: 'Marks a notification as unread; again changes nothing.',
  params: notificationParams,
  response: marked,
});

/** POST /api/notifications/read-all. */
export const readAll = operation({
  method: 'POST',
  path: '/api/notifications/read-all',
  summary: 'Marks as read whatever was there at a place; what came later stays unread.',
  body: readAllBody,
  response: allRead,
});
