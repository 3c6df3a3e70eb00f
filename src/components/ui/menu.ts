/** The classes of a menu that opens at a button; it is rendered beside the button, so that it stays in its landmark. */
export const MENU =
  'pop z-30 min-w-56 max-w-[calc(100vw-2rem)] rounded-lg border border-line bg-panel p-1 shadow-raised';

/** The classes of one entry; `data-highlighted` is where the keyboard or the pointer is. */
export const MENU_ITEM =
  'flex min-h-9 items-center gap-2 rounded-md px-2 text-sm outline-none select-none data-highlighted:bg-sunken pointer-coarse:min-h-11 forced-colors:data-highlighted:outline-2';
