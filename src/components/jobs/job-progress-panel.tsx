import type { JobDetail } from '@/domain/training/schema';
import { formatDuration, formatInstant, formatInteger, formatMeasure, formatShare, formatUtc } from '@/lib/format';
import { hasEnded } from '../api/job-queries';
import { type Fact, Facts } from '../ui/facts';
import { Panel } from '../ui/panel';
import { ProgressBar } from '../ui/progress-bar';
import { JOB_STATUS, metricName, phaseName } from './job-words';

/** How far a job is, in words: steps, share and the time that is left. */
export function progressText({ progress, status }: Pick<JobDetail, 'progress' | 'status'>): string {
  const { step, total_steps, share, time_left_ms } = progress;
  if (status === 'queued') return 'Waits for a worker; this costs nothing';
  const steps =
    total_steps === null
      ? `Step ${formatInteger(step)}`
      : `Step ${formatInteger(step)} of ${formatInteger(total_steps)}`;
  const parts = [
    steps,
    share === null ? '' : formatShare(share),
    time_left_ms === null ? '' : `about ${formatDuration(time_left_ms)} left`,
  ];
  return parts.filter(Boolean).join(', ');
}

const SHOWN_APART = ['epoch'];

function metricFacts({ progress: { metrics, epoch, tokens } }: JobDetail): Fact[] {
  const measured = Object.entries(metrics)
    .filter(([name]) => !SHOWN_APART.includes(name))
    .map(([name, value]) => ({ name: metricName(name), value: formatMeasure(value) }));
  return [
    ...measured,
    ...(epoch === null ? [] : [{ name: 'Epoch', value: formatMeasure(epoch, 3) }]),
    ...(tokens === 0 ? [] : [{ name: 'Tokens trained on', value: formatInteger(tokens) }]),
  ];
}

/** Status and phase, how far it is, and the latest of everything that is measured. */
export function JobProgressPanel({ job, zone }: { job: JobDetail; zone: string }) {
  const { word } = JOB_STATUS[job.status];
  const text = progressText(job);
  const facts = metricFacts(job);
  const phase = job.phase !== null && !hasEnded(job) ? `: ${phaseName(job.phase)}` : '';
  return (
    <Panel id="progress" title="Progress">
      <div className="px-4 pb-5 sm:px-6">
        <p className="text-3xl font-medium tracking-tight">
          {word}
          <span className="text-soft">{phase}</span>
        </p>
        <div className="mt-3">
          <ProgressBar
            name="Progress of the job"
            share={job.progress.share ?? (hasEnded(job) ? 0 : null)}
            text={text}
          />
        </div>
        <p className="mt-2 text-sm text-soft">{text}</p>
        {job.cancel_requested_at !== null && !hasEnded(job) ? (
          <p className="mt-2 text-sm font-medium">It is being cancelled. The meter stops when the run has ended.</p>
        ) : null}
        {facts.length > 0 ? <Facts className="mt-5" facts={facts} /> : null}
        <Facts
          className="mt-5 border-t border-line pt-4"
          facts={[
            instantFact('Queued', job.created_at, zone),
            instantFact('Started', job.started_at, zone),
            instantFact('Ended', job.ended_at, zone),
          ]}
        />
      </div>
    </Panel>
  );
}

const instantFact = (name: string, instant: string | null, zone: string): Fact => ({
  name,
  value: instant === null ? 'not yet' : <time dateTime={instant}>{formatInstant(instant, zone)}</time>,
  more: instant === null ? null : formatUtc(instant),
});
