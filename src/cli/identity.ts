import { CommandError } from '@/cli/command-error';
import type { CommandCtx } from '@/cli/context';
import { createIdentity, type EmbeddedIdentity } from '@/identity/identity';

/** Sign-in as this installation does it itself. @throws CommandError where hosted Supabase keeps the accounts */
export function openIdentity({ database, clock, log, env }: CommandCtx): EmbeddedIdentity {
  const { embedded } = createIdentity({ service: database.asService(), clock, log, env });
  if (embedded) return embedded;
  throw new CommandError('Accounts are kept by your Supabase project: use its dashboard or its own command line.');
}
