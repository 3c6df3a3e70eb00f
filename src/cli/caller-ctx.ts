import { CommandError } from '@/cli/command-error';
import type { CommandCtx } from '@/cli/context';
import { openIdentity } from '@/cli/identity';
import { nameAccounts, readAccountName } from '@/domain/accounts/name-account';
import type { UserCtx, WithFiles, WithQueue, WithStorageLimits } from '@/domain/context';
import type { UserId } from '@/lib/ids';

/** What a verb of an account gets, where whoever runs the installation acts for that account. */
export type CallerCtx = WithFiles<WithQueue<WithStorageLimits<UserCtx>>>;

const WHOSE = 'Say whose it is: --user EMAIL (or the id or alias of an account).';

/**
 * The context of an account, named by e-mail, id or alias; without a name that of the only account there is.
 *
 * @throws CommandError where nobody is named or there is no such account
 */
export async function callerCtx(ctx: CommandCtx, user: string | undefined): Promise<CallerCtx> {
  const userId = user === undefined ? await onlyAccount(ctx) : await findAccount(ctx, user);
  const { database, queue, files, clock, log, env } = ctx;
  const caller = { userId, email: null, sessionId: null, expiresAt: new Date(8.64e15) };
  return {
    userId,
    email: null,
    session: database.asUser(caller),
    service: database.asService(),
    queue,
    files,
    limits: env.limits,
    clock,
    log,
  };
}

async function onlyAccount(ctx: CommandCtx): Promise<UserId> {
  if (ctx.env.mode === 'supabase') throw new CommandError(WHOSE);
  const [only, ...others] = await openIdentity(ctx).accounts.list();
  if (!only) throw new CommandError('There is no account yet: make one at the address that `pipeline start` prints.');
  if (others.length > 0) throw new CommandError(WHOSE);
  return only.id;
}

/** @throws CommandError where there is no such account */
export async function findAccount({ database }: CommandCtx, user: string): Promise<UserId> {
  const name = readAccountName(user);
  const found = await database.asService().transaction((tx) => nameAccounts(tx, [name], { create: false }));
  const userId = found.get(name.text);
  if (!userId) throw new CommandError(`There is no account ${user}.`);
  return userId;
}
