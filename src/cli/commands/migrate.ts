import type { Command } from 'commander';
import { readCommandEnv, withInstallation } from '@/cli/context';
import { migrate } from '@/db/migrate';

/** `pipeline migrate`: brings the database up to date, as `start` does. */
export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the database up to date (start does it too)')
    .action(async () => {
      const { env, log } = readCommandEnv();
      await withInstallation(env, log, async ({ urls }) => {
        const { applied } = await migrate({ adminUrl: urls.admin, log });
        if (applied.length === 0) console.log('The database is up to date.');
        for (const version of applied) console.log(`applied ${version}`);
      });
    });
}
