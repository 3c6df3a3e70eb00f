import type { Identity } from '@/identity/identity';
import type { BackgroundTask } from './background';

/** All work that comes round by itself. A new task is one more entry: its verb, and how often. */
export function createTasks({ embedded }: Identity): BackgroundTask[] {
  const tasks: BackgroundTask[] = [];
  if (embedded)
    tasks.push({ name: 'remove-expired-sessions', cron: '*/10 * * * *', run: () => embedded.removeExpired() });
  return tasks;
}
