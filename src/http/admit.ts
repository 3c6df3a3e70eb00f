import type { SystemCtx, UserCtx, WithFiles, WithOffer, WithQueue, WithStorageLimits } from '@/domain/context';
import { clientAddress } from '@/http/address';
import { refusalOf } from '@/http/answer';
import type { LimitScope } from '@/http/limiter';
import type { HandlerSpec } from '@/http/operation';
import type { Authentication, RuntimeParts } from '@/http/runtime';
import { PipelineError, unauthenticated } from '@/lib/errors';
import type { Logger } from '@/lib/log';

type Caller = Authentication['caller'];

/** What a verb gets that acts for the caller: everything that a verb of an account may ask for. */
export type CallerCtx = WithFiles<WithOffer<WithQueue<WithStorageLimits<UserCtx>>>>;

/** What a verb of a public route gets: the product's own context. */
export type PublicCtx = WithFiles<SystemCtx>;

/**
 * Finds out who is calling. Guessing credentials is counted at the guesser's address, never at an account.
 *
 * @throws PipelineError `unauthenticated`, `unavailable`, or `rate_limited` for an address that asks too often
 */
export async function identify(spec: HandlerSpec, request: Request, parts: RuntimeParts): Promise<Authentication> {
  if (spec.access === 'public') {
    if (spec.limit !== 'none') await spend(parts, 'address', clientAddress(request));
    return { caller: null, setCookies: [] };
  }
  try {
    const found = await parts.authenticate(request);
    if (!found.caller) throw unauthenticated('no credential');
    return found;
  } catch (error) {
    if (refusalOf(error).code === 'unauthenticated') await spend(parts, 'address', clientAddress(request));
    throw error;
  }
}

/** Takes one request from a budget. @throws PipelineError `rate_limited` */
export async function spend({ limiter }: RuntimeParts, scope: LimitScope, key: string): Promise<void> {
  const retryAfterS = await limiter.spend(scope, key);
  if (retryAfterS > 0) {
    throw new PipelineError('rate_limited', `Too many requests: wait ${retryAfterS} s and try again.`, { retryAfterS });
  }
}

/** What the verb is given: an account's sessions, or for a public route the product's own. */
export function contextOf(parts: RuntimeParts, caller: Caller, log: Logger): CallerCtx | PublicCtx {
  const { clock, database, queue, offer, files, limits } = parts;
  if (!caller) return { session: database.asService(), clock, log, files };
  const { userId, email } = caller;
  const session = database.asUser(caller);
  const service = database.asService();
  return { userId, email, session, service, clock, log: log.child({ userId }), queue, offer, files, limits };
}
