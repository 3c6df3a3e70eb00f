import { jsonResponse, userAnswer } from '@/identity/answers';
import { type Endpoint, requireSession } from '@/identity/endpoint';

/** GET /user: the account behind the Bearer token. */
export const getUser: Endpoint = async (parts, { request }) => {
  const { account } = await requireSession(parts, request);
  return jsonResponse(userAnswer(account));
};
