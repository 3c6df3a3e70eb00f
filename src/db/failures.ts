import { PipelineError, unauthenticated, unavailable } from '@/lib/errors';

/** Raised by private.assert_caller_alive(). */
const CALLER_GONE = 'PT401';

/** Postgres: connection, resources, operator intervention, lock and deadlock; Node: sockets. */
const AWAY =
  /^(08...|25P03|53[0-9A-Z]{3}|57P0[1-5]|57014|55P03|40P01|40001|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)$/;

/** pg gives these without a code. */
const AWAY_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end|not queryable/i;

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

/** Whether an error says that the database is away, overloaded or busy, and not that the statement is wrong. */
export function isDatabaseAway(error: unknown): boolean {
  return AWAY.test(codeOf(error)) || (error instanceof Error && AWAY_MESSAGE.test(error.message));
}

/** Turns what a driver throws into a refusal where it has a meaning for every caller; gives all else back as it is. */
export function translateFailure(error: unknown): unknown {
  if (error instanceof PipelineError) return error;
  if (codeOf(error) === CALLER_GONE) return unauthenticated('The account or the session has ended. Sign in again.');
  if (isDatabaseAway(error)) {
    return unavailable('The database does not answer at the moment. Try again in a few seconds.', error);
  }
  return error;
}

/** The constraint that a statement violated, or null when the error is another one. */
export function violatedConstraint(error: unknown): string | null {
  if (!codeOf(error).startsWith('23')) return null;
  return typeof error === 'object' && error !== null && 'constraint' in error ? String(error.constraint) : null;
}
