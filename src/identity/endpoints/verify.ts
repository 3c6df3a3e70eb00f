import { z } from 'zod';
import { jsonResponse, sessionAnswer } from '@/identity/answers';
import type { Endpoint } from '@/identity/endpoint';
import { AuthFailure } from '@/identity/failure';
import { readInput } from '@/identity/input';
import { beginSession, rowsOf } from '@/identity/sessions';
import { lockAccount, markSignedIn, takeOneTimeToken } from '@/identity/store';
import { hashToken } from '@/identity/tokens';

const oneTime = z.string('Send the field "token_hash" as a text.').min(1).max(500);

const inputSchema = z
  .object({
    type: z.literal('recovery', 'Send type=recovery: nothing else is verified here.'),
    token_hash: oneTime.optional(),
    token: oneTime.optional(),
  })
  .refine((input) => input.token_hash ?? input.token, 'Send the token of the reset link as "token_hash".');

const invalid = () => new AuthFailure(403, 'otp_expired', 'The link is invalid, was used before or has expired.');

/** POST /verify: exchanges the secret of a reset link for a session, once. */
export const verify: Endpoint = async (parts, { request, address }) => {
  const input = await readInput(request, inputSchema);
  const refund = await parts.throttle.oneTimeToken(address);
  await Promise.all([parts.keys.current(), parts.issuer()]);
  const now = parts.clock.now();
  const hash = hashToken(input.token_hash ?? input.token ?? '');
  const signedIn = await parts.service.transaction(async (tx) => {
    const [token] = await rowsOf(tx, takeOneTimeToken(hash, 'recovery', now));
    const [locked] = token?.user_id ? await rowsOf(tx, lockAccount(token.user_id)) : [];
    if (!locked) throw invalid();
    const [account] = await rowsOf(tx, markSignedIn(locked.id, now));
    return beginSession(parts, tx, account ?? locked, 'otp');
  });
  await refund();
  return jsonResponse(sessionAnswer(signedIn.pair, signedIn.account, now));
};
