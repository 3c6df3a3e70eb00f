import type { JobStatus } from '@/lib/types/lora-training';

/** The filters that people choose from; several states may be one of them. */
export const FILTERS = [
  { name: 'All', statuses: [] },
  { name: 'Under way', statuses: ['queued', 'initializing', 'running'] },
  { name: 'Completed', statuses: ['completed'] },
  { name: 'Failed', statuses: ['failed'] },
  { name: 'Cancelled', statuses: ['cancelled'] },
] as const satisfies readonly { name: string; statuses: readonly JobStatus[] }[];

/** What the address says about which jobs are shown. The server checks the values; here they are only carried. */
export interface JobsView {
  /** Names of states with commas between; empty: all. */
  status: string;
  /** Jobs that were brought in with their costs are shown, too. */
  imported: boolean;
}

export const statusOf = ({ statuses }: (typeof FILTERS)[number]): string => statuses.join(',');

export const readJobsView = (params: URLSearchParams): JobsView => ({
  status: params.get('status') ?? '',
  imported: params.get('origin') === 'any',
});

function paramsOf({ status, imported }: JobsView): URLSearchParams {
  const params = new URLSearchParams();
  if (status !== '') params.set('status', status);
  if (imported) params.set('origin', 'any');
  return params;
}

/** The address of a view. */
export function jobsHref(view: JobsView): string {
  const params = paramsOf(view);
  return params.size === 0 ? '/jobs' : `/jobs?${params}`;
}

/** The query to the API behind a view. */
export const jobsQueryOf = (view: JobsView): string => paramsOf(view).toString();
