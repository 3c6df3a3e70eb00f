'use client';

import { useEffect } from 'react';
import { useInbox } from '../api/queries';

/** Puts the unread count before the title of whatever page is open. */
export function UnreadTitle() {
  const unread = useInbox().data?.pages[0]?.unread_count ?? 0;
  // After every rendering: another page brings its own title with it.
  useEffect(() => {
    const bare = document.title.replace(/^\(\d+\) /, '');
    document.title = unread > 0 ? `(${unread}) ${bare}` : bare;
  });
  return null;
}
