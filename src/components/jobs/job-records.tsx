'use client';

import { clsx } from 'clsx';
import type { JobDetail } from '@/domain/training/schema';
import { formatExact } from '@/lib/format';
import { useJobCosts } from '../api/job-queries';
import { LoadFailed } from '../api/load-failed';
import { Button } from '../ui/button';
import { Panel } from '../ui/panel';
import { Skeleton } from '../ui/skeleton';
import { PartsTable } from './parts-table';
import { attemptNumbers } from './record-words';
import { RecordsTable } from './records-table';

interface JobRecordsProps {
  job: JobDetail;
  zone: string;
  isShown: boolean;
  onShow: (isShown: boolean) => void;
}

/** Every record of what the job has cost, and how each sum of them follows from time and price. */
export function JobRecords({ job, zone, isShown, onShow }: JobRecordsProps) {
  const costs = useJobCosts(job.id, `${job.status}/${job.cost_exact}`, isShown);
  const first = costs.data?.pages[0];
  const records = costs.data?.pages.flatMap((page) => page.records) ?? [];
  const numbers = attemptNumbers(job.attempts);
  return (
    <Panel
      id="records"
      title="Every cent explained"
      busy={isShown && (costs.isPending || costs.isPlaceholderData)}
      tools={
        <Button look="quiet" className="-mr-3" aria-expanded={isShown} onClick={() => onShow(!isShown)}>
          {isShown ? 'Hide' : 'Show'}
        </Button>
      }
    >
      {isShown ? (
        <div className={clsx('space-y-5 px-4 pb-5 sm:px-6', costs.isPlaceholderData && 'opacity-60')}>
          {costs.error ? (
            <LoadFailed title="The records could not be read" error={costs.error} onRetry={() => costs.refetch()} />
          ) : null}
          {costs.isPending ? <Skeleton className="h-40" /> : null}
          {first && records.length === 0 ? (
            <p className="text-sm text-soft">Nothing was charged for this job.</p>
          ) : null}
          {first && records.length > 0 ? (
            <>
              <p className="text-sm text-soft">
                All that was charged for this job{job.origin === 'import' ? '' : ', storage of its adapter included'}:{' '}
                <span className="font-medium text-ink">
                  {first.totals
                    .map(({ currency, amount_exact }) => `${formatExact(amount_exact)} ${currency}`)
                    .join(' and ')}
                </span>
                .
              </p>
              <PartsTable parts={first.parts} totals={first.totals} numbers={numbers} />
              <RecordsTable records={records} numbers={numbers} zone={zone} />
              {costs.hasNextPage ? (
                <Button aria-disabled={costs.isFetchingNextPage} onClick={() => costs.fetchNextPage()}>
                  {costs.isFetchingNextPage ? 'Loading' : 'Show more records'}
                </Button>
              ) : null}
            </>
          ) : null}
        </div>
      ) : (
        <p className="px-4 pb-5 text-sm text-soft sm:px-6">
          Each record with its time, its price and its amount to the last digit; they grow while the job runs.
        </p>
      )}
    </Panel>
  );
}
