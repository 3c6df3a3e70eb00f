import { z } from 'zod';
import { jsonResponse } from '@/identity/answers';
import type { Endpoint } from '@/identity/endpoint';
import { emailSchema, readInput } from '@/identity/input';
import { findAccountByEmail } from '@/identity/store';

const inputSchema = z.object({ email: emailSchema });

/**
 * POST /recover. There is no mail: whoever runs the installation finds the request in the log and hands over the link
 * that `pipeline user reset EMAIL` prints. The answer never tells whether the account exists.
 */
export const recover: Endpoint = async (parts, { request, address }) => {
  const { email } = await readInput(request, inputSchema);
  await parts.throttle.oneTimeToken(address);
  const [[account]] = await parts.service.run(findAccountByEmail(email));
  if (account) parts.log.warn({ userId: account.id }, 'a password reset was asked for: run pipeline user reset EMAIL');
  return jsonResponse({});
};
