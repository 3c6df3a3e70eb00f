import type { ReactNode } from 'react';

interface EmptyPlaceProps {
  title: string;
  /** What comes here, and how. */
  children: ReactNode;
  action?: ReactNode;
}

/** Shown where nothing is yet: what will be here, and the first step to it. */
export function EmptyPlace({ title, children, action }: EmptyPlaceProps) {
  return (
    <div className="m-4 grid place-items-center rounded-md border border-dashed border-edge px-4 py-10 text-center sm:m-6">
      <div className="max-w-md">
        <p className="text-lg font-medium">{title}</p>
        <div className="mt-1 text-sm text-soft">{children}</div>
        {action ? <div className="mt-4">{action}</div> : null}
      </div>
    </div>
  );
}
