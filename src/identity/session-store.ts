import { sql } from 'kysely';
import { builder } from '@/db/builder';

/** How a session began, as the claim `amr` names it. */
export type SessionMethod = 'password' | 'otp' | 'command_line';

export interface SessionRow {
  readonly id: string;
  readonly user_id: string;
  readonly created_at: Date;
  readonly not_after: Date;
  readonly method: SessionMethod;
}

export interface RefreshTokenRow {
  readonly id: string;
  readonly used_at: Date | null;
  readonly replacement: Buffer | null;
}

const SESSION = sql`s.id, s.user_id, s.created_at, s.not_after, s.method`;

export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly method: SessionMethod;
  readonly now: Date;
  readonly notAfter: Date;
}

export const insertSession = ({ id, userId, method, now, notAfter }: NewSession) =>
  sql<SessionRow>`
    insert into auth.sessions as s (id, user_id, method, created_at, not_after)
    values (${id}, ${userId}, ${method}, ${now}, ${notAfter})
    returning ${SESSION}`.compile(builder);

export const findSession = (id: string, userId: string, now: Date) =>
  sql<SessionRow>`
    select ${SESSION} from auth.sessions s
    where s.id = ${id} and s.user_id = ${userId} and s.not_after > ${now}`.compile(builder);

/** The session's row orders everything that happens to its tokens. */
export const lockSessionOfToken = (tokenHash: Buffer) =>
  sql<SessionRow>`
    select ${SESSION}
    from auth.sessions s
    where s.id = (select t.session_id from auth.refresh_tokens t where t.token_hash = ${tokenHash})
    for update`.compile(builder);

/** To be read after the session is locked: a lock shows its own row anew, not the rows joined to it. */
export const findRefreshToken = (tokenHash: Buffer) =>
  sql<RefreshTokenRow>`
    select t.id, t.used_at, t.replacement from auth.refresh_tokens t where t.token_hash = ${tokenHash}`.compile(
    builder,
  );

export interface NewRefreshToken {
  readonly sessionId: string;
  readonly parentId: string | null;
  readonly tokenHash: Buffer;
  readonly now: Date;
}

export const insertRefreshToken = ({ sessionId, parentId, tokenHash, now }: NewRefreshToken) =>
  sql`
    insert into auth.refresh_tokens (session_id, parent_id, token_hash, created_at)
    values (${sessionId}, ${parentId}, ${tokenHash}, ${now})`.compile(builder);

export const markTokenUsed = (id: string, replacement: Buffer, now: Date) =>
  sql`
    update auth.refresh_tokens set used_at = ${now}, replacement = ${replacement} where id = ${id}`.compile(builder);

/** Sealed pairs are of use for seconds only. */
export const forgetReplacements = (sessionId: string, usedBefore: Date) =>
  sql`
    update auth.refresh_tokens set replacement = null
    where session_id = ${sessionId} and replacement is not null and used_at < ${usedBefore}`.compile(builder);

export const prolongSession = (id: string, now: Date, notAfter: Date) =>
  sql`update auth.sessions set refreshed_at = ${now}, not_after = ${notAfter} where id = ${id}`.compile(builder);

export const deleteSession = (id: string) => sql`delete from auth.sessions where id = ${id}`.compile(builder);

export const deleteSessionsOf = (userId: string) =>
  sql`delete from auth.sessions where user_id = ${userId}`.compile(builder);

export const deleteOtherSessions = (userId: string, keptId: string) =>
  sql`delete from auth.sessions where user_id = ${userId} and id <> ${keptId}`.compile(builder);
