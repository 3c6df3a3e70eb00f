import { isUnread, type Priority } from '@/domain/notifications/rules';
import type { Notification } from '@/domain/notifications/schema';
import type { NotificationRow } from '@/domain/notifications/store';

const instant = (date: Date | null): string | null => date?.toISOString() ?? null;

/** A row as the API shows it: `read` says what the reader should see, whether or not the watermark is folded in yet. */
export function presentNotification(row: NotificationRow, readUpto: number): Notification {
  const unreadSeq = Number(row.unread_seq);
  return {
    id: row.id,
    user_id: row.user_id,
    type: row.type,
    title: row.title,
    message: row.message,
    priority: row.priority as Priority, // the table checks it
    read: !isUnread({ read: row.read, unreadSeq }, readUpto),
    action_url: row.action_url,
    metadata: row.metadata,
    created_at: row.created_at.toISOString(),
    seq: Number(row.seq),
    changed_seq: Number(row.changed_seq),
    unread_seq: unreadSeq,
    job_id: row.job_id,
    thread_key: row.thread_key,
    dedupe_key: row.dedupe_key,
    archived_at: instant(row.archived_at),
    snoozed_until: instant(row.snoozed_until),
    read_at: instant(row.read_at),
  };
}
