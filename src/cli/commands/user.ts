import type { Command } from 'commander';
import { CommandError } from '@/cli/command-error';
import { withDatabase } from '@/cli/context';
import { openIdentity } from '@/cli/identity';
import { askNewPassword, generatePassword, readPasswordFromStdin } from '@/cli/password-input';
import { DELETE_TIMEOUT_MS, deleteAccount } from '@/domain/accounts/delete-account';
import type { Account } from '@/identity/accounts';

interface CreateOptions {
  password?: true;
  passwordStdin?: true;
}

async function chosenPassword(options: CreateOptions): Promise<{ password: string; isGenerated: boolean }> {
  if (options.passwordStdin) return { password: await readPasswordFromStdin(), isGenerated: false };
  if (options.password) return { password: await askNewPassword(), isGenerated: false };
  return { password: generatePassword(), isGenerated: true };
}

async function createUser(email: string, options: CreateOptions): Promise<void> {
  const { password, isGenerated } = await chosenPassword(options);
  await withDatabase(async (ctx) => {
    const account = await openIdentity(ctx).accounts.create({ email, password });
    console.log(`Made the account ${account.email} (${account.id}).`);
    if (isGenerated) console.log(`Its password, shown this once: ${password}`);
  });
}

async function resetUser(email: string): Promise<void> {
  await withDatabase(async (ctx) => {
    console.log(await openIdentity(ctx).accounts.resetLink(email));
    console.error('The link sets a new password. It works once, within 24 hours, while the server runs.');
  });
}

const nameOf = ({ email, alias }: Account): string => email ?? alias ?? '';
const day = (instant: Date | null): string => instant?.toISOString().slice(0, 10) ?? 'never';

async function listUsers({ json }: { json?: true }): Promise<void> {
  await withDatabase(async (ctx) => {
    const accounts = await openIdentity(ctx).accounts.list();
    if (json) {
      console.log(JSON.stringify(accounts));
      return;
    }
    if (accounts.length === 0) console.log('There is no account yet. Make one: pipeline user create EMAIL');
    const width = Math.max(0, ...accounts.map((account) => nameOf(account).length));
    for (const account of accounts) {
      const signIn = account.hasPassword ? `last sign-in ${day(account.lastSignInAt)}` : 'no password';
      console.log(`${account.id}  ${nameOf(account).padEnd(width)}  made ${day(account.createdAt)}  ${signIn}`);
    }
  });
}

async function deleteUser(name: string, { yes }: { yes?: true }): Promise<void> {
  await withDatabase(async (ctx) => {
    const account = await openIdentity(ctx).accounts.find(name);
    if (!yes) {
      throw new CommandError(
        `This deletes ${nameOf(account)} (${account.id}) with all jobs, charges and notifications, for good. Add --yes to do it.`,
      );
    }
    const session = ctx.database.asService({ timeoutMs: DELETE_TIMEOUT_MS });
    await deleteAccount({ session, clock: ctx.clock, log: ctx.log }, account.id);
    console.log(`Deleted ${nameOf(account)} (${account.id}).`);
  });
}

/** `pipeline user …`: accounts, for whoever runs the installation. */
export function registerUser(program: Command): void {
  const user = program.command('user').description('accounts');
  user
    .command('create <email>')
    .description('make an account that can sign in; without an option its password is made up and shown once')
    .option('--password', 'ask for the password on the terminal')
    .option('--password-stdin', 'read the password from standard input')
    .action(createUser);
  user.command('reset <email>').description('print a link that sets a new password').action(resetUser);
  user.command('list').description('list all accounts').option('--json', 'as one JSON array').action(listUsers);
  user
    .command('delete <user>')
    .description('delete an account and everything that belongs to it; by e-mail address, id or alias')
    .option('--yes', 'really do it')
    .action(deleteUser);
}
