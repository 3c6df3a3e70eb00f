import { clsx } from 'clsx';

/** A grey place in the size of what is about to be there; says nothing to a screen reader. */
export function Skeleton({ className }: { className: string }) {
  return <div aria-hidden="true" className={clsx('skeleton', className)} />;
}
