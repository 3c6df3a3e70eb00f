import type { Transaction } from 'kysely';
import { z } from 'zod';
import type { DB } from '@/db/types';
import { jsonResponse, sessionAnswer } from '@/identity/answers';
import type { Endpoint, EndpointParts } from '@/identity/endpoint';
import { AuthFailure, weakPassword } from '@/identity/failure';
import { emailSchema, metadataSchema, passwordSchema, readInput } from '@/identity/input';
import { hashPassword } from '@/identity/passwords';
import { beginSession, rowsOf } from '@/identity/sessions';
import { hashSignUpCode, type SignUpPolicy, signUpClosed, signUpNeedsCode } from '@/identity/sign-up-policy';
import { findAnyPassword, insertAccount, lockSignUp, type Metadata, takeOneTimeToken } from '@/identity/store';
import { passwordProblem } from '@/lib/password-rule';

const inputSchema = z.object({
  email: emailSchema,
  password: passwordSchema,
  data: metadataSchema.nullish().transform((data) => data ?? {}),
});

/** The code travels in the metadata, the one place where the unmodified client lets a caller add a field. */
function takeCode(data: Metadata): { code: string | null; metadata: Metadata } {
  const { sign_up_code: code, ...metadata } = data;
  return { code: typeof code === 'string' && code !== '' ? code : null, metadata };
}

/** Whether sign-up is over, without waiting for anybody. */
export async function isSignUpClosed(parts: Pick<EndpointParts, 'service' | 'signUpPolicy'>): Promise<boolean> {
  if (parts.signUpPolicy === 'open') return false;
  const [[found]] = await parts.service.run(findAnyPassword());
  return found?.taken ?? true;
}

/** Of all who come at once only one passes: the others wait for its commit and then find sign-up closed. */
async function admitFirst(parts: EndpointParts, tx: Transaction<DB>, policy: SignUpPolicy, code: string | null) {
  await rowsOf(tx, lockSignUp());
  const [found] = await rowsOf(tx, findAnyPassword());
  if (found?.taken ?? true) throw signUpClosed();
  if (policy === 'first') return;
  const [token] = code ? await rowsOf(tx, takeOneTimeToken(hashSignUpCode(code), 'sign_up', parts.clock.now())) : [];
  if (!token) throw signUpNeedsCode();
}

/** POST /signup: makes an account, confirms it at once and signs it in. */
export const signUp: Endpoint = async (parts, { request, address }) => {
  const { email, password, data } = await readInput(request, inputSchema);
  const { code, metadata } = takeCode(data);
  await parts.throttle.signUp(address);
  if (await isSignUpClosed(parts)) throw signUpClosed();
  const problem = passwordProblem(password);
  if (problem) throw weakPassword(problem);
  const passwordHash = await hashPassword(password);
  await Promise.all([parts.keys.current(), parts.issuer()]);
  const now = parts.clock.now();
  const signedIn = await parts.service.transaction(async (tx) => {
    if (parts.signUpPolicy !== 'open') await admitFirst(parts, tx, parts.signUpPolicy, code);
    const [account] = await rowsOf(tx, insertAccount({ email, passwordHash, metadata, now, signedInAt: now }));
    if (!account) throw new AuthFailure(422, 'user_already_exists', 'User already registered');
    return beginSession(parts, tx, account, 'password');
  });
  parts.log.info({ userId: signedIn.account.id }, 'an account was made');
  return jsonResponse(sessionAnswer(signedIn.pair, signedIn.account, now));
};
