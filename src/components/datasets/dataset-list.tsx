'use client';

import Link from 'next/link';
import type { Dataset } from '@/domain/datasets/schema';
import { formatAgo } from '@/lib/format';
import { isUnderWay, useDatasets } from '../api/dataset-queries';
import { LoadFailed } from '../api/load-failed';
import { useMe } from '../api/queries';
import { useFreshInbox } from '../api/use-fresh-inbox';
import { buttonClass } from '../ui/button';
import { EmptyPlace } from '../ui/empty-place';
import { ListRow } from '../ui/list-row';
import { MoreButton } from '../ui/more-button';
import { Panel } from '../ui/panel';
import { ProgressBar } from '../ui/progress-bar';
import { RowsSkeleton } from '../ui/rows-skeleton';
import { StatusMark } from '../ui/status-mark';
import { checkedShare, DATASET_STATUS, datasetSummary } from './dataset-words';

/** One's datasets, newest first; those that are being checked say how far they are. */
export function DatasetList() {
  const list = useDatasets();
  const zone = useMe().data?.timezone ?? 'UTC';
  const datasets = list.data?.pages.flatMap((page) => page.datasets) ?? [];
  const now = new Date(list.dataUpdatedAt);
  useFreshInbox(list.data && datasets.map(({ id, status }) => `${id} ${status}`).join());
  return (
    <Panel id="datasets" title="Your datasets" busy={list.isPending}>
      {list.error ? (
        <div className="px-4 pb-4 sm:px-6">
          <LoadFailed title="The datasets could not be read" error={list.error} onRetry={() => list.refetch()} />
        </div>
      ) : null}
      {list.isPending ? <RowsSkeleton what="datasets" /> : null}
      {list.isSuccess && datasets.length === 0 ? (
        <EmptyPlace title="No dataset yet">
          <p>
            A dataset is a file of examples, one JSON object per line. Upload one; it is checked at once, and you are
            told when a run can be made with it.
          </p>
        </EmptyPlace>
      ) : null}
      <ul>
        {datasets.map((dataset) => (
          <DatasetRow key={dataset.id} dataset={dataset} when={formatAgo(dataset.created_at, now, zone)} />
        ))}
      </ul>
      <MoreButton list={list} />
    </Panel>
  );
}

function DatasetRow({ dataset, when }: { dataset: Dataset; when: string }) {
  const { word, mood } = DATASET_STATUS[dataset.status];
  const summary = datasetSummary(dataset);
  return (
    <ListRow
      title={<Link href={`/datasets/${dataset.id}`}>{dataset.name}</Link>}
      mark={<StatusMark mood={mood}>{word}</StatusMark>}
      action={
        dataset.status === 'ready' ? (
          <Link href={`/jobs/new?dataset=${dataset.id}`} className={buttonClass('outline')}>
            <span>
              Train<span className="sr-only"> on {dataset.name}</span>
            </span>
          </Link>
        ) : null
      }
    >
      <p>{summary}</p>
      {isUnderWay(dataset) ? (
        <ProgressBar name={`Check of ${dataset.name}`} share={checkedShare(dataset)} text={summary} />
      ) : null}
      <p className="text-xs">{when}</p>
    </ListRow>
  );
}
