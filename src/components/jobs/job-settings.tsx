import Link from 'next/link';
import type { JobDetail } from '@/domain/training/schema';
import { formatCount, formatInteger } from '@/lib/format';
import { type Fact, Facts } from '../ui/facts';
import { Panel } from '../ui/panel';

const LINK = 'underline decoration-edge underline-offset-2 hover:decoration-current';

const written = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function factsOf(job: JobDetail): Fact[] {
  const { dataset, retry_of, hyperparameters } = job;
  return [
    {
      name: 'Dataset',
      value: dataset ? (
        <Link href={`/datasets/${dataset.id}`} className={LINK}>
          {dataset.name}
        </Link>
      ) : (
        'deleted'
      ),
    },
    { name: 'Base model', value: job.base_model ?? 'not named' },
    {
      name: 'Runs on',
      value: `${formatInteger(job.gpu_count ?? 1)} × ${job.gpu_type ?? 'unknown'}`,
      more: `${job.executor}, trainer ${job.trainer}`,
    },
    { name: 'Preset', value: job.preset ?? 'none' },
    {
      name: 'At most',
      value: job.max_runtime_minutes === null ? 'no limit' : formatCount(job.max_runtime_minutes, 'minute'),
    },
    ...(retry_of === null
      ? []
      : [
          {
            name: 'Repeats',
            value: (
              <Link href={`/jobs/${retry_of}`} className={LINK}>
                an earlier job
              </Link>
            ),
          },
        ]),
    ...Object.entries(hyperparameters ?? {}).map(([name, value]) => ({ name, value: written(value) })),
    ...Object.entries(job.tags).map(([name, value]) => ({ name: `Tag ${name}`, value })),
  ];
}

/** What the job was configured with. */
export function JobSettings({ job }: { job: JobDetail }) {
  return (
    <Panel id="settings" title="Configuration">
      <div className="px-4 pb-5 sm:px-6">
        <Facts facts={factsOf(job)} />
      </div>
    </Panel>
  );
}
