'use client';

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Dataset, DatasetAnswer, DatasetDeleted, DatasetsAnswer } from '@/domain/datasets/schema';
import { callApi } from './request';

const WATCH_MS = 1_500;
const REFRESH_MS = 20_000;

/** Whether something is still being done with it, so that it is worth asking again soon. */
export const isUnderWay = ({ status }: Pick<Dataset, 'status'>): boolean =>
  status === 'uploading' || status === 'validating';

/** The datasets, newest first, page by page; asked for often while one of them is being checked. */
export function useDatasets() {
  return useInfiniteQuery({
    queryKey: ['datasets', 'list'],
    queryFn: ({ pageParam, signal }) => {
      const cursor = pageParam === null ? '' : `?cursor=${encodeURIComponent(pageParam)}`;
      return callApi<DatasetsAnswer>(`/api/datasets${cursor}`, { signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.datasets.some(isUnderWay)) ? WATCH_MS : REFRESH_MS,
  });
}

/** Those that can be trained on, the newest hundred. */
export function useReadyDatasets() {
  return useQuery({
    queryKey: ['datasets', 'ready'],
    queryFn: ({ signal }) => callApi<DatasetsAnswer>('/api/datasets?status=ready&limit=100', { signal }),
  });
}

/** A dataset with what its check found. */
export function useDataset(id: string) {
  return useQuery({
    queryKey: ['datasets', 'one', id],
    queryFn: ({ signal }) => callApi<DatasetAnswer>(`/api/datasets/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: ({ state }) => (state.data && isUnderWay(state.data) ? WATCH_MS : false),
  });
}

/** Deletes a dataset with its file. */
export function useDeleteDataset() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      callApi<DatasetDeleted>(`/api/datasets/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['datasets', 'list'] }),
  });
}
