'use client';

import { useEffect } from 'react';

/** Names the page after what is on it, once that is known; the unread count before the title stays. */
export function usePageTitle(name: string | undefined): void {
  useEffect(() => {
    if (name === undefined) return;
    const count = /^\(\d+\) /.exec(document.title)?.[0] ?? '';
    document.title = `${count}${name} · PIPELINE`;
  }, [name]);
}
