'use client';

import { type ReactNode, useRef } from 'react';
import type { Notification } from '@/domain/notifications/schema';
import { formatCount } from '@/lib/format';
import { useInbox, useMarkAllRead, useMarkRead } from '../api/queries';
import { sentenceOf } from '../api/request';
import { useAnnounce } from '../ui/announcer';
import { Button } from '../ui/button';
import { Notice } from '../ui/notice';
import { Panel } from '../ui/panel';
import { Skeleton } from '../ui/skeleton';
import { NotificationItem } from './notification-item';
import { useAnnouncedArrivals } from './use-announced-arrivals';

/** The newest notifications, what is unread first in the eye, and the buttons that mark them as read. */
export function InboxPanel({ zone }: { zone: string }) {
  const inbox = useInbox();
  const list = useRef<HTMLDivElement>(null);
  const announce = useAnnounce();
  const markRead = useMarkRead();
  const markAllRead = useMarkAllRead();
  const newest = inbox.data?.pages[0];
  const unread = newest?.unread_count ?? 0;
  useAnnouncedArrivals(newest);
  const refused = (error: Error) => announce(sentenceOf(error));

  function read(notification: Notification) {
    focusNextMark(list.current, notification);
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
  return (
    <Panel
      id="notifications"
      busy={inbox.isPending}
      title={
        <>
          Notifications
          {unread > 0 ? <UnreadBadge count={unread} /> : null}
        </>
      }
      tools={
        unread > 0 ? (
          <Button look="quiet" className="-mr-3" onClick={readAll}>
            Mark all as read
          </Button>
        ) : null
      }
    >
      <div ref={list} tabIndex={-1} className="pb-2 outline-none">
        {failed ? <InboxFailed error={failed} onRetry={retry} /> : null}
        {inbox.isPending ? <InboxSkeleton /> : null}
        {newest?.notifications.length === 0 ? <InboxEmpty /> : null}
        <ul>
          {inbox.data?.pages.flatMap((page) =>
            page.notifications.map((notification) => (
              <NotificationItem
                key={notification.id}
                notification={notification}
                zone={zone}
                now={new Date(inbox.dataUpdatedAt)}
                onRead={read}
              />
            )),
          )}
        </ul>
        {inbox.hasNextPage ? (
          <div className="border-t border-line px-4 pt-2 sm:px-6">
            <Button
              look="quiet"
              className="w-full"
              disabled={inbox.isFetchingNextPage}
              onClick={() => inbox.fetchNextPage()}
            >
              {inbox.isFetchingNextPage ? 'Loading' : 'Show older'}
            </Button>
          </div>
        ) : null}
      </div>
    </Panel>
  );
}

/** The button that was pressed is about to go: the focus moves to the next one like it, else to the list. */
function focusNextMark(list: HTMLElement | null, { id }: Notification): void {
  const marks = [...(list?.querySelectorAll<HTMLElement>('[data-mark-read]') ?? [])];
  const at = marks.findIndex((mark) => mark.dataset.markRead === id);
  (marks[at + 1] ?? marks[at - 1] ?? list)?.focus();
}

function UnreadBadge({ count }: { count: number }) {
  return (
    <span className="ml-2 inline-block rounded-full border border-transparent bg-accent px-2 py-0.5 align-[0.1em] text-xs font-semibold text-on-accent">
      {count}
      <span className="sr-only"> unread</span>
    </span>
  );
}

function InboxFailed({ error, onRetry }: { error: Error; onRetry: () => void }): ReactNode {
  return (
    <div className="px-4 pb-3 sm:px-6">
      <Notice title="The inbox could not be brought up to date" actions={<Button onClick={onRetry}>Try again</Button>}>
        <p>{sentenceOf(error)}</p>
      </Notice>
    </div>
  );
}

function InboxEmpty() {
  return (
    <div className="border-t border-line px-4 py-6 sm:px-6">
      <p className="font-medium">Nothing here yet</p>
      <p className="mt-1 text-sm text-soft">When a job starts, ends or needs you, it is said here.</p>
    </div>
  );
}

function InboxSkeleton() {
  return (
    <div className="space-y-5 border-t border-line px-4 py-4 sm:px-6">
      <p className="sr-only">Loading your notifications</p>
      <Skeleton className="h-20" />
      <Skeleton className="h-20" />
      <Skeleton className="h-20" />
    </div>
  );
}
