import { clsx } from 'clsx';

/** The classes of one choice in a row of choices of which one holds. */
export const segmentClass = (chosen: boolean): string =>
  clsx(
    'inline-flex min-h-9 w-full items-center justify-center gap-2 rounded-md px-3 text-sm font-medium whitespace-nowrap pointer-coarse:min-h-11',
    chosen ? 'bg-panel text-ink shadow-panel ring-1 ring-line' : 'text-soft hover:text-ink',
  );
