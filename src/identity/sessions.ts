import { randomUUID } from 'node:crypto';
import type { CompiledQuery, Transaction } from 'kysely';
import type { ServiceSession } from '@/db/session';
import type { DB } from '@/db/types';
import { type AccessTokenParts, signAccessToken } from '@/identity/access-token';
import { AuthFailure } from '@/identity/failure';
import {
  deleteSession,
  findRefreshToken,
  forgetReplacements,
  insertRefreshToken,
  insertSession,
  lockSessionOfToken,
  markTokenUsed,
  prolongSession,
  type RefreshTokenRow,
  type SessionMethod,
  type SessionRow,
} from '@/identity/session-store';
import { type AccountRow, findAccountById } from '@/identity/store';
import { hashToken, openPair, randomToken, sealPair, type TokenPair } from '@/identity/tokens';
import type { Logger } from '@/lib/log';

/** A session ends when it was not refreshed for this long. */
const SESSION_MS = 30 * 24 * 3_600_000;
/** Tabs that refresh at the same moment all present the same token: within this time they get the same pair. */
const REUSE_MS = 10_000;

export interface SessionParts extends AccessTokenParts {
  readonly service: ServiceSession;
  readonly log: Logger;
}

export interface SignedIn {
  readonly pair: TokenPair;
  readonly account: AccountRow;
}

type Tx = Transaction<DB>;

export async function rowsOf<Row>(tx: Tx, query: CompiledQuery<Row>): Promise<Row[]> {
  return (await tx.executeQuery(query)).rows;
}

/** Begins a session within the transaction that found out who is signing in. */
export async function beginSession(
  parts: SessionParts,
  tx: Tx,
  account: AccountRow,
  method: SessionMethod,
): Promise<SignedIn> {
  const now = parts.clock.now();
  const notAfter = new Date(now.getTime() + SESSION_MS);
  const [session] = await rowsOf(tx, insertSession({ id: randomUUID(), userId: account.id, method, now, notAfter }));
  if (!session) throw new Error('a session was not written');
  return { pair: await nextPair(parts, tx, account, session, null), account };
}

async function nextPair(
  parts: SessionParts,
  tx: Tx,
  account: AccountRow,
  session: SessionRow,
  parentId: string | null,
): Promise<TokenPair> {
  const refreshToken = randomToken();
  const now = parts.clock.now();
  await rowsOf(tx, insertRefreshToken({ sessionId: session.id, parentId, tokenHash: hashToken(refreshToken), now }));
  return { ...(await signAccessToken(parts, account, session)), refreshToken };
}

const notFound = () =>
  new AuthFailure(400, 'refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found');

/**
 * Exchanges a refresh token for the next pair. A token that was exchanged before gives the same pair for 10 s more, in
 * every process; after that its use ends the whole session, since two parties hold it.
 *
 * @throws AuthFailure when the token or its session is not good (any more)
 */
export async function refreshSession(parts: SessionParts, token: string): Promise<SignedIn> {
  // loaded before the transaction: inside it nothing may wait for another connection
  await Promise.all([parts.keys.current(), parts.issuer()]);
  const outcome = await parts.service.transaction((tx) => exchange(parts, tx, token));
  // a failure is returned and not thrown inside, because what it deleted has to stay deleted
  if (outcome instanceof AuthFailure) throw outcome;
  return outcome;
}

async function exchange(parts: SessionParts, tx: Tx, token: string): Promise<SignedIn | AuthFailure> {
  const hash = hashToken(token);
  const [session] = await rowsOf(tx, lockSessionOfToken(hash));
  const [found] = session ? await rowsOf(tx, findRefreshToken(hash)) : [];
  const [account] = session ? await rowsOf(tx, findAccountById(session.user_id)) : [];
  if (!session || !found || !account) return notFound();
  const now = parts.clock.now().getTime();
  if (session.not_after.getTime() <= now) {
    await rowsOf(tx, deleteSession(session.id));
    return new AuthFailure(400, 'session_expired', 'Invalid Refresh Token: Session Expired');
  }
  if (found.used_at === null) return { pair: await rotate(parts, tx, token, found, account, session), account };
  if (now - found.used_at.getTime() <= REUSE_MS && found.replacement) {
    return { pair: openPair(token, found.replacement), account };
  }
  await rowsOf(tx, deleteSession(session.id));
  parts.log.warn(
    { userId: account.id, sessionId: session.id },
    'a used refresh token came back: its session has ended',
  );
  return new AuthFailure(400, 'refresh_token_already_used', 'Invalid Refresh Token: Already Used');
}

async function rotate(
  parts: SessionParts,
  tx: Tx,
  token: string,
  found: RefreshTokenRow,
  account: AccountRow,
  session: SessionRow,
): Promise<TokenPair> {
  const pair = await nextPair(parts, tx, account, session, found.id);
  const now = parts.clock.now();
  await rowsOf(tx, markTokenUsed(found.id, sealPair(token, pair), now));
  await rowsOf(tx, forgetReplacements(session.id, new Date(now.getTime() - REUSE_MS)));
  await rowsOf(tx, prolongSession(session.id, now, new Date(now.getTime() + SESSION_MS)));
  return pair;
}
