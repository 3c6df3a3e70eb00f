'use client';

import Link from 'next/link';
import { useReadyDatasets } from '../api/dataset-queries';
import { LoadFailed } from '../api/load-failed';
import { buttonClass } from '../ui/button';
import { EmptyPlace } from '../ui/empty-place';
import { PageTitle } from '../ui/page-title';
import { Panel } from '../ui/panel';
import { Skeleton } from '../ui/skeleton';
import { EstimatePanel } from './estimate-panel';
import type { JobChoices } from './job-choices';
import { type DatasetChoice, JobFields } from './job-fields';
import { useJobForm } from './use-job-form';

const FORM = 'new-job';

/** Configure a job, see what it is expected to cost, start it. */
export function NewJobScreen({ choices, dataset }: { choices: JobChoices; dataset: string | null }) {
  const datasets = useReadyDatasets();
  const ready = datasets.data?.datasets;
  return (
    <>
      <PageTitle title="New job" up={{ href: '/jobs', name: 'Jobs' }} />
      {datasets.error && !ready ? (
        <LoadFailed title="The datasets could not be read" error={datasets.error} onRetry={() => datasets.refetch()} />
      ) : null}
      {datasets.isPending ? <Loading /> : null}
      {ready?.length === 0 ? <NoDataset isAsked={dataset !== null} /> : null}
      {ready && ready.length > 0 ? (
        <Configure
          choices={choices}
          datasets={ready}
          // A dataset that was asked for and is not ready is no choice: the first one would be a guess.
          dataset={dataset === null ? (ready[0]?.id ?? null) : (ready.find(({ id }) => id === dataset)?.id ?? null)}
        />
      ) : null}
    </>
  );
}

interface ConfigureProps {
  choices: JobChoices;
  datasets: readonly DatasetChoice[];
  dataset: string | null;
}

function Configure({ choices, datasets, dataset }: ConfigureProps) {
  const state = useJobForm(choices, dataset);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-5 lg:grid-cols-[minmax(0,1fr)_24rem]">
      <form
        id={FORM}
        onSubmit={(event) => {
          event.preventDefault();
          state.start.send();
        }}
      >
        <JobFields choices={choices} datasets={datasets} state={state} />
      </form>
      <div className="lg:sticky lg:top-20">
        <EstimatePanel state={state} formId={FORM} />
      </div>
    </div>
  );
}

function NoDataset({ isAsked }: { isAsked: boolean }) {
  return (
    <Panel id="first-dataset" title="What to train on">
      <EmptyPlace
        title={isAsked ? 'This dataset is not ready' : 'No dataset is ready yet'}
        action={
          <Link href="/datasets" className={buttonClass('primary')}>
            Upload a dataset
          </Link>
        }
      >
        <p>A job needs a dataset that has passed its check. Upload one first; the check takes seconds.</p>
      </EmptyPlace>
    </Panel>
  );
}

function Loading() {
  return (
    <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_24rem]">
      <p className="sr-only">Loading your datasets</p>
      <Skeleton className="h-96" />
      <Skeleton className="h-72" />
    </div>
  );
}
