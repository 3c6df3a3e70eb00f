'use client';

import {
  type InfiniteData,
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { Me } from '@/domain/accounts/schema';
import type { CostsAnswer } from '@/domain/ledger/schema';
import type { AllRead, Marked, NotificationList } from '@/domain/notifications/schema';
import { callApi } from './request';

// An unchanged answer costs the server one row: its ETag says so, and the browser asks with it by itself.
const REFRESH_MS = 20_000;
const INBOX_PAGE = 8;

/** Who is signed in, with their zone and currency. */
export function useMe() {
  return useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => callApi<Me>('/api/me', { signal }),
    staleTime: 300_000,
  });
}

/** The costs behind a path of the API; null waits. The last answer stays until the next one is there. */
export function useCosts(path: string | null) {
  return useQuery({
    queryKey: ['costs', path],
    queryFn: ({ signal }) => callApi<CostsAnswer>(path ?? '', { signal }),
    enabled: path !== null,
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
}

/** The inbox, newest first, page by page. */
export function useInbox() {
  return useInfiniteQuery({
    queryKey: ['inbox'],
    queryFn: ({ pageParam, signal }) => {
      const cursor = pageParam === null ? '' : `&cursor=${encodeURIComponent(pageParam)}`;
      return callApi<NotificationList>(`/api/notifications?limit=${INBOX_PAGE}${cursor}`, { signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: REFRESH_MS,
  });
}

type InboxPages = InfiniteData<NotificationList, string | null>;

/** Shows a change of the inbox before the server has confirmed it; gives what to put back if it refuses. */
async function showAtOnce(client: QueryClient, change: (page: NotificationList) => NotificationList) {
  await client.cancelQueries({ queryKey: ['inbox'] });
  const before = client.getQueryData<InboxPages>(['inbox']);
  client.setQueryData<InboxPages>(['inbox'], (data) => data && { ...data, pages: data.pages.map(change) });
  return { before };
}

/** Marks one notification as read. */
export function useMarkRead() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      callApi<Marked>(`/api/notifications/${encodeURIComponent(id)}/read`, { method: 'PATCH' }),
    onMutate: (id) =>
      showAtOnce(client, (page) => ({
        ...page,
        unread_count: Math.max(0, page.unread_count - 1),
        notifications: page.notifications.map((each) => (each.id === id ? { ...each, read: true } : each)),
      })),
    onSuccess: ({ unread_count }) =>
      client.setQueryData<InboxPages>(
        ['inbox'],
        (data) => data && { ...data, pages: data.pages.map((page) => ({ ...page, unread_count })) },
      ),
    onError: (_error, _id, kept) => client.setQueryData(['inbox'], kept?.before),
    onSettled: () => client.invalidateQueries({ queryKey: ['inbox'] }),
  });
}

/** Marks everything as read that had arrived when the list was fetched; what came since stays unread. */
export function useMarkAllRead() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (upTo: string) =>
      callApi<AllRead>('/api/notifications/read-all', { method: 'POST', body: { up_to: upTo } }),
    onMutate: () =>
      showAtOnce(client, (page) => ({
        ...page,
        unread_count: 0,
        notifications: page.notifications.map((each) => ({ ...each, read: true })),
      })),
    onError: (_error, _upTo, kept) => client.setQueryData(['inbox'], kept?.before),
    onSettled: () => client.invalidateQueries({ queryKey: ['inbox'] }),
  });
}

/** Keeps the zone in which this person's days begin. */
export function useKeepZone() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (timezone: string) => callApi<Me>('/api/me', { method: 'PATCH', body: { timezone } }),
    onSuccess: (me) => client.setQueryData(['me'], me),
  });
}
