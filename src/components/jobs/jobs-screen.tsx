'use client';

import Link from 'next/link';
import { useSearchParams } from 'next/navigation';
import { useJobs } from '../api/job-queries';
import { LoadFailed } from '../api/load-failed';
import { useMe } from '../api/queries';
import { useFreshInbox } from '../api/use-fresh-inbox';
import { buttonClass } from '../ui/button';
import { EmptyPlace } from '../ui/empty-place';
import { MoreButton } from '../ui/more-button';
import { PageTitle } from '../ui/page-title';
import { Panel } from '../ui/panel';
import { RowsSkeleton } from '../ui/rows-skeleton';
import { segmentClass } from '../ui/segment';
import { JobRow } from './job-row';
import { FILTERS, type JobsView, jobsHref, jobsQueryOf, readJobsView, statusOf } from './jobs-view';

/** One's jobs, newest first. */
export function JobsScreen() {
  const view = readJobsView(new URLSearchParams(useSearchParams().toString()));
  const list = useJobs(jobsQueryOf(view));
  const zone = useMe().data?.timezone ?? 'UTC';
  const jobs = list.data?.pages.flatMap((page) => page.jobs) ?? [];
  useFreshInbox(list.data && jobs.map(({ id, status }) => `${id} ${status}`).join());
  const hasAnswer = list.data !== undefined && !list.isPlaceholderData;
  return (
    <>
      <PageTitle title="Jobs" actions={<NewJobLink />} />
      <Filters view={view} />
      <Panel id="jobs" title="Your jobs" busy={list.isFetching && !hasAnswer}>
        {list.error ? (
          <div className="px-4 pb-4 sm:px-6">
            <LoadFailed title="The jobs could not be read" error={list.error} onRetry={() => list.refetch()} />
          </div>
        ) : null}
        {list.isPending ? <RowsSkeleton what="jobs" /> : null}
        {hasAnswer && jobs.length === 0 ? <NoJobs view={view} /> : null}
        <ul className={list.isPlaceholderData ? 'opacity-60' : undefined}>
          {jobs.map((job) => (
            <JobRow key={job.id} job={job} zone={zone} now={new Date(list.dataUpdatedAt)} />
          ))}
        </ul>
        <MoreButton list={list} />
      </Panel>
    </>
  );
}

const NewJobLink = () => (
  <Link href="/jobs/new" className={buttonClass('primary')}>
    New job
  </Link>
);

function Filters({ view }: { view: JobsView }) {
  return (
    <nav aria-label="Filter" className="mb-5 flex flex-wrap items-center gap-2">
      <ul className="flex max-w-full flex-wrap rounded-lg bg-sunken p-1">
        {FILTERS.map((filter) => {
          const chosen = view.status === statusOf(filter);
          return (
            <li key={filter.name}>
              <Link
                href={jobsHref({ ...view, status: statusOf(filter) })}
                aria-current={chosen ? 'true' : undefined}
                className={segmentClass(chosen)}
              >
                {filter.name}
              </Link>
            </li>
          );
        })}
      </ul>
      <Link href={jobsHref({ ...view, imported: !view.imported })} className={buttonClass('quiet')}>
        {view.imported ? 'Hide imported jobs' : 'Show imported jobs'}
      </Link>
    </nav>
  );
}

function NoJobs({ view }: { view: JobsView }) {
  if (view.status !== '') {
    return (
      <EmptyPlace
        title="No job of this kind"
        action={
          <Link href={jobsHref({ ...view, status: '' })} className={buttonClass('outline')}>
            Show all
          </Link>
        }
      >
        <p>Jobs change their state as they run.</p>
      </EmptyPlace>
    );
  }
  return (
    <EmptyPlace title="No job yet" action={<NewJobLink />}>
      <p>
        A job trains an adapter on one of your datasets. You see what it is expected to cost before it starts, and what
        it costs while it runs.
      </p>
    </EmptyPlace>
  );
}
