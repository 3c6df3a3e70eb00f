import { afterAll, describe, expect, it } from 'vitest';
import type { EmbeddedIdentity } from '@/identity/identity';
import { signUpPolicyOf } from '@/identity/sign-up-policy';
import { type AuthServer, identityEnv, newEmail, PASSWORD, startAuth } from './support';

const opened: AuthServer[] = [];
afterAll(() => Promise.all(opened.map((auth) => auth.close())));

async function start(env: Parameters<typeof startAuth>[0]): Promise<AuthServer> {
  const auth = await startAuth(env);
  opened.push(auth);
  return auth;
}

async function signUp(embedded: EmbeddedIdentity, body: Record<string, unknown> = {}) {
  const response = await embedded.fetch(
    new Request('http://localhost/auth/v1/signup', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-supabase-api-version': '2024-01-01' },
      body: JSON.stringify({ email: newEmail(), password: PASSWORD, ...body }),
    }),
  );
  const answer = (await response.json()) as { code?: string; user?: { user_metadata: object } };
  return { status: response.status, ...answer };
}

async function settings(embedded: EmbeddedIdentity) {
  const response = await embedded.fetch(new Request('http://localhost/auth/v1/settings'));
  const { disable_signup, sign_up_needs_code } = (await response.json()) as Record<string, unknown>;
  return { disable_signup, sign_up_needs_code };
}

const accounts = async ({ db }: AuthServer) =>
  (await db.admin.query('select count(*)::int as n from auth.users where encrypted_password is not null')).rows[0].n;

describe('sign-up', () => {
  it('is open for the first person on a machine of its own, and closed afterwards', async () => {
    const auth = await start({ signup: 'first' });
    expect(await settings(auth.embedded)).toEqual({ disable_signup: false, sign_up_needs_code: false });
    expect((await signUp(auth.embedded)).status).toBe(200);
    expect(await settings(auth.embedded)).toEqual({ disable_signup: true, sign_up_needs_code: false });
    expect(await signUp(auth.embedded)).toMatchObject({ status: 422, code: 'signup_disabled' });
    expect(await accounts(auth)).toBe(1);
    // somebody may be let in by hand, and may sign in
    const email = newEmail();
    await auth.embedded.accounts.create({ email, password: PASSWORD });
    const client = await auth.client();
    expect((await client.auth.signInWithPassword({ email, password: PASSWORD })).error).toBeNull();
  });

  it('lets exactly one of 50 in who come at once, over several processes', async () => {
    const auth = await start({ signup: 'first' });
    const processes = [auth.embedded, auth.another(), auth.another(), auth.another()];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => signUp(processes[i % processes.length] ?? auth.embedded)),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(answers.filter((answer) => answer.code === 'signup_disabled')).toHaveLength(49);
    expect(await accounts(auth)).toBe(1);
  });

  it('lets everybody in where it is open', async () => {
    const auth = await start({ signup: 'open' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => signUp(auth.embedded)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(10).fill(200));
    const email = newEmail();
    const same = await Promise.all(Array.from({ length: 5 }, () => signUp(auth.embedded, { email })));
    expect(same.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(same.filter((answer) => answer.code === 'user_already_exists')).toHaveLength(4);
  });

  it('is no way into an account that an import made', async () => {
    const auth = await start({ signup: 'open' });
    const email = newEmail();
    await auth.db.admin.query('insert into auth.users (email) values ($1)', [email]);
    expect(await signUp(auth.embedded, { email })).toMatchObject({ status: 422, code: 'user_already_exists' });
    const client = await auth.client();
    for (const password of ['', PASSWORD, 'null']) {
      expect((await client.auth.signInWithPassword({ email, password })).error).not.toBeNull();
    }
  });

  it('still counts as first beside accounts without a password', async () => {
    const auth = await start({ signup: 'first' });
    await auth.db.admin.query('insert into auth.users (email) values (null), (null)');
    expect((await signUp(auth.embedded)).status).toBe(200);
  });
});

describe('the code of the first sign-up', () => {
  it('is needed where strangers can reach the server, and works once', async () => {
    const auth = await start({ signup: 'first', host: '0.0.0.0' });
    expect(await settings(auth.embedded)).toEqual({ disable_signup: false, sign_up_needs_code: true });
    const old = await auth.embedded.issueSignUpCode();
    const code = await auth.embedded.issueSignUpCode();
    expect(code).toMatch(/^[A-Z2-9]{5}(-[A-Z2-9]{5}){3}$/);
    const guesses = [undefined, '', 'AAAAA-AAAAA-AAAAA-AAAAA', 42, old];
    for (const guess of guesses) {
      expect(await signUp(auth.embedded, { data: { sign_up_code: guess } })).toMatchObject({
        status: 422,
        code: 'signup_disabled',
      });
    }
    expect(await accounts(auth)).toBe(0);
    const typed = code?.toLowerCase().replaceAll('-', ' ');
    const answer = await signUp(auth.embedded, { data: { sign_up_code: typed, name: 'Ada' } });
    expect(answer.status).toBe(200);
    expect(answer.user?.user_metadata).toEqual({ name: 'Ada' });
    expect(await signUp(auth.embedded, { data: { sign_up_code: code } })).toMatchObject({ code: 'signup_disabled' });
    expect(await auth.embedded.issueSignUpCode()).toBeNull();
  });

  it('is over after a day', async () => {
    const auth = await start({ signup: 'first', host: '192.0.2.1' });
    const code = await auth.embedded.issueSignUpCode();
    auth.clock.advance(24 * 3_600_000 + 1);
    expect(await signUp(auth.embedded, { data: { sign_up_code: code } })).toMatchObject({ code: 'signup_disabled' });
  });

  it.each([
    ['first', {}],
    ['first', { host: '::1' }],
    ['first', { host: 'localhost', allowedHosts: ['localhost:4000', '127.0.0.2'] }],
    ['first-with-code', { host: '0.0.0.0' }],
    ['first-with-code', { host: '::' }],
    ['first-with-code', { host: '10.0.0.7' }],
    ['first-with-code', { publicUrl: 'https://pipeline.example.com' }],
    ['first-with-code', { allowedHosts: ['pipeline.example.com'] }],
    ['first-with-code', { allowedHosts: ['localhost.example.com'] }],
    ['open', { signup: 'open', host: '0.0.0.0' }],
  ] as const)('makes the policy %s of %j', (policy, env) => {
    expect(
      signUpPolicyOf(
        identityEnv({ signup: 'first', ...env, allowedHosts: [...('allowedHosts' in env ? env.allowedHosts : [])] }),
      ),
    ).toBe(policy);
  });
});
