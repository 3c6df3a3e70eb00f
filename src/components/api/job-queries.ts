'use client';

import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Estimate } from '@/domain/estimates/schema';
import type { JobCosts } from '@/domain/ledger/schema';
import type { PricesAnswer } from '@/domain/prices/schema';
import type { JobDetail, JobsAnswer, LogsAnswer, MetricsAnswer, QueuedJob } from '@/domain/training/schema';
import type { JobStatus } from '@/lib/types/lora-training';
import { appendLog, EMPTY_LOG, type HeldLog, startLog } from '../jobs/held-log';
import { callApi } from './request';

/** While a job runs it is asked for so often; the browser itself stops that where nobody looks. */
export const WATCH_MS = 2_000;
const REFRESH_MS = 20_000;

export const hasEnded = ({ status }: { status: JobStatus }): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled';

const jobPath = (id: string, rest = ''): string => `/api/jobs/${encodeURIComponent(id)}${rest}`;

/** The jobs behind a query of the API, newest first, page by page; asked for often while one of them goes on. */
export function useJobs(query: string) {
  return useInfiniteQuery({
    queryKey: ['jobs', 'list', query],
    queryFn: ({ pageParam, signal }) => {
      const params = new URLSearchParams(query);
      if (pageParam !== null) params.set('cursor', pageParam);
      return callApi<JobsAnswer>(`/api/jobs?${params}`, { signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.jobs.some((job) => !hasEnded(job))) ? WATCH_MS : REFRESH_MS,
    placeholderData: keepPreviousData,
  });
}

/** One job with everything about it, until it has ended. */
export function useJob(id: string) {
  return useQuery({
    queryKey: ['jobs', 'one', id],
    queryFn: ({ signal }) => callApi<JobDetail>(jobPath(id), { signal }),
    refetchInterval: ({ state: { data } }) => (data !== undefined && mayChange(data) ? WATCH_MS : false),
  });
}

const COLLECTED_WITHIN_MS = 120_000;

/** A job that has not ended, or whose adapter is still being collected. */
function mayChange({ status, artifact_id, ended_at }: JobDetail): boolean {
  if (!hasEnded({ status })) return true;
  const isAwaited = status === 'completed' && artifact_id === null;
  return isAwaited && Date.now() - Date.parse(ended_at ?? '') < COLLECTED_WITHIN_MS;
}

/** The curves of a job. `version` is any number that grows with them: with another one they are read again. */
export function useMetrics(id: string, version: string) {
  return useQuery({
    queryKey: ['jobs', 'metrics', id, version],
    queryFn: ({ signal }) => callApi<MetricsAnswer>(jobPath(id, '/metrics?points=400'), { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/** What a job printed: the newest lines first, then whatever comes after them. */
export function useLog(id: string, isLive: boolean) {
  const client = useQueryClient();
  const queryKey = ['jobs', 'log', id];
  return useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const held = client.getQueryData<HeldLog>(queryKey) ?? EMPTY_LOG;
      if (held.upTo === null) return startLog(await callApi<LogsAnswer>(jobPath(id, '/logs?limit=500'), { signal }));
      const after = `/logs?order=oldest&limit=500&cursor=${encodeURIComponent(held.upTo)}`;
      return appendLog(held, await callApi<LogsAnswer>(jobPath(id, after), { signal }));
    },
    refetchInterval: isLive ? WATCH_MS : false,
    structuralSharing: false,
  });
}

/** The records of a job's costs, page by page, with the sums that explain them. */
export function useJobCosts(id: string, version: string, isWanted: boolean) {
  return useInfiniteQuery({
    queryKey: ['jobs', 'costs', id, version],
    queryFn: ({ pageParam, signal }) => {
      const cursor = pageParam === null ? '' : `&cursor=${encodeURIComponent(pageParam)}`;
      return callApi<JobCosts>(jobPath(id, `/costs?limit=200${cursor}`), { signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    enabled: isWanted,
    placeholderData: keepPreviousData,
  });
}

/** What a job as configured is expected to cost; null waits. An answer to another question is never shown as this one's. */
export function useEstimate(content: string | null) {
  return useQuery({
    queryKey: ['estimate', content],
    queryFn: ({ signal }) =>
      callApi<Estimate>('/api/jobs/estimate', { method: 'POST', body: JSON.parse(content ?? '{}'), signal }),
    enabled: content !== null,
    staleTime: 60_000,
    gcTime: 60_000,
    placeholderData: keepPreviousData,
  });
}

/** The prices of GPUs that are in force. */
export function useGpuPrices() {
  return useQuery({
    queryKey: ['prices', 'gpu'],
    queryFn: ({ signal }) => callApi<PricesAnswer>('/api/prices?kind=gpu&limit=1000', { signal }),
    staleTime: 300_000,
  });
}

/** Queues a job; `content` is the body as text, sent under `key` as often as it takes. */
export function useStartJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ content, key }: { content: string; key: string }) =>
      callApi<QueuedJob>('/api/jobs', { method: 'POST', body: JSON.parse(content), key }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['jobs', 'list'] }),
  });
}

/** Cancels a job that waits or runs. */
export function useCancelJob(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => callApi<JobDetail>(jobPath(id, '/cancel'), { method: 'POST' }),
    onSuccess: (job) => client.setQueryData(['jobs', 'one', id], job),
  });
}

/** Queues a new job like this one, under `key` as often as it takes. */
export function useRetryJob(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (key: string) => callApi<QueuedJob>(jobPath(id, '/retry'), { method: 'POST', key }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['jobs', 'list'] }),
  });
}
