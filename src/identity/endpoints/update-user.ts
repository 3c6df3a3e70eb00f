import { z } from 'zod';
import { violatedConstraint } from '@/db/failures';
import { jsonResponse, userAnswer } from '@/identity/answers';
import { type Endpoint, requireSession } from '@/identity/endpoint';
import { AuthFailure, weakPassword } from '@/identity/failure';
import { emailSchema, metadataSchema, passwordSchema, readInput } from '@/identity/input';
import { hashPassword, verifyPassword } from '@/identity/passwords';
import { deleteOtherSessions } from '@/identity/session-store';
import { rowsOf } from '@/identity/sessions';
import { type AccountRow, deleteOneTimeTokens, lockAccount, type Metadata, updateAccount } from '@/identity/store';
import { passwordProblem } from '@/lib/password-rule';

const inputSchema = z.object({
  email: emailSchema.nullish(),
  password: passwordSchema.nullish(),
  current_password: passwordSchema.nullish(),
  data: metadataSchema.nullish(),
});

/** Fields are added and replaced; null takes one away. */
function mergeMetadata(old: Metadata, change: Metadata): Metadata {
  const merged = { ...old, ...change };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}

async function checkNewPassword(account: AccountRow, password: string, current: string | null): Promise<string> {
  const problem = passwordProblem(password);
  if (problem) throw weakPassword(problem);
  if (current !== null && !(await verifyPassword(account.encrypted_password, current))) {
    throw new AuthFailure(400, 'invalid_credentials', 'The current password is wrong.');
  }
  if (account.encrypted_password && (await verifyPassword(account.encrypted_password, password))) {
    throw new AuthFailure(422, 'same_password', 'New password should be different from the old password.');
  }
  return hashPassword(password);
}

/** PUT /user: changes e-mail address, password or metadata. A new address or password ends the account's other sessions. */
export const updateUser: Endpoint = async (parts, { request }) => {
  const { account, session } = await requireSession(parts, request);
  const {
    email = null,
    password = null,
    current_password: current = null,
    data = null,
  } = await readInput(request, inputSchema);
  if (email === null && password === null && data === null) {
    throw new AuthFailure(400, 'validation_failed', 'Send a new email, password or data.');
  }
  const passwordHash = password === null ? null : await checkNewPassword(account, password, current);
  const endsOthers = passwordHash !== null || (email !== null && email !== account.email);
  try {
    const changed = await parts.service.transaction(async (tx) => {
      const [locked] = await rowsOf(tx, lockAccount(account.id));
      if (!locked) throw new AuthFailure(403, 'user_not_found', 'User from sub claim in JWT does not exist');
      const metadata = data === null ? null : mergeMetadata(locked.user_metadata, data);
      const [row] = await rowsOf(
        tx,
        updateAccount({ id: account.id, email, passwordHash, metadata, now: parts.clock.now() }),
      );
      if (endsOthers) {
        await rowsOf(tx, deleteOtherSessions(account.id, session.id));
        await rowsOf(tx, deleteOneTimeTokens('recovery', account.id));
      }
      return row ?? locked;
    });
    return jsonResponse(userAnswer(changed));
  } catch (error) {
    if (violatedConstraint(error) !== 'users_email_key') throw error;
    throw new AuthFailure(422, 'email_exists', 'A user with this email address has already been registered');
  }
};
