import type { Quality } from '@/domain/artifacts/quality';
import type { NewNotification } from '@/domain/notifications/schema';
import { formatBytes } from '@/lib/format';
import type { UserId } from '@/lib/ids';

interface About {
  readonly jobId: string;
  readonly userId: UserId;
  readonly name: string;
}

/** Longest name of a job that a title repeats. */
const shortened = (name: string): string => (name.length > 100 ? `${name.slice(0, 99)}…` : name);

const common = ({ jobId, userId }: About) => ({ userId, jobId, threadKey: `job:${jobId}` });

export function artifactReady(about: About & { artifactId: string; bytes: number; quality: Quality }): NewNotification {
  const { artifactId, name, bytes, quality } = about;
  const loss = quality.final_validation_loss ?? quality.final_loss;
  const reached =
    loss === null
      ? ''
      : ` with a ${quality.final_validation_loss === null ? '' : 'validation '}loss of ${loss.toFixed(4)}`;
  return {
    ...common(about),
    type: 'artifact_ready',
    title: `Adapter of ${shortened(name)} is ready`,
    message: `${formatBytes(bytes)} after ${quality.steps} steps${reached}. Download it on its page; storage is charged until you delete it.`,
    priority: 'medium',
    actionUrl: `/models/${artifactId}`,
    metadata: { artifact_id: artifactId, bytes },
    dedupeKey: `job:${about.jobId}:artifact_ready`,
  };
}

export function artifactFailed(about: About & { reason: string }): NewNotification {
  return {
    ...common(about),
    type: 'artifact_failed',
    title: `Adapter of ${shortened(about.name)} cannot be kept`,
    message: `The run completed, but ${about.reason}. Look at the job's log, mend the trainer, and retry the job.`,
    priority: 'high',
    actionUrl: `/jobs/${about.jobId}`,
    metadata: null,
    dedupeKey: `job:${about.jobId}:artifact_failed`,
  };
}
