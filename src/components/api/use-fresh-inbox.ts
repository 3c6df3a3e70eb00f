'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

/** Reads the inbox anew when `state` has become another one: what has just happened was told there in the same moment. */
export function useFreshInbox(state: string | undefined): void {
  const client = useQueryClient();
  const known = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (state === undefined) return;
    if (known.current !== undefined && known.current !== state) client.invalidateQueries({ queryKey: ['inbox'] });
    known.current = state;
  }, [state, client]);
}
