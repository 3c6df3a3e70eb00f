import { meterStorage } from '@/domain/artifacts/meter-storage';
import { removeExpiredLinks } from '@/domain/artifacts/remove-expired-links';
import { expireNotifications } from '@/domain/notifications/expire-notifications';
import { expireTombstones } from '@/domain/notifications/expire-tombstones';
import { foldReadMarks } from '@/domain/notifications/fold-read-marks';
import type { Identity } from '@/identity/identity';
import type { BackgroundTask } from './background';

/** All work that comes round by itself. A new task is one more entry: its verb, and how often. */
export function createTasks({ embedded }: Pick<Identity, 'embedded'>): BackgroundTask[] {
  return [
    { name: 'meter-storage', cron: '27 * * * *', run: meterStorage },
    { name: 'remove-expired-links', cron: '*/15 * * * *', run: removeExpiredLinks },
    { name: 'fold-read-marks', cron: '* * * * *', run: foldReadMarks },
    { name: 'expire-notifications', cron: '7 * * * *', run: expireNotifications },
    { name: 'expire-tombstones', cron: '17 * * * *', run: expireTombstones },
    ...(embedded
      ? [{ name: 'remove-expired-sessions', cron: '*/10 * * * *', run: () => embedded.removeExpired() }]
      : []),
  ];
}
