'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import type { DatasetAnswer } from '@/domain/datasets/schema';
import { isUnderWay, useDataset, useDeleteDataset } from '../api/dataset-queries';
import { LoadFailed } from '../api/load-failed';
import { useMe } from '../api/queries';
import { sentenceOf } from '../api/request';
import { useFreshInbox } from '../api/use-fresh-inbox';
import { buttonClass } from '../ui/button';
import { ConfirmButton } from '../ui/confirm-button';
import { Notice } from '../ui/notice';
import { PageTitle } from '../ui/page-title';
import { ProgressBar } from '../ui/progress-bar';
import { Skeleton } from '../ui/skeleton';
import { StatusMark } from '../ui/status-mark';
import { usePageTitle } from '../ui/use-page-title';
import { DatasetErrors } from './dataset-errors';
import { DatasetFacts } from './dataset-facts';
import { checkedShare, DATASET_STATUS, datasetSummary } from './dataset-words';
import { LengthPanel } from './length-panel';

const UP = { href: '/datasets', name: 'Datasets' };

/** One dataset: what it holds, what is wrong with it, and what can be done with it. */
export function DatasetScreen({ id }: { id: string }) {
  const { data: dataset, error, refetch } = useDataset(id);
  const zone = useMe().data?.timezone ?? 'UTC';
  usePageTitle(dataset?.name);
  useFreshInbox(dataset?.status);
  if (dataset === undefined) {
    return (
      <>
        <PageTitle title="Dataset" up={UP} />
        {error ? <LoadFailed title="The dataset could not be read" error={error} onRetry={refetch} /> : <Loading />}
      </>
    );
  }
  const { word, mood } = DATASET_STATUS[dataset.status];
  return (
    <>
      <PageTitle title={dataset.name} up={UP} actions={<Deeds dataset={dataset} />}>
        <div className="mt-1.5">
          <StatusMark mood={mood}>{word}</StatusMark>
        </div>
      </PageTitle>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
        {error ? <LoadFailed title="This is not up to date" error={error} onRetry={refetch} /> : null}
        <State dataset={dataset} />
        <DatasetFacts dataset={dataset} zone={zone} />
        {dataset.report && dataset.report.lengths.length > 0 ? <LengthPanel report={dataset.report} /> : null}
        {dataset.report && dataset.report.rows_bad > 0 ? <DatasetErrors report={dataset.report} /> : null}
      </div>
    </>
  );
}

function State({ dataset }: { dataset: DatasetAnswer }) {
  if (dataset.status === 'invalid') {
    return (
      <Notice title="This dataset cannot be used">
        <p>{dataset.failure} Mend the file and upload it again.</p>
      </Notice>
    );
  }
  if (!isUnderWay(dataset)) return null;
  const text = datasetSummary(dataset);
  return (
    <div className="space-y-1.5">
      <ProgressBar name="Check of this dataset" share={checkedShare(dataset)} text={text} />
      <p className="text-sm text-soft">{text}. This page keeps itself up to date.</p>
    </div>
  );
}

function Deeds({ dataset }: { dataset: DatasetAnswer }) {
  const router = useRouter();
  const remove = useDeleteDataset();
  return (
    <>
      <ConfirmButton
        label="Delete"
        title={`Delete “${dataset.name}”?`}
        action="Delete it"
        sentenceOf={sentenceOf}
        onConfirm={async () => {
          await remove.mutateAsync(dataset.id);
          router.replace('/datasets');
        }}
      >
        <p>The dataset and its file are gone afterwards; there is no way back but to upload it again.</p>
        <p>Jobs that were trained on it, their costs and their adapters stay.</p>
      </ConfirmButton>
      {dataset.status === 'ready' ? (
        <Link href={`/jobs/new?dataset=${dataset.id}`} className={buttonClass('primary')}>
          Train on this
        </Link>
      ) : null}
    </>
  );
}

function Loading() {
  return (
    <div className="space-y-5">
      <p className="sr-only">Loading the dataset</p>
      <Skeleton className="h-48" />
      <Skeleton className="h-64" />
    </div>
  );
}
