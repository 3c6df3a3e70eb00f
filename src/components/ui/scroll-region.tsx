import { clsx } from 'clsx';
import type { ReactNode } from 'react';

// What scrolls has to be reachable by keyboard, or its lower part is out of reach without a pointer.
const REACHABLE = { tabIndex: 0 };

/** A named part of the page that scrolls within itself. */
export function ScrollRegion({ name, className, children }: { name: string; className: string; children: ReactNode }) {
  return (
    <section {...REACHABLE} aria-label={name} className={clsx('overflow-auto', className)}>
      {children}
    </section>
  );
}
