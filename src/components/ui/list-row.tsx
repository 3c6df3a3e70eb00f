import type { ReactNode } from 'react';

interface ListRowProps {
  /** A link to what the row is about. */
  title: ReactNode;
  /** Its state. */
  mark?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}

/** One of many: its name and state, a few words, and what can be done with it. */
export function ListRow({ title, mark, action, children }: ListRowProps) {
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 border-t border-line px-4 py-3.5 sm:px-6">
      <div className="min-w-0 flex-[1_1_14rem]">
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <h3 className="min-w-0 font-medium [overflow-wrap:anywhere] [&_a]:underline [&_a]:decoration-edge [&_a]:underline-offset-2 [&_a:hover]:decoration-current">
            {title}
          </h3>
          {mark}
        </div>
        <div className="mt-1 space-y-1 text-sm text-soft [overflow-wrap:anywhere]">{children}</div>
      </div>
      {action}
    </li>
  );
}
