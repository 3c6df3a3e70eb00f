import { z } from 'zod';
import { jsonResponse, sessionAnswer } from '@/identity/answers';
import type { Endpoint } from '@/identity/endpoint';
import { AuthFailure } from '@/identity/failure';
import { emailSchema, passwordSchema, readInput } from '@/identity/input';
import { verifyPassword } from '@/identity/passwords';
import { beginSession, rowsOf } from '@/identity/sessions';
import { findAccountByEmail, lockAccount, markSignedIn } from '@/identity/store';

const inputSchema = z.object({ email: emailSchema, password: passwordSchema });

const invalid = () => new AuthFailure(400, 'invalid_credentials', 'Invalid login credentials');

/**
 * POST /token?grant_type=password. An unknown address, an account without a password and a wrong password get the same
 * answer after the same work.
 */
export const signInWithPassword: Endpoint = async (parts, { request, address }) => {
  const { email, password } = await readInput(request, inputSchema);
  const refund = await parts.throttle.signIn(email, address);
  const [[known]] = await parts.service.run(findAccountByEmail(email));
  const matches = await verifyPassword(known?.encrypted_password ?? null, password);
  if (!known || !matches) throw invalid();
  await Promise.all([parts.keys.current(), parts.issuer()]);
  const now = parts.clock.now();
  const signedIn = await parts.service.transaction(async (tx) => {
    // the password may have been changed while this one was checked
    const [current] = await rowsOf(tx, lockAccount(known.id));
    if (!current || current.encrypted_password !== known.encrypted_password) throw invalid();
    const [account] = await rowsOf(tx, markSignedIn(known.id, now));
    return beginSession(parts, tx, account ?? current, 'password');
  });
  await refund();
  return jsonResponse(sessionAnswer(signedIn.pair, signedIn.account, now));
};
