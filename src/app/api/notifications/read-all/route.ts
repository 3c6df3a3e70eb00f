import { markAllRead } from '@/domain/notifications/mark-all-read';
import { handle } from '@/http/handle';
import * as notifications from '@/http/operations/notifications';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  POST: handle(notifications.readAll, markAllRead),
});
