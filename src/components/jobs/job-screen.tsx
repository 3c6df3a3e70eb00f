'use client';

import Link from 'next/link';
import { useState } from 'react';
import type { JobDetail } from '@/domain/training/schema';
import { hasEnded, useJob } from '../api/job-queries';
import { LoadFailed } from '../api/load-failed';
import { useMe } from '../api/queries';
import { useFreshInbox } from '../api/use-fresh-inbox';
import { buttonClass } from '../ui/button';
import { Notice } from '../ui/notice';
import { PageTitle } from '../ui/page-title';
import { Skeleton } from '../ui/skeleton';
import { StatusMark } from '../ui/status-mark';
import { usePageTitle } from '../ui/use-page-title';
import { JobAttempts } from './job-attempts';
import { JobDeeds } from './job-deeds';
import { JobLog } from './job-log';
import { JobMoney } from './job-money';
import { JobProgressPanel } from './job-progress-panel';
import { JobRecords } from './job-records';
import { JobSettings } from './job-settings';
import { JOB_STATUS } from './job-words';
import { LossPanel } from './loss-panel';
import { useAnnouncedStatus } from './use-announced-status';

const UP = { href: '/jobs', name: 'Jobs' };

/** One job while it runs and afterwards: how far it is, what it costs, how it learns, what it prints. */
export function JobScreen({ id }: { id: string }) {
  const { data: job, error, refetch } = useJob(id);
  const zone = useMe().data?.timezone ?? 'UTC';
  // The records are opened by themselves once all is final: before that they change under the reader's eyes.
  const [isOpen, setOpen] = useState<boolean | null>(null);
  const explain = () => setOpen(true);
  usePageTitle(job?.name);
  useAnnouncedStatus(job);
  useFreshInbox(job && `${job.status}/${job.artifact_id}`);
  if (job === undefined) {
    return (
      <>
        <PageTitle title="Job" up={UP} />
        {error ? <LoadFailed title="The job could not be read" error={error} onRetry={refetch} /> : <Loading />}
      </>
    );
  }
  return (
    <>
      <PageTitle title={job.name} up={UP} actions={<JobDeeds job={job} />}>
        <div className="mt-1.5 flex flex-wrap gap-2">
          <StatusMark mood={JOB_STATUS[job.status].mood}>{JOB_STATUS[job.status].word}</StatusMark>
          {job.origin === 'import' ? <StatusMark mood="quiet">Imported</StatusMark> : null}
        </div>
      </PageTitle>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
        {error ? <LoadFailed title="This is not up to date" error={error} onRetry={refetch} /> : null}
        <Outcome job={job} />
        {job.origin === 'import' ? (
          <JobMoney job={job} onExplain={explain} />
        ) : (
          <Monitor job={job} zone={zone} onExplain={explain} />
        )}
        <JobRecords job={job} zone={zone} isShown={isOpen ?? hasEnded(job)} onShow={setOpen} />
      </div>
    </>
  );
}

function Monitor({ job, zone, onExplain }: { job: JobDetail; zone: string; onExplain: () => void }) {
  return (
    <>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-5 lg:grid-cols-2">
        <JobProgressPanel job={job} zone={zone} />
        <JobMoney job={job} onExplain={onExplain} />
      </div>
      <LossPanel job={job} />
      <JobLog jobId={job.id} isLive={!hasEnded(job)} zone={zone} />
      {job.attempts.length > 0 ? <JobAttempts job={job} zone={zone} /> : null}
      <JobSettings job={job} />
    </>
  );
}

/** What a job that has ended came to: why it failed, or where its adapter is. */
function Outcome({ job }: { job: JobDetail }) {
  if (job.status === 'failed') {
    return (
      <Notice title="This job failed">
        <p>{job.failure_message ?? 'It ended with an error. Look at the last lines of its log.'}</p>
      </Notice>
    );
  }
  if (job.artifact_id !== null) {
    return (
      <div className="flex flex-wrap items-center justify-between gap-3 rounded-md border border-line bg-accent-wash p-4">
        <p className="text-sm">
          <span className="block font-semibold">The adapter is ready</span>
          It is stored until you delete it, and storage is charged until then.
        </p>
        <Link href={`/models/${job.artifact_id}`} className={buttonClass('primary')}>
          To the adapter
        </Link>
      </div>
    );
  }
  if (job.status === 'completed' && job.origin === 'pipeline') {
    return (
      <p className="rounded-md border border-line bg-sunken p-4 text-sm">
        The adapter is being collected and checked; it appears here in a moment. If it was deleted, or cannot be kept, a
        notification has said so.
      </p>
    );
  }
  return null;
}

function Loading() {
  return (
    <div className="grid gap-5 lg:grid-cols-2">
      <p className="sr-only">Loading the job</p>
      <Skeleton className="h-64" />
      <Skeleton className="h-64" />
    </div>
  );
}
