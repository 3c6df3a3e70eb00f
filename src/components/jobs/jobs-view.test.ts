import { expect, it } from 'vitest';
import { FILTERS, jobsHref, jobsQueryOf, readJobsView, statusOf } from '@/components/jobs/jobs-view';

it('shows every own job unless the address says otherwise', () => {
  const view = readJobsView(new URLSearchParams());
  expect(view).toEqual({ status: '', imported: false });
  expect(jobsHref(view)).toBe('/jobs');
  expect(jobsQueryOf(view)).toBe('');
});

it('carries its filter in the address and asks the API the same', () => {
  const view = readJobsView(new URLSearchParams('status=queued,running&origin=any'));
  expect(view).toEqual({ status: 'queued,running', imported: true });
  expect(readJobsView(new URL(jobsHref(view), 'http://localhost').searchParams)).toEqual(view);
  expect(new URLSearchParams(jobsQueryOf(view)).get('status')).toBe('queued,running');
});

it('has every state in one filter', () => {
  const states = FILTERS.flatMap((filter) => (statusOf(filter) === '' ? [] : statusOf(filter).split(',')));
  expect(states.toSorted()).toEqual(['cancelled', 'completed', 'failed', 'initializing', 'queued', 'running']);
});
