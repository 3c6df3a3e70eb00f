import { z } from 'zod';
import { jsonResponse, sessionAnswer } from '@/identity/answers';
import type { Endpoint } from '@/identity/endpoint';
import { readInput } from '@/identity/input';
import { refreshSession } from '@/identity/sessions';

const inputSchema = z.object({
  refresh_token: z.string('Send the field "refresh_token" as a text.').min(1, 'Send a refresh token.').max(500),
});

/** POST /token?grant_type=refresh_token. */
export const refresh: Endpoint = async (parts, { request }) => {
  const { refresh_token } = await readInput(request, inputSchema);
  const { pair, account } = await refreshSession(parts, refresh_token);
  return jsonResponse(sessionAnswer(pair, account, parts.clock.now()));
};
