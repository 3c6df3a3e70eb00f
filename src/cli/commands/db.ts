import { type Command, Option } from 'commander';
import { readCommandEnv, withInstallation } from '@/cli/context';

const ROLES = ['admin', 'owner', 'app', 'worker'] as const;

/** `pipeline db url`: how to reach the database with other tools. */
export function registerDb(program: Command): void {
  const db = program.command('db').description('the database behind the product');
  db.command('url')
    .description('print the address of the database, with its password')
    .addOption(
      new Option('--role <role>', 'admin: everything; owner: made the tables; app: requests; worker: system work')
        .choices(ROLES)
        .default('admin'),
    )
    .addHelpText('after', '\nThe embedded database answers only while `pipeline start` or another command is running.')
    .action(async ({ role }: { role: (typeof ROLES)[number] }) => {
      const { env, log } = readCommandEnv();
      await withInstallation(env, log, async ({ urls, embedded }) => {
        console.log(urls[role]);
        if (embedded && !embedded.joined)
          console.error('The database stops with this command; it runs while `npm start` does.');
      });
    });
}
