import { clsx } from 'clsx';
import type { ReactNode } from 'react';

interface PanelProps {
  id: string;
  title: ReactNode;
  /** Controls at the right of the title. */
  tools?: ReactNode;
  children: ReactNode;
  className?: string;
  busy?: boolean;
}

/** A named region of the page: its heading is its name. */
export function Panel({ id, title, tools, children, className, busy = false }: PanelProps) {
  return (
    <section
      id={id}
      aria-labelledby={`${id}-title`}
      aria-busy={busy}
      className={clsx('rounded-lg border border-line bg-panel shadow-panel', className)}
    >
      <div className="flex min-h-13 flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 pt-3 sm:px-6 sm:pt-4">
        <h2 id={`${id}-title`} className="text-base font-semibold">
          {title}
        </h2>
        {tools}
      </div>
      {children}
    </section>
  );
}
