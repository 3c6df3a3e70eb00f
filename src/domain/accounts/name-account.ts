import type { Transaction } from 'kysely';
import type { DB } from '@/db/types';
import { type AccountName, findAccounts, insertAccounts } from '@/domain/accounts/store';
import { badInput } from '@/lib/errors';
import { type UserId, UUID_PATTERN } from '@/lib/ids';

const MOST_CHARACTERS = 200;

/**
 * Reads how somebody names an account: with @ an e-mail, a UUID an id, anything else an alias.
 * @throws PipelineError `bad_input` for an empty or overlong name
 */
export function readAccountName(text: string): AccountName {
  const name = text.trim();
  if (name === '' || name.length > MOST_CHARACTERS) {
    throw badInput(`A user is an e-mail, an id or an alias of 1 to ${MOST_CHARACTERS} characters.`);
  }
  if (UUID_PATTERN.test(name)) return { kind: 'id', text: name.toLowerCase() };
  return name.includes('@') ? { kind: 'email', text: name.toLowerCase() } : { kind: 'alias', text: name };
}

/**
 * Finds the accounts that names stand for, by the canonical text of the name ({@link readAccountName}).
 * With `create`, missing e-mails and aliases become accounts without a password, which nobody can sign in to.
 */
export async function nameAccounts(
  tx: Transaction<DB>,
  names: readonly AccountName[],
  options: { create: boolean },
): Promise<Map<string, UserId>> {
  const found = await findAccounts(tx, names);
  const missing = names.filter((name) => !found.has(name.text) && name.kind !== 'id');
  if (!options.create || missing.length === 0) return found;
  await insertAccounts(tx, missing);
  return findAccounts(tx, names);
}
