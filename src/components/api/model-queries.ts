'use client';

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ArtifactAnswer, ArtifactsAnswer, DeletedAnswer, DownloadAnswer } from '@/domain/artifacts/schema';
import { callApi } from './request';

const REFRESH_MS = 20_000;

const modelPath = (id: string, rest = ''): string => `/api/models/${encodeURIComponent(id)}${rest}`;

/** The adapters, newest first, page by page. */
export function useModels() {
  return useInfiniteQuery({
    queryKey: ['models', 'list'],
    queryFn: ({ pageParam, signal }) => {
      const cursor = pageParam === null ? '' : `?cursor=${encodeURIComponent(pageParam)}`;
      return callApi<ArtifactsAnswer>(`/api/models${cursor}`, { signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: REFRESH_MS,
  });
}

/** One adapter with its files and what keeping it has cost. */
export function useModel(id: string) {
  return useQuery({
    queryKey: ['models', 'one', id],
    queryFn: ({ signal }) => callApi<ArtifactAnswer>(modelPath(id), { signal }),
    refetchInterval: REFRESH_MS,
  });
}

/** Links to the files, which work for a quarter of an hour. */
export function useDownload(id: string) {
  return useMutation({
    mutationFn: () => callApi<DownloadAnswer>(modelPath(id, '/download'), { method: 'POST' }),
  });
}

/** Deletes an adapter with its files. */
export function useDeleteModel() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => callApi<DeletedAnswer>(modelPath(id), { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['models', 'list'] }),
  });
}
