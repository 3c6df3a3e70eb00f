'use client';

import { clsx } from 'clsx';
import { ExternalLink } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import type { Notification } from '@/domain/notifications/schema';
import { formatAgo, formatInstant, formatUtc } from '@/lib/format';
import { Button } from '../ui/button';
import { safeHref } from '../ui/safe-href';

/** Only what asks for attention gets a word; low and medium speak for themselves. */
const MARKS: Record<Notification['priority'], { word: string; className: string } | null> = {
  low: null,
  medium: null,
  high: { word: 'High', className: 'bg-warm-wash text-warm' },
  urgent: { word: 'Urgent', className: 'bg-alert-wash text-alert' },
};

interface NotificationItemProps {
  notification: Notification;
  zone: string;
  now: Date;
  onRead: (notification: Notification) => void;
}

/** One event of the inbox. Its words are somebody's text: shown as text, never as markup. */
export function NotificationItem({ notification, zone, now, onRead }: NotificationItemProps) {
  const { title, message, priority, read, action_url, created_at } = notification;
  return (
    <li className="border-t border-line px-4 py-3.5 sm:px-6">
      <div className="flex items-start gap-2.5">
        <span
          aria-hidden="true"
          className={clsx(
            'mt-[0.45rem] size-2 shrink-0 rounded-full border',
            read ? 'border-edge' : 'border-accent bg-accent forced-colors:bg-[CanvasText]',
          )}
        />
        <div className="min-w-0 flex-1">
          <h3 className={clsx('text-sm [overflow-wrap:anywhere]', read ? 'font-normal text-soft' : 'font-semibold')}>
            {read ? null : <span className="sr-only">Unread: </span>}
            <ActionLink address={action_url}>{title}</ActionLink>
          </h3>
          <p className="mt-0.5 text-sm text-soft [overflow-wrap:anywhere]">{message}</p>
          <div
            className={clsx('mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-soft', read || '-mb-1.5')}
          >
            <PriorityMark priority={priority} />
            <time dateTime={created_at} title={`${formatInstant(created_at, zone)} (${formatUtc(created_at)})`}>
              {formatAgo(created_at, now, zone)}
            </time>
            {read ? null : (
              <Button
                look="quiet"
                data-mark-read={notification.id}
                aria-label={`Mark as read: ${title}`}
                className="-mr-2 ml-auto px-2 text-xs"
                onClick={() => onRead(notification)}
              >
                Mark as read
              </Button>
            )}
          </div>
        </div>
      </div>
    </li>
  );
}

function PriorityMark({ priority }: { priority: Notification['priority'] }) {
  const mark = MARKS[priority];
  if (!mark) return null;
  return (
    <span className={clsx('rounded border border-transparent px-1.5 py-0.5 font-medium', mark.className)}>
      {mark.word}
    </span>
  );
}

function ActionLink({ address, children }: { address: string | null; children: ReactNode }) {
  const target = safeHref(address);
  if (target === null) return children;
  const className = 'underline decoration-edge underline-offset-2 hover:decoration-current';
  if (target.own) {
    return (
      <Link href={target.href} className={className}>
        {children}
      </Link>
    );
  }
  return (
    <a href={target.href} rel="noopener noreferrer" target="_blank" className={className}>
      {children}
      <ExternalLink aria-hidden="true" className="ml-1 inline size-3.5 align-[-0.1em]" />
      <span className="sr-only"> (opens in a new tab)</span>
    </a>
  );
}
