import { emptyResponse } from '@/identity/answers';
import { type Endpoint, requireSession } from '@/identity/endpoint';
import { AuthFailure } from '@/identity/failure';
import { deleteOtherSessions, deleteSession, deleteSessionsOf } from '@/identity/session-store';

/** POST /logout?scope=global|local|others: ends all sessions, this one, or all but this one; their tokens end with them. */
export const logout: Endpoint = async (parts, { request, query }) => {
  const { account, session } = await requireSession(parts, request);
  switch (query.get('scope') ?? 'global') {
    case 'global':
      await parts.service.run(deleteSessionsOf(account.id));
      break;
    case 'local':
      await parts.service.run(deleteSession(session.id));
      break;
    case 'others':
      await parts.service.run(deleteOtherSessions(account.id, session.id));
      break;
    default:
      throw new AuthFailure(400, 'validation_failed', 'Send scope=global, scope=local or scope=others.');
  }
  return emptyResponse();
};
