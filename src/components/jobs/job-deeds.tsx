'use client';

import { useRouter } from 'next/navigation';
import { useRef } from 'react';
import type { JobDetail } from '@/domain/training/schema';
import { formatFineAmount } from '@/lib/format';
import { useCancelJob, useRetryJob } from '../api/job-queries';
import { newKey } from '../api/new-key';
import { sentenceOf } from '../api/request';
import { useAnnounce } from '../ui/announcer';
import { Button } from '../ui/button';
import { ConfirmButton } from '../ui/confirm-button';
import { PopNotice } from '../ui/pop-notice';

/** What can be done with a job in its state. */
export function JobDeeds({ job }: { job: JobDetail }) {
  return (
    <>
      {job.can.retry ? <RetryButton job={job} /> : null}
      {job.can.cancel ? <CancelButton job={job} /> : null}
    </>
  );
}

function CancelButton({ job }: { job: JobDetail }) {
  const cancel = useCancelJob(job.id);
  const announce = useAnnounce();
  const isAsked = job.cancel_requested_at !== null;
  const cost = formatFineAmount(job.cost_exact ?? '0.0000000000', job.currency);
  return (
    <ConfirmButton
      label={isAsked ? 'Being cancelled' : 'Cancel the job'}
      disabled={isAsked}
      title={`Cancel “${job.name}”?`}
      action="Cancel the job"
      keep="Let it go on"
      sentenceOf={sentenceOf}
      onConfirm={async () => {
        await cancel.mutateAsync();
        announce('The job is being cancelled.');
      }}
    >
      {job.status === 'queued' ? (
        <p>It waits and has cost {cost}. It will not be started, and nothing will be charged for it.</p>
      ) : (
        <>
          <p>
            It has cost {cost} so far. Cancelling stops the run and the meter within seconds; what it has used is
            charged.
          </p>
          <p>No adapter is kept of a cancelled job. It can be retried as a new job.</p>
        </>
      )}
    </ConfirmButton>
  );
}

function RetryButton({ job }: { job: JobDetail }) {
  const router = useRouter();
  const announce = useAnnounce();
  const retry = useRetryJob(job.id);
  // Kept until it has worked: pressing again after a lost answer starts no second job.
  const key = useRef<string | null>(null);

  function send() {
    if (retry.isPending || retry.isSuccess) return;
    key.current ??= newKey();
    retry.mutate(key.current, {
      onSuccess: ({ job: queued }) => {
        announce('A new job is queued.');
        router.push(`/jobs/${queued.id}`);
      },
    });
  }

  return (
    <div className="relative">
      <Button aria-disabled={retry.isPending || retry.isSuccess} onClick={send}>
        {retry.isPending ? 'Starting' : 'Retry as a new job'}
      </Button>
      {retry.error ? (
        <PopNotice title="No job was started" sentence={sentenceOf(retry.error)} onDismiss={() => retry.reset()} />
      ) : null}
    </div>
  );
}
