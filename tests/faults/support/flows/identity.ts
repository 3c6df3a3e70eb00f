import { identityEnv, PASSWORD } from '@tests/identity/support';
import type { TestDatabase } from '@tests/support/database';
import { expect } from 'vitest';
import type { Database } from '@/db/session';
import { createIdentity, type EmbeddedIdentity } from '@/identity/identity';
import { hashPassword } from '@/identity/passwords';
import { systemClock } from '@/lib/clock';
import { createLogger } from '@/lib/log';
import { type Flow, fresh, looking } from './flow';

const NEW_PASSWORD = 'another long password';
const log = createLogger({ level: 'silent' });

/** As in a process of its own: what one trial has learned of keys and settings, the next one does not know. */
function embeddedOn(database: Database): EmbeddedIdentity {
  const env = identityEnv({ rateLimit: 1_000_000 });
  const { embedded } = createIdentity({ service: database.asService(), clock: systemClock, log, env });
  if (!embedded) throw new Error('not the embedded mode');
  return embedded;
}

/** A refusal as a client of Supabase Auth knows it; `unavailable` for 503, as everywhere else. */
class Refusal extends Error {
  readonly code: string;
  constructor(status: number, code: string) {
    super(`${status} ${code}`);
    this.code = status === 503 ? 'unavailable' : code;
  }
}

interface Session {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** Asks an endpoint of /auth/v1. @throws Refusal */
async function ask(database: Database, method: string, path: string, body: object, token?: string): Promise<Session> {
  const request = new Request(`http://localhost:3000/auth/v1${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      'x-supabase-api-version': '2024-01-01',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const response = await embeddedOn(database).fetch(request);
  const text = await response.text();
  const answer = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  if (!response.ok) throw new Refusal(response.status, String(answer.code));
  return answer as unknown as Session;
}

const signIn = (database: Database, email: string, password: string) =>
  ask(database, 'POST', '/token?grant_type=password', { email, password });
const refresh = (database: Database, { refresh_token }: Session) =>
  ask(database, 'POST', '/token?grant_type=refresh_token', { refresh_token });
const refusal = (code: string) => expect.objectContaining({ code });

let hash: Promise<string> | undefined;

/** An account with a password and without a session. */
async function withPassword(db: TestDatabase): Promise<{ id: string; email: string }> {
  hash ??= hashPassword(PASSWORD);
  // also makes what the very first start of an installation makes: its key
  await embeddedOn(db.database).fetch(new Request('http://localhost:3000/auth/v1/.well-known/jwks.json'));
  const email = `${fresh()}@example.test`;
  const { rows } = await db.admin.query<{ id: string }>(
    'insert into auth.users (email, encrypted_password, email_confirmed_at) values ($1, $2, now()) returning id',
    [email, await hash],
  );
  return { id: rows[0]?.id ?? '', email };
}

const SESSIONS = `
  select count(distinct s.id)::int as sessions, count(t.id)::int as tokens, count(t.used_at)::int as used
  from auth.sessions s left join auth.refresh_tokens t on t.session_id = s.id where s.user_id = $1`;

export const IDENTITY_FLOWS: readonly Flow[] = [
  {
    name: 'sign-up',
    async prepare(db) {
      await withPassword(db);
      const email = `${fresh()}@example.test`;
      return {
        act: (database) => ask(database, 'POST', '/signup', { email, password: PASSWORD }),
        look: looking(
          db,
          email,
          `select count(distinct u.id)::int as accounts, count(s.id)::int as sessions
           from auth.users u left join auth.sessions s on s.user_id = u.id where u.email = $1`,
        ),
        done: { accounts: 1, sessions: 1 },
        refusedAgain: 'user_already_exists',
        // who was refused the second time can get in by what was done the first time
        prove: async () => void (await signIn(db.database, email, PASSWORD)),
      };
    },
  },
  {
    name: 'sign-in',
    // the try is given back
    afterCommit: 1,
    async prepare(db) {
      const { id, email } = await withPassword(db);
      return {
        act: (database) => signIn(database, email, PASSWORD),
        look: looking(db, id, SESSIONS),
        done: { sessions: 1, tokens: 1, used: 0 },
        twice: { sessions: 2, tokens: 2, used: 0 },
        prove: async (answer) => void (await refresh(db.database, answer as Session)),
      };
    },
  },
  {
    name: 'refresh',
    async prepare(db) {
      const { id, email } = await withPassword(db);
      const session = await signIn(db.database, email, PASSWORD);
      return {
        act: (database) => refresh(database, session),
        look: looking(db, id, SESSIONS),
        done: { sessions: 1, tokens: 2, used: 1 },
        // whoever asks again gets the pair that is good, not one that ends the session
        prove: async (answer) => void (await refresh(db.database, answer as Session)),
      };
    },
  },
  {
    name: 'sign-out',
    async prepare(db) {
      const { id, email } = await withPassword(db);
      const session = await signIn(db.database, email, PASSWORD);
      return {
        act: (database) => ask(database, 'POST', '/logout?scope=local', {}, session.access_token),
        look: looking(db, id, SESSIONS),
        done: { sessions: 0, tokens: 0, used: 0 },
        refusedAgain: 'session_not_found',
        prove: () => expect(refresh(db.database, session)).rejects.toEqual(refusal('refresh_token_not_found')),
      };
    },
  },
  {
    name: 'change of password',
    async prepare(db) {
      const { id, email } = await withPassword(db);
      const session = await signIn(db.database, email, PASSWORD);
      await signIn(db.database, email, PASSWORD);
      return {
        act: (database) => ask(database, 'PUT', '/user', { password: NEW_PASSWORD }, session.access_token),
        look: looking(db, id, SESSIONS),
        // the others have ended
        done: { sessions: 1, tokens: 1, used: 0 },
        refusedAgain: 'same_password',
        async prove() {
          await expect(signIn(db.database, email, PASSWORD)).rejects.toEqual(refusal('invalid_credentials'));
          await signIn(db.database, email, NEW_PASSWORD);
        },
      };
    },
  },
  {
    name: 'change of address',
    async prepare(db) {
      const { id, email } = await withPassword(db);
      const session = await signIn(db.database, email, PASSWORD);
      return {
        act: (database) => ask(database, 'PUT', '/user', { email: `new-${email}` }, session.access_token),
        look: looking(db, id, 'select email from auth.users where id = $1'),
        done: { email: `new-${email}` },
      };
    },
  },
  {
    name: 'reset link',
    // where the server is, for the link
    afterCommit: 1,
    async prepare(db) {
      const { id, email } = await withPassword(db);
      const secretOf = (link: unknown) => String(link).split('#token=')[1];
      const earlier = secretOf(await embeddedOn(db.database).accounts.resetLink(email));
      return {
        act: (database) => embeddedOn(database).accounts.resetLink(email),
        look: looking(
          db,
          id,
          `select count(*)::int as links, count(*) filter (where token_hash = sha256('${earlier}'))::int as earlier
           from auth.one_time_tokens where user_id = $1`,
        ),
        done: { links: 1, earlier: 0 },
        prove: async (link) =>
          void (await ask(db.database, 'POST', '/verify', { type: 'recovery', token_hash: secretOf(link) })),
      };
    },
  },
  {
    name: 'use of a reset link',
    async prepare(db) {
      const { id, email } = await withPassword(db);
      const link = await embeddedOn(db.database).accounts.resetLink(email);
      const body = { type: 'recovery', token_hash: link.split('#token=')[1] };
      return {
        act: (database) => ask(database, 'POST', '/verify', body),
        look: looking(
          db,
          id,
          `select (select count(*)::int from auth.one_time_tokens where user_id = $1) as links,
             (select count(*)::int from auth.sessions where user_id = $1) as sessions`,
        ),
        done: { links: 0, sessions: 1 },
        refusedAgain: 'otp_expired',
      };
    },
  },
  {
    name: 'user create',
    async prepare(db) {
      const email = `${fresh()}@example.test`;
      return {
        act: (database) => embeddedOn(database).accounts.create({ email, password: PASSWORD }),
        look: looking(db, email, 'select count(*)::int as accounts from auth.users where email = $1'),
        done: { accounts: 1 },
        refusedAgain: 'conflict',
        prove: async () => void (await signIn(db.database, email, PASSWORD)),
      };
    },
  },
  {
    name: 'token',
    // key and issuer, for signing
    afterCommit: 2,
    async prepare(db) {
      const { id, email } = await withPassword(db);
      const account = await embeddedOn(db.database).accounts.find(email);
      return {
        act: (database) => embeddedOn(database).accounts.openSession(account),
        look: looking(db, id, SESSIONS),
        done: { sessions: 1, tokens: 0, used: 0 },
        twice: { sessions: 2, tokens: 0, used: 0 },
        prove: async (answer) => void (await ask(db.database, 'POST', '/logout', {}, (answer as Session).access_token)),
      };
    },
  },
  {
    name: 'removeExpired',
    async prepare(db) {
      const { id, email } = await withPassword(db);
      await signIn(db.database, email, PASSWORD);
      await signIn(db.database, email, PASSWORD);
      await db.admin.query(
        `update auth.sessions set not_after = now() - interval '1 day'
         where id = (select id from auth.sessions where user_id = $1 limit 1)`,
        [id],
      );
      return {
        act: (database) => embeddedOn(database).removeExpired(),
        look: looking(db, id, SESSIONS),
        done: { sessions: 1, tokens: 1, used: 0 },
      };
    },
  },
];
