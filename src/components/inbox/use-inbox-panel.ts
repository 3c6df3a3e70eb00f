'use client';

import { type RefObject, useRef } from 'react';
import type { Notification } from '@/domain/notifications/schema';
import { formatCount } from '@/lib/format';
import { useInbox, useMarkAllRead, useMarkRead } from '../api/queries';
import { sentenceOf } from '../api/request';
import { useAnnounce } from '../ui/announcer';
import { useAnnouncedArrivals } from './use-announced-arrivals';

/** The inbox and what can be done with it; each deed says its outcome and leaves the focus somewhere sensible. */
export function useInboxPanel() {
  const inbox = useInbox();
  const list = useRef<HTMLDivElement>(null);
  const announce = useAnnounce();
  const markRead = useMarkRead();
  const markAllRead = useMarkAllRead();
  const newest = inbox.data?.pages[0];
  useAnnouncedArrivals(newest);
  const refused = (error: Error) => announce(sentenceOf(error));

  function read(notification: Notification) {
    focusNextMark(list, notification);
    markRead.mutate(notification.id, {
      onSuccess: ({ unread_count }) => announce(`Marked as read. ${formatCount(unread_count, 'unread notification')}.`),
      onError: refused,
    });
  }

  function readAll() {
    if (!newest) return;
    list.current?.focus();
    markAllRead.mutate(newest.up_to, { onSuccess: () => announce('All marked as read.'), onError: refused });
  }

  function retry() {
    markRead.reset();
    markAllRead.reset();
    inbox.refetch();
  }

  const failed = inbox.error ?? markRead.error ?? markAllRead.error;
  return { inbox, list, newest, failed, read, readAll, retry };
}

/** The button that was pressed is about to go: the focus moves to the next one like it, else to the list. */
function focusNextMark(list: RefObject<HTMLDivElement | null>, { id }: Notification): void {
  const marks = [...(list.current?.querySelectorAll<HTMLElement>('[data-mark-read]') ?? [])];
  const at = marks.findIndex((mark) => mark.dataset.markRead === id);
  (marks[at + 1] ?? marks[at - 1] ?? list.current)?.focus();
}
