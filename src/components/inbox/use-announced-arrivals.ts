'use client';

import { useEffect, useRef } from 'react';
import type { NotificationList } from '@/domain/notifications/schema';
import { useAnnounce } from '../ui/announcer';

/** Says to screen readers what has newly arrived, all of one refresh in one sentence. */
export function useAnnouncedArrivals(newest: NotificationList | undefined): void {
  const announce = useAnnounce();
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (newest === undefined) return;
    const before = known.current;
    known.current = new Set([...(before ?? []), ...newest.notifications.map((each) => each.id)]);
    if (before === null) return;
    const arrived = newest.notifications.filter((each) => !each.read && !before.has(each.id));
    const [first] = arrived;
    if (first === undefined) return;
    announce(arrived.length === 1 ? `New notification: ${first.title}` : `${arrived.length} new notifications.`);
  }, [newest, announce]);
}
