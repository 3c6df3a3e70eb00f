import { listChanges } from '@/domain/notifications/list-changes';
import { handle } from '@/http/handle';
import * as notifications from '@/http/operations/notifications';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  GET: handle(notifications.changes, listChanges),
});
