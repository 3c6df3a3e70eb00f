import { expireKeys } from '@/domain/accounts/expire-keys';
import { meterStorage } from '@/domain/artifacts/meter-storage';
import { removeExpiredLinks } from '@/domain/artifacts/remove-expired-links';
import type { WorkQueue } from '@/domain/context';
import { removeUnfinishedUploads } from '@/domain/datasets/remove-unfinished-uploads';
import { removeUnnamedFiles } from '@/domain/datasets/remove-unnamed-files';
import { resumeValidations } from '@/domain/datasets/resume-validations';
import { expireNotifications } from '@/domain/notifications/expire-notifications';
import { expireTombstones } from '@/domain/notifications/expire-tombstones';
import { foldReadMarks } from '@/domain/notifications/fold-read-marks';
import { noteStuckJobs } from '@/domain/training/note-stuck-jobs';
import { thinMetrics } from '@/domain/training/thin-metrics';
import { trimLogs } from '@/domain/training/trim-logs';
import type { Identity } from '@/identity/identity';
import type { FileStore } from '@/lib/file-store';
import type { BackgroundTask } from './background';

/** What some tasks work with beside the database. */
export interface TaskTools {
  readonly files: FileStore;
  readonly queue: WorkQueue;
  /** A run without a step for so long is called stuck, ms. */
  readonly stuckMs: number;
}

/** All work that comes round by itself. A new task is one more entry: its verb, and how often. */
export function createTasks(
  { embedded }: Pick<Identity, 'embedded'>,
  { files, queue, stuckMs }: TaskTools,
): BackgroundTask[] {
  return [
    { name: 'remove-unfinished-uploads', cron: '*/10 * * * *', run: removeUnfinishedUploads },
    { name: 'resume-validations', cron: '*/5 * * * *', run: (ctx) => resumeValidations({ ...ctx, queue }) },
    { name: 'remove-unnamed-files', cron: '37 * * * *', run: (ctx) => removeUnnamedFiles({ ...ctx, files }) },
    { name: 'meter-storage', cron: '27 * * * *', run: meterStorage },
    { name: 'remove-expired-links', cron: '*/15 * * * *', run: removeExpiredLinks },
    { name: 'expire-keys', cron: '47 * * * *', run: expireKeys },
    { name: 'note-stuck-jobs', cron: '* * * * *', run: (ctx) => noteStuckJobs(ctx, { stuckMs }) },
    { name: 'thin-metrics', cron: '57 * * * *', run: thinMetrics },
    { name: 'trim-logs', cron: '*/5 * * * *', run: trimLogs },
    { name: 'fold-read-marks', cron: '* * * * *', run: foldReadMarks },
    { name: 'expire-notifications', cron: '7 * * * *', run: expireNotifications },
    { name: 'expire-tombstones', cron: '17 * * * *', run: expireTombstones },
    ...(embedded
      ? [{ name: 'remove-expired-sessions', cron: '*/10 * * * *', run: () => embedded.removeExpired() }]
      : []),
  ];
}
