'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import type { ArtifactAnswer } from '@/domain/artifacts/schema';
import { formatBytes, formatExact, formatFineAmount, formatInstant } from '@/lib/format';
import { LoadFailed } from '../api/load-failed';
import { useDeleteModel, useModel } from '../api/model-queries';
import { useMe } from '../api/queries';
import { sentenceOf } from '../api/request';
import { ConfirmButton } from '../ui/confirm-button';
import { Facts } from '../ui/facts';
import { PageTitle } from '../ui/page-title';
import { Panel } from '../ui/panel';
import { Skeleton } from '../ui/skeleton';
import { usePageTitle } from '../ui/use-page-title';
import { ModelDownload } from './model-download';
import { adapterFacts, qualityFacts } from './model-facts';
import { ModelFiles } from './model-files';

const UP = { href: '/models', name: 'Models' };

/** One adapter: how good it is, what it is made of, its files, and what keeping it costs. */
export function ModelScreen({ id }: { id: string }) {
  const { data: model, error, refetch } = useModel(id);
  const zone = useMe().data?.timezone ?? 'UTC';
  usePageTitle(model?.name);
  if (model === undefined) {
    return (
      <>
        <PageTitle title="Model" up={UP} />
        {error ? <LoadFailed title="The adapter could not be read" error={error} onRetry={refetch} /> : <Loading />}
      </>
    );
  }
  return (
    <>
      <PageTitle title={model.name} up={UP} actions={<DeleteButton model={model} />}>
        <p className="mt-1 text-sm text-soft">
          Adapter of {model.base_model ?? 'a base model'}, {formatBytes(model.bytes)}
          {model.job_id === null ? null : (
            <>
              {', trained by '}
              <Link
                href={`/jobs/${model.job_id}`}
                className="underline decoration-edge underline-offset-2 hover:text-ink"
              >
                its job
              </Link>
            </>
          )}
        </p>
      </PageTitle>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
        {error ? <LoadFailed title="This is not up to date" error={error} onRetry={refetch} /> : null}
        <ModelDownload model={model} zone={zone} />
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-5 lg:grid-cols-2">
          {model.quality ? (
            <Panel id="quality" title="Quality">
              <div className="px-4 pb-5 sm:px-6">
                <Facts facts={qualityFacts(model.quality, model.storage.currency ?? 'USD')} />
              </div>
            </Panel>
          ) : null}
          {model.adapter ? (
            <Panel id="adapter" title="Adapter">
              <div className="px-4 pb-5 sm:px-6">
                <Facts facts={adapterFacts(model.adapter)} />
              </div>
            </Panel>
          ) : null}
        </div>
        <StoragePanel model={model} zone={zone} />
        <ModelFiles files={model.files} />
      </div>
    </>
  );
}

function StoragePanel({ model: { storage }, zone }: { model: ArtifactAnswer; zone: string }) {
  const { cost_exact, price_per_gb_month_exact: price, metered_to } = storage;
  const currency = storage.currency ?? 'USD';
  return (
    <Panel id="storage" title="Storage">
      <div className="px-4 pb-5 sm:px-6">
        <Facts
          facts={[
            {
              name: 'Cost so far',
              value: formatFineAmount(cost_exact, currency),
              more: `exactly ${formatExact(cost_exact)} ${currency}`,
            },
            {
              name: 'Price',
              value: price === null ? 'not known' : `${formatExact(price)} ${currency} per GB and month`,
              more: 'a month is 30 days',
            },
            { name: 'Metered up to', value: metered_to === null ? 'not yet' : formatInstant(metered_to, zone) },
          ]}
        />
      </div>
    </Panel>
  );
}

function DeleteButton({ model }: { model: ArtifactAnswer }) {
  const router = useRouter();
  const remove = useDeleteModel();
  const currency = model.storage.currency ?? 'USD';
  return (
    <ConfirmButton
      label="Delete"
      title={`Delete “${model.name}”?`}
      action="Delete it"
      sentenceOf={sentenceOf}
      onConfirm={async () => {
        await remove.mutateAsync(model.id);
        router.replace('/models');
      }}
    >
      <p>
        Its files ({formatBytes(model.bytes)}) are gone afterwards, and links to them stop working. There is no way back
        but to train again.
      </p>
      <p>
        Its storage cost ends at that moment; {formatFineAmount(model.storage.cost_exact, currency)} so far stays in
        your costs.
      </p>
    </ConfirmButton>
  );
}

function Loading() {
  return (
    <div className="space-y-5">
      <p className="sr-only">Loading the adapter</p>
      <Skeleton className="h-32" />
      <Skeleton className="h-64" />
    </div>
  );
}
