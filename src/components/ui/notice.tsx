import { clsx } from 'clsx';
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

interface NoticeProps {
  /** What happened, in a few words. */
  title: string;
  /** What is wrong and what to do, in the words of whoever found it. */
  children: ReactNode;
  /** A button or two. */
  actions?: ReactNode;
  className?: string;
}

/** Something went wrong here: says it at once, to a screen reader too. */
export function Notice({ title, children, actions, className }: NoticeProps) {
  return (
    <div role="alert" className={clsx('flex gap-3 rounded-md border border-alert bg-alert-wash p-4', className)}>
      <CircleAlert aria-hidden="true" className="mt-0.5 size-5 shrink-0 text-alert" />
      <div className="min-w-0 flex-1 text-sm">
        <p className="font-semibold">{title}</p>
        <div className="mt-0.5">{children}</div>
        {actions ? <div className="mt-3 flex flex-wrap gap-2">{actions}</div> : null}
      </div>
    </div>
  );
}
