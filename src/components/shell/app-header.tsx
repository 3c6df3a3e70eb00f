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
const PLACES = [
  { href: '/', name: 'Overview' },
  { href: '/datasets', name: 'Datasets' },
  { href: '/jobs', name: 'Jobs' },
  { href: '/models', name: 'Models' },
] as const;

/** Whether a page is a place itself ("page") or lies below it ("true"). */
function currentOf(href: string, pathname: string): 'page' | 'true' | undefined {
  if (pathname === href) return 'page';
  return href !== '/' && pathname.startsWith(`${href}/`) ? 'true' : undefined;
}

/** On a phone the places have a row of their own, and the header goes away with the page: it would take too much of it. */
export function AppHeader() {
  const pathname = usePathname();
  return (
    <header className="z-20 border-b border-line bg-panel sm:sticky sm:top-0">
      <div className="mx-auto flex max-w-7xl flex-wrap items-center gap-x-2 px-4 sm:h-14 sm:flex-nowrap sm:gap-6 sm:px-6">
        <Link href="/" className="flex min-h-12 items-center rounded-md" aria-label="PIPELINE, to the overview">
          <Wordmark />
        </Link>
        <nav aria-label="Main" className="order-last h-11 w-full min-w-0 sm:order-none sm:h-full sm:w-auto sm:flex-1">
          <ul className="flex h-full justify-between gap-1 sm:justify-start">
            {PLACES.map(({ href, name }) => (
              <li key={href} className="h-full">
                <Link
                  href={href}
                  aria-current={currentOf(href, pathname)}
                  className="flex h-full items-center border-b-2 border-transparent px-2 text-sm text-soft hover:text-ink aria-[current]:border-accent aria-[current]:font-medium aria-[current]:text-ink"
                >
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="ml-auto flex items-center gap-1">
          <InboxLink isHere={pathname === '/'} />
          <AccountMenu />
        </div>
      </div>
    </header>
  );
}

function InboxLink({ isHere }: { isHere: boolean }) {
  const unread = useInbox().data?.pages[0]?.unread_count ?? 0;
  return (
    <>
      <UnreadTitle />
      <Link href={isHere ? '#notifications' : '/#notifications'} className={buttonClass('soft', 'px-2')}>
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
      </Link>
    </>
  );
}
