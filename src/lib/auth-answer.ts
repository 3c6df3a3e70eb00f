import type { AuthError, User } from '@supabase/supabase-js';
import { badInput, conflict, PipelineError, unavailable } from '@/lib/errors';

const away = (cause: AuthError): PipelineError =>
  unavailable('The sign-in service does not answer at the moment. Try again in a few seconds.', cause);

const isAway = ({ status = 0 }: AuthError): boolean => status === 0 || status >= 500;

/** What a refusal of Supabase Auth means under /api. */
function refusalOfAuthError(error: AuthError): PipelineError {
  switch (error.code) {
    case 'invalid_credentials':
      return badInput('The e-mail address or the password is wrong.');
    case 'user_already_exists':
    case 'email_exists':
      return conflict('There is an account with this e-mail address. Sign in instead.');
    case 'signup_disabled':
      return new PipelineError('forbidden', error.message);
    case 'over_request_rate_limit':
      return new PipelineError('rate_limited', error.message, { retryAfterS: secondsIn(error.message) });
    default:
      return isAway(error) ? away(error) : badInput(error.message);
  }
}

/** The client drops the header Retry-After; our own endpoint says the time in its sentence too. */
const secondsIn = (message: string): number => Number(/(\d+) s\b/.exec(message)?.[1] ?? 60);

/** The account that a call of the auth client signed in. @throws PipelineError where it refused */
export function signedInAnswer(result: { data: { user: User | null }; error: AuthError | null }): {
  user: { id: string; email: string };
} {
  if (result.error) throw refusalOfAuthError(result.error);
  if (!result.data.user) throw new Error('the auth client gave neither an account nor an error');
  return { user: { id: result.data.user.id, email: result.data.user.email ?? '' } };
}

/** @throws PipelineError `unavailable` where a call of the auth client got no answer; other refusals pass */
export function refuseWhereAway(error: AuthError | null): void {
  if (error && isAway(error) && error.name !== 'AuthSessionMissingError') throw away(error);
}
