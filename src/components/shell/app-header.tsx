'use client';

import { Bell } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { formatCount } from '@/lib/format';
import { useInbox } from '../api/queries';
import { UnreadTitle } from '../inbox/unread-title';
import { buttonClass } from '../ui/button';
import { AccountMenu } from './account-menu';
import { Wordmark } from './wordmark';

/** The places of the product; each later screen adds its line here. */
const PLACES = [{ href: '/', name: 'Overview' }] as const;

export function AppHeader() {
  const pathname = usePathname();
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-panel">
      <div className="mx-auto flex h-14 max-w-7xl items-center gap-2 px-4 sm:gap-6 sm:px-6">
        <Link href="/" className="flex rounded-md" aria-label="PIPELINE, to the overview">
          <Wordmark isShort />
        </Link>
        <nav aria-label="Main" className="h-full min-w-0 flex-1 overflow-x-auto">
          <ul className="flex h-full gap-1">
            {PLACES.map(({ href, name }) => (
              <li key={href} className="h-full">
                <Link
                  href={href}
                  aria-current={pathname === href ? 'page' : undefined}
                  className="flex h-full items-center border-b-2 border-transparent px-2 text-sm text-soft hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink"
                >
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="flex items-center gap-1">
          <InboxLink />
          <AccountMenu />
        </div>
      </div>
    </header>
  );
}

function InboxLink() {
  const unread = useInbox().data?.pages[0]?.unread_count ?? 0;
  return (
    <>
      <UnreadTitle />
      <a href="#notifications" className={buttonClass('soft', 'px-2')}>
        <Bell aria-hidden="true" className="size-5" />
        <span className="sr-only">{formatCount(unread, 'unread notification')}</span>
        {unread > 0 ? (
          <span
            aria-hidden="true"
            className="min-w-5 rounded-full border border-transparent bg-accent px-1.5 text-center text-xs leading-5 font-semibold text-on-accent"
          >
            {unread > 99 ? '99+' : unread}
          </span>
        ) : null}
      </a>
    </>
  );
}
