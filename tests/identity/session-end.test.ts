import { sql } from 'kysely';
import { afterAll, describe, expect, it } from 'vitest';
import { builder } from '@/db/builder';
import { newEmail, PASSWORD, startAuth } from './support';

const auth = await startAuth();
afterAll(() => auth.close());

const whoAmI = sql<{ id: string }>`select auth.uid() as id`.compile(builder);

async function signedIn() {
  const client = await auth.client();
  const email = newEmail();
  const { data } = await client.auth.signUp({ email, password: PASSWORD });
  const token = data.session?.access_token ?? '';
  return { client, email, token, id: data.user?.id ?? '', refreshToken: data.session?.refresh_token ?? '' };
}

/** What every request does: verify the token here, then act as its caller in the database. */
async function act(token: string): Promise<string | undefined> {
  const caller = await auth.identity.verifyAccessToken(token);
  const [rows] = await auth.db.database.asUser(caller).run(whoAmI);
  return rows[0]?.id;
}

const gone = { code: 'unauthenticated' };

describe('an access token that is still good by its signature', () => {
  it('acts for its account while account and session are there', async () => {
    const { token, id } = await signedIn();
    await expect(act(token)).resolves.toBe(id);
  });

  it('is denied at once when its session is signed out', async () => {
    const { client, token } = await signedIn();
    await act(token);
    await client.auth.signOut({ scope: 'local' });
    await expect(act(token)).rejects.toMatchObject(gone);
  });

  it('is denied at once when the account signs out everywhere from another place', async () => {
    const { email, token } = await signedIn();
    const other = await auth.client();
    await other.auth.signInWithPassword({ email, password: PASSWORD });
    await act(token);
    await other.auth.signOut({ scope: 'global' });
    await expect(act(token)).rejects.toMatchObject(gone);
  });

  it('is denied at once when its account is deleted', async () => {
    const { client, token, id, refreshToken } = await signedIn();
    await act(token);
    await auth.db.admin.query('delete from auth.users where id = $1', [id]);
    await expect(act(token)).rejects.toMatchObject(gone);
    expect((await client.auth.getUser(token)).error?.code).toBe('user_not_found');
    expect((await client.auth.refreshSession({ refresh_token: refreshToken })).error?.code).toBe(
      'refresh_token_not_found',
    );
  });

  it('is denied when its session belongs to somebody else', async () => {
    const [one, two] = [await signedIn(), await signedIn()];
    const caller = await auth.identity.verifyAccessToken(one.token);
    const { sessionId } = await auth.identity.verifyAccessToken(two.token);
    await expect(auth.db.database.asUser({ ...caller, sessionId }).run(whoAmI)).rejects.toMatchObject(gone);
    await expect(auth.db.database.asUser(caller).run(whoAmI)).resolves.toEqual([[{ id: one.id }]]);
  });
});

describe('a reset link', () => {
  const tokenOf = (link: string) => new URL(link).hash.replace('#token=', '');

  it('sets a new password once, and ends the sessions of before', async () => {
    const { email, token } = await signedIn();
    const link = await auth.embedded.accounts.resetLink(email.toUpperCase());
    expect(link).toMatch(/^http:\/\/localhost:3000\/reset-password#token=[\w-]{43}$/);
    const client = await auth.client();
    const { data, error } = await client.auth.verifyOtp({ type: 'recovery', token_hash: tokenOf(link) });
    expect(error).toBeNull();
    expect(data.user?.email).toBe(email);
    expect((await client.auth.updateUser({ password: 'a new password' })).error).toBeNull();
    await expect(act(token)).rejects.toMatchObject(gone);
    const again = await (await auth.client()).auth.verifyOtp({ type: 'recovery', token_hash: tokenOf(link) });
    expect(again.error?.code).toBe('otp_expired');
    const signIn = await (await auth.client()).auth.signInWithPassword({ email, password: 'a new password' });
    expect(signIn.error).toBeNull();
  });

  it('works once even for ten who use it at the same moment', async () => {
    const { email } = await signedIn();
    const secret = tokenOf(await auth.embedded.accounts.resetLink(email));
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => auth.post('/verify', { type: 'recovery', token_hash: secret })),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
  });

  it('is worthless after a day, after a newer one, and after the password was changed', async () => {
    const { client, email } = await signedIn();
    const verify = async (link: string) =>
      (await auth.post('/verify', { type: 'recovery', token_hash: tokenOf(link) })).status;
    const first = await auth.embedded.accounts.resetLink(email);
    const second = await auth.embedded.accounts.resetLink(email);
    expect(await verify(first)).toBe(403);
    await client.auth.updateUser({ password: 'a new password' });
    expect(await verify(second)).toBe(403);
    const third = await auth.embedded.accounts.resetLink(email);
    auth.clock.advance(24 * 3_600_000 + 1);
    expect(await verify(third)).toBe(403);
    expect(await verify(await auth.embedded.accounts.resetLink(email))).toBe(200);
  });

  it('lets an account in that an import made without a password', async () => {
    const email = newEmail();
    await auth.db.admin.query('insert into auth.users (email) values ($1)', [email]);
    const client = await auth.client();
    const link = await auth.embedded.accounts.resetLink(email);
    await client.auth.verifyOtp({ type: 'recovery', token_hash: tokenOf(link) });
    expect((await client.auth.updateUser({ password: PASSWORD })).error).toBeNull();
    expect((await (await auth.client()).auth.signInWithPassword({ email, password: PASSWORD })).error).toBeNull();
  });

  it('leads to the server that started last, unless an address is given', async () => {
    const { email } = await signedIn();
    const elsewhere = { publicUrl: 'http://localhost:4321' };
    await auth.another(elsewhere).rememberPublicUrl();
    expect(await auth.embedded.accounts.resetLink(email)).toMatch(/^http:\/\/localhost:4321\/reset-password#/);
    const given = auth.another({ publicUrl: 'https://pipeline.example.test', publicUrlGiven: true });
    expect(await given.accounts.resetLink(email)).toMatch(/^https:\/\/pipeline\.example\.test\/reset-password#/);
    // tokens do not care: their issuer was decided at the first start
    const { token, id } = await signedIn();
    await expect(act(token)).resolves.toBe(id);
  });

  it('is not made for an account that is not there', async () => {
    await expect(auth.embedded.accounts.resetLink('nobody@example.test')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a session of the command line', () => {
  it('lives for 24 hours and cannot be prolonged', async () => {
    const { id } = await signedIn();
    const { accounts } = auth.embedded;
    const session = await accounts.openSession(await accounts.find(id));
    await expect(act(session.access_token)).resolves.toBe(id);
    expect(session.expires_in).toBe(24 * 3600);
    const client = await auth.client();
    const refreshed = await client.auth.refreshSession({ refresh_token: session.refresh_token });
    expect(refreshed.error?.code).toBe('refresh_token_not_found');
    auth.clock.advance(24 * 3_600_000 + 61_000);
    await expect(act(session.access_token)).rejects.toMatchObject(gone);
  });

  it('is opened by e-mail address, id or alias', async () => {
    const { id, email } = await signedIn();
    await auth.db.admin.query(
      "insert into lora_accounts (user_id, alias) values ($1, 'team-7') on conflict (user_id) do update set alias = excluded.alias",
      [id],
    );
    for (const name of [email, email.toUpperCase(), id, 'team-7']) {
      expect((await auth.embedded.accounts.find(name)).id).toBe(id);
    }
    await expect(auth.embedded.accounts.find('team-8')).rejects.toMatchObject({ code: 'not_found' });
  });
});
