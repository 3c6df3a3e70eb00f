'use client';

import Link from 'next/link';
import type { Artifact } from '@/domain/artifacts/schema';
import { formatAgo, formatBytes, formatMeasure } from '@/lib/format';
import { LoadFailed } from '../api/load-failed';
import { useModels } from '../api/model-queries';
import { useMe } from '../api/queries';
import { buttonClass } from '../ui/button';
import { EmptyPlace } from '../ui/empty-place';
import { ListRow } from '../ui/list-row';
import { MoreButton } from '../ui/more-button';
import { PageTitle } from '../ui/page-title';
import { Panel } from '../ui/panel';
import { RowsSkeleton } from '../ui/rows-skeleton';

/** The adapters that were trained, newest first. */
export function ModelsScreen() {
  const list = useModels();
  const zone = useMe().data?.timezone ?? 'UTC';
  const models = list.data?.pages.flatMap((page) => page.models) ?? [];
  const now = new Date(list.dataUpdatedAt);
  return (
    <>
      <PageTitle title="Models" />
      <Panel id="models" title="Your adapters" busy={list.isPending}>
        {list.error ? (
          <div className="px-4 pb-4 sm:px-6">
            <LoadFailed title="The adapters could not be read" error={list.error} onRetry={() => list.refetch()} />
          </div>
        ) : null}
        {list.isPending ? <RowsSkeleton what="adapters" /> : null}
        {list.isSuccess && models.length === 0 ? (
          <EmptyPlace
            title="No adapter yet"
            action={
              <Link href="/jobs/new" className={buttonClass('primary')}>
                New job
              </Link>
            }
          >
            <p>When a job has completed, what it has trained is checked and kept here, ready to be downloaded.</p>
          </EmptyPlace>
        ) : null}
        <ul>
          {models.map((model) => (
            <ListRow key={model.id} title={<Link href={`/models/${model.id}`}>{model.name}</Link>}>
              <p>{summaryOf(model)}</p>
              <p className="text-xs">{formatAgo(model.created_at, now, zone)}</p>
            </ListRow>
          ))}
        </ul>
        <MoreButton list={list} />
      </Panel>
    </>
  );
}

/** An adapter in one line. */
function summaryOf({ base_model, bytes, quality }: Artifact): string {
  const loss = quality?.final_validation_loss ?? quality?.final_loss ?? null;
  const parts = [base_model ?? '', formatBytes(bytes), loss === null ? '' : `loss ${formatMeasure(loss)}`];
  return parts.filter(Boolean).join(', ');
}
