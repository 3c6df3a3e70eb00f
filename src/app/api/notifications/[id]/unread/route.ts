import { markUnread } from '@/domain/notifications/mark-unread';
import { handle } from '@/http/handle';
import * as notifications from '@/http/operations/notifications';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  PATCH: handle(notifications.unread, markUnread),
});
