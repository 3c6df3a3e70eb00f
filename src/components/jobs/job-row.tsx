import Link from 'next/link';
import { formatAgo, formatFineAmount, formatInteger, formatShare } from '@/lib/format';
import type { TrainingJob } from '@/lib/types/lora-training';
import { hasEnded } from '../api/job-queries';
import { ListRow } from '../ui/list-row';
import { ProgressBar } from '../ui/progress-bar';
import { StatusMark } from '../ui/status-mark';
import { JOB_STATUS, phaseName } from './job-words';

/** How far a job is, in words. */
function stepsText({ step, total_steps }: TrainingJob): string {
  if (total_steps === null || total_steps === 0) return `Step ${formatInteger(step)}`;
  return `Step ${formatInteger(step)} of ${formatInteger(total_steps)}, ${formatShare(Math.min(1, step / total_steps))}`;
}

function costText(job: TrainingJob): string {
  const { cost_exact, estimated_cost_exact, currency, origin } = job;
  if (cost_exact === null) return origin === 'import' ? 'Imported; its page has its cost' : 'No cost yet';
  const cost = formatFineAmount(cost_exact, currency);
  if (estimated_cost_exact === null) return `Cost ${cost}`;
  const estimated = formatFineAmount(estimated_cost_exact, currency);
  return hasEnded(job) ? `Cost ${cost}, estimated ${estimated}` : `Cost ${cost} of about ${estimated}`;
}

/** A job in a list: what it is, how far it is, and what it costs. */
export function JobRow({ job, zone, now }: { job: TrainingJob; zone: string; now: Date }) {
  const { word, mood } = JOB_STATUS[job.status];
  const isRunning = job.status === 'running';
  const steps = stepsText(job);
  return (
    <ListRow
      title={<Link href={`/jobs/${job.id}`}>{job.name}</Link>}
      mark={
        <>
          <StatusMark mood={mood}>{word}</StatusMark>
          {job.origin === 'import' ? <StatusMark mood="quiet">Imported</StatusMark> : null}
        </>
      }
    >
      <p>
        {costText(job)}
        {isRunning && job.phase !== null ? `. ${phaseName(job.phase)}` : ''}
        {hasEnded(job) || !isRunning ? '' : `. ${steps}`}
      </p>
      {isRunning ? (
        <ProgressBar
          name={`Progress of ${job.name}`}
          share={job.total_steps ? job.step / job.total_steps : null}
          text={steps}
        />
      ) : null}
      <p className="text-xs">
        {[job.base_model, job.gpu_type, formatAgo(job.created_at, now, zone)].filter(Boolean).join(', ')}
      </p>
    </ListRow>
  );
}
