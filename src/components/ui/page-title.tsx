import Link from 'next/link';
import type { ReactNode } from 'react';

interface PageTitleProps {
  title: string;
  /** Where this page belongs to, for the way back. */
  up?: { href: string; name: string };
  /** What can be done here. */
  actions?: ReactNode;
  children?: ReactNode;
}

/** The heading of a page with the way back above it and its deeds beside it. */
export function PageTitle({ title, up, actions, children }: PageTitleProps) {
  return (
    <div className="flex flex-wrap items-end justify-between gap-x-4 gap-y-3 pb-5">
      <div className="min-w-0 flex-[1_1_16rem]">
        {up ? (
          <Link
            href={up.href}
            className="inline-flex min-h-6 items-center text-sm text-soft underline decoration-edge underline-offset-2 hover:text-ink"
          >
            {up.name}
          </Link>
        ) : null}
        <h1 className="text-2xl font-semibold tracking-tight [overflow-wrap:anywhere]">{title}</h1>
        {children}
      </div>
      {actions ? <div className="relative flex flex-wrap gap-2">{actions}</div> : null}
    </div>
  );
}
