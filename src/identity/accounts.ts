import { randomInt, randomUUID } from 'node:crypto';
import { signAccessToken } from '@/identity/access-token';
import { type SessionAnswer, sessionAnswer } from '@/identity/answers';
import type { EndpointParts } from '@/identity/endpoint';
import { isSignUpClosed } from '@/identity/endpoints/sign-up';
import { emailSchema } from '@/identity/input';
import { hashPassword } from '@/identity/passwords';
import { insertSession } from '@/identity/session-store';
import { rowsOf } from '@/identity/sessions';
import { hashSignUpCode } from '@/identity/sign-up-policy';
import {
  type AccountRow,
  deleteOneTimeTokens,
  findAccountByAlias,
  findAccountByEmail,
  findAccountById,
  insertAccount,
  insertOneTimeToken,
  listAccounts,
  lockSignUp,
} from '@/identity/store';
import { hashToken, randomToken } from '@/identity/tokens';
import { badInput, conflict, notFound, PipelineError } from '@/lib/errors';
import { asUserId, type UserId, UUID_PATTERN } from '@/lib/ids';
import { passwordProblem } from '@/lib/password-rule';

const LINK_MS = 24 * 3_600_000;
const CODE_MS = 24 * 3_600_000;
const COMMAND_LINE_SESSION_S = 24 * 3_600;
/** Without letters and digits that look alike. */
const CODE_ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const CODE_LENGTH = 20;

export interface Account {
  readonly id: UserId;
  readonly email: string | null;
  readonly alias: string | null;
  /** Whether it can sign in by password; accounts made by imports cannot. */
  readonly hasPassword: boolean;
  readonly createdAt: Date;
  readonly lastSignInAt: Date | null;
}

/** What whoever runs the installation may do with accounts, from the command line. */
export interface AccountDesk {
  /** @throws PipelineError `bad_input`, or `conflict` where the address has an account */
  create(input: { email: string; password: string }): Promise<Account>;
  list(): Promise<Account[]>;
  /** By e-mail address (with an @), by id, or else by alias. @throws PipelineError `not_found` */
  find(name: string): Promise<Account>;
  /** A link that sets a new password, once, within a day; earlier ones stop working. */
  resetLink(email: string): Promise<string>;
  /** A session of its own for 24 h that cannot be refreshed. */
  openSession(account: Account): Promise<SessionAnswer>;
}

function describe(row: AccountRow & { alias?: string | null }): Account {
  return {
    id: asUserId(row.id),
    email: row.email,
    alias: row.alias ?? null,
    hasPassword: row.encrypted_password !== null,
    createdAt: row.created_at,
    lastSignInAt: row.last_sign_in_at,
  };
}

function parseEmail(text: string): string {
  const email = emailSchema.safeParse(text);
  if (!email.success) throw badInput(`"${text}" is not an e-mail address: write it as name@example.org.`);
  return email.data;
}

async function createAccount(parts: EndpointParts, input: { email: string; password: string }): Promise<Account> {
  const email = parseEmail(input.email);
  const problem = passwordProblem(input.password);
  if (problem) throw badInput(`This password will not do: ${problem}.`);
  const passwordHash = await hashPassword(input.password);
  const row = await parts.service.transaction(async (tx) => {
    await rowsOf(tx, lockSignUp());
    const account = { email, passwordHash, metadata: {}, now: parts.clock.now(), signedInAt: null };
    const [made] = await rowsOf(tx, insertAccount(account));
    return made;
  });
  if (!row) throw conflict(`${email} has an account. A new password for it: pipeline user reset ${email}`);
  return describe(row);
}

async function findAccount(parts: EndpointParts, name: string): Promise<Account> {
  const text = name.trim();
  const query = text.includes('@')
    ? findAccountByEmail(text.toLowerCase())
    : UUID_PATTERN.test(text)
      ? findAccountById(text)
      : findAccountByAlias(text);
  const [[row]] = await parts.service.run(query);
  if (!row) throw new PipelineError('not_found', `There is no account ${JSON.stringify(text)}.`);
  return describe(row);
}

async function makeResetLink(parts: EndpointParts, name: string): Promise<string> {
  const account = await findAccount(parts, parseEmail(name));
  const secret = randomToken();
  const now = parts.clock.now();
  await parts.service.run(
    deleteOneTimeTokens('recovery', account.id),
    insertOneTimeToken({
      tokenHash: hashToken(secret),
      purpose: 'recovery',
      userId: account.id,
      now,
      expiresAt: new Date(now.getTime() + LINK_MS),
    }),
  );
  // behind the #, so that the secret reaches no server log on its way
  return `${await parts.settings.publicUrl()}/reset-password#token=${secret}`;
}

async function openSession(parts: EndpointParts, account: Account): Promise<SessionAnswer> {
  const now = parts.clock.now();
  const notAfter = new Date(now.getTime() + COMMAND_LINE_SESSION_S * 1000);
  const session = { id: randomUUID(), userId: account.id, method: 'command_line', now, notAfter } as const;
  const [[opened], [row]] = await parts.service.run(insertSession(session), findAccountById(account.id));
  if (!opened || !row) throw notFound('account');
  const signed = await signAccessToken(parts, row, opened, COMMAND_LINE_SESSION_S);
  // the cookie's form wants a refresh token; this one was never given out, so it refreshes nothing
  return sessionAnswer({ ...signed, refreshToken: 'none' }, row, now);
}

/** Makes the one-time code of the first sign-up, or null where none is needed. Earlier codes stop working. */
export async function issueSignUpCode(parts: EndpointParts): Promise<string | null> {
  if (parts.signUpPolicy !== 'first-with-code' || (await isSignUpClosed(parts))) return null;
  const letters = Array.from({ length: CODE_LENGTH }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]).join('');
  const now = parts.clock.now();
  await parts.service.run(
    deleteOneTimeTokens('sign_up', null),
    insertOneTimeToken({
      tokenHash: hashSignUpCode(letters),
      purpose: 'sign_up',
      userId: null,
      now,
      expiresAt: new Date(now.getTime() + CODE_MS),
    }),
  );
  return letters.replace(/.{5}(?=.)/g, '$&-');
}

export function createAccountDesk(parts: EndpointParts): AccountDesk {
  return {
    create: (input) => createAccount(parts, input),
    async list() {
      const [rows] = await parts.service.run(listAccounts());
      return rows.map(describe);
    },
    find: (name) => findAccount(parts, name),
    resetLink: (email) => makeResetLink(parts, email),
    openSession: (account) => openSession(parts, account),
  };
}
