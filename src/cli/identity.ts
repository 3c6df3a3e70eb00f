import { CommandError } from '@/cli/command-error';
import type { CommandCtx } from '@/cli/context';
import { createIdentity, type EmbeddedIdentity } from '@/identity/identity';

/** The accounts of this installation. @throws CommandError where hosted Supabase keeps them */
export function openAccounts({ database, clock, log, env }: CommandCtx): EmbeddedIdentity['accounts'] {
  const { embedded } = createIdentity({ service: database.asService(), clock, log, env });
  if (embedded) return embedded.accounts;
  throw new CommandError('Accounts are kept by your Supabase project: use its dashboard or its own command line.');
}
