/** The classes of a table's parts: quiet lines, numbers to the right in the caller's hand. */
export const TABLE = 'w-full border-separate border-spacing-0 text-sm';
export const HEAD_CELL = 'border-b border-line bg-sunken px-3 py-2 text-xs font-medium text-soft whitespace-nowrap';
export const CELL = 'border-b border-line px-3 py-2 align-baseline';
