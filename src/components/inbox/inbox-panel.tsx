'use client';

import { sentenceOf } from '../api/request';
import { Button } from '../ui/button';
import { Notice } from '../ui/notice';
import { Panel } from '../ui/panel';
import { Skeleton } from '../ui/skeleton';
import { NotificationItem } from './notification-item';
import { useInboxPanel } from './use-inbox-panel';

/** The newest notifications, what is unread first in the eye, and the buttons that mark them as read. */
export function InboxPanel({ zone }: { zone: string }) {
  const { inbox, list, newest, failed, read, readAll, retry } = useInboxPanel();
  const unread = newest?.unread_count ?? 0;
  const notifications = inbox.data?.pages.flatMap((page) => page.notifications) ?? [];
  const title = (
    <>
      Notifications
      {unread > 0 ? <UnreadBadge count={unread} /> : null}
    </>
  );
  const tools =
    unread > 0 ? (
      <Button look="quiet" className="-mr-3" onClick={readAll}>
        Mark all as read
      </Button>
    ) : null;
  return (
    <Panel id="notifications" busy={inbox.isPending} title={title} tools={tools}>
      <div ref={list} tabIndex={-1} className="pb-2 outline-none">
        {failed ? <InboxFailed error={failed} onRetry={retry} /> : null}
        {inbox.isPending ? <InboxSkeleton /> : null}
        {newest?.notifications.length === 0 ? <InboxEmpty /> : null}
        <ul>
          {notifications.map((notification) => (
            <NotificationItem
              key={notification.id}
              notification={notification}
              zone={zone}
              now={new Date(inbox.dataUpdatedAt)}
              onRead={read}
            />
          ))}
        </ul>
        {inbox.hasNextPage ? (
          <ShowOlder isLoading={inbox.isFetchingNextPage} onClick={() => inbox.fetchNextPage()} />
        ) : null}
      </div>
    </Panel>
  );
}

function ShowOlder({ isLoading, onClick }: { isLoading: boolean; onClick: () => void }) {
  return (
    <div className="border-t border-line px-4 pt-2 sm:px-6">
      <Button look="quiet" className="w-full" aria-disabled={isLoading} onClick={onClick}>
        {isLoading ? 'Loading' : 'Show older'}
      </Button>
    </div>
  );
}

function UnreadBadge({ count }: { count: number }) {
  return (
    <span className="ml-2 inline-block rounded-full border border-transparent bg-accent px-2 py-0.5 align-[0.1em] text-xs font-semibold text-on-accent">
      {count}
      <span className="sr-only"> unread</span>
    </span>
  );
}

function InboxFailed({ error, onRetry }: { error: Error; onRetry: () => void }) {
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
