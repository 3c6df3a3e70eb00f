import { afterAll, describe, expect, it } from 'vitest';
import { newEmail, PASSWORD, startAuth } from './support';

const auth = await startAuth();
afterAll(() => auth.close());

async function signedUp() {
  const client = await auth.client();
  const email = newEmail();
  const { data, error } = await client.auth.signUp({ email, password: PASSWORD });
  if (error || !data.session || !data.user) throw error ?? new Error('no session');
  return { client, email, session: data.session, user: data.user };
}

describe('the unmodified client', () => {
  it('signs up, confirmed at once, with the metadata that it sent', async () => {
    const client = await auth.client();
    const email = newEmail();
    const { data, error } = await client.auth.signUp({
      email: ` ${email.toUpperCase()} `,
      password: PASSWORD,
      options: { data: { name: 'Ada', nested: { list: [1, 'two'] } } },
    });
    expect(error).toBeNull();
    expect(data.user).toMatchObject({
      email,
      aud: 'authenticated',
      role: 'authenticated',
      user_metadata: { name: 'Ada', nested: { list: [1, 'two'] } },
      app_metadata: { provider: 'email', providers: ['email'] },
      identities: [{ provider: 'email', identity_data: { email } }],
    });
    expect(data.user?.email_confirmed_at).toEqual(data.user?.created_at);
    expect(data.session).toMatchObject({ token_type: 'bearer', expires_in: 3600 });
  });

  it('puts the claims of Supabase Auth into the access token and verifies them against the key set', async () => {
    const { client, user, session, email } = await signedUp();
    const { data, error } = await client.auth.getClaims(session.access_token);
    expect(error).toBeNull();
    expect(data?.header).toMatchObject({ alg: 'ES256', typ: 'JWT', kid: expect.any(String) });
    const { claims } = data ?? {};
    expect(claims).toMatchObject({
      iss: 'http://localhost:3000/auth/v1',
      aud: 'authenticated',
      role: 'authenticated',
      sub: user.id,
      email,
      aal: 'aal1',
      amr: [{ method: 'password', timestamp: expect.any(Number) }],
      session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      app_metadata: { provider: 'email' },
      user_metadata: {},
    });
    expect((claims?.exp ?? 0) - (claims?.iat ?? 0)).toBe(3600);
  });

  it('signs in whatever the capitals, reads its account, refreshes and signs out', async () => {
    const { email, user } = await signedUp();
    const client = await auth.client();
    const first = await client.auth.signInWithPassword({ email: email.toUpperCase(), password: PASSWORD });
    expect(first.error).toBeNull();
    expect((await client.auth.getUser()).data.user?.id).toBe(user.id);
    const second = await client.auth.refreshSession();
    expect(second.error).toBeNull();
    expect(second.data.session?.refresh_token).not.toBe(first.data.session?.refresh_token);
    expect((await client.auth.getUser()).data.user?.id).toBe(user.id);
    expect((await client.auth.signOut()).error).toBeNull();
    const after = await client.auth.getUser(second.data.session?.access_token);
    expect(after.error?.name).toBe('AuthSessionMissingError');
  });

  it('gives each sign-in a session of its own', async () => {
    const { client, email, session } = await signedUp();
    const other = await auth.client();
    const { data } = await other.auth.signInWithPassword({ email, password: PASSWORD });
    const idOf = async (token: string | undefined) => (await client.auth.getClaims(token)).data?.claims.session_id;
    expect(await idOf(data.session?.access_token)).not.toBe(await idOf(session.access_token));
  });

  it.each([
    ['local', { own: false, other: true }],
    ['others', { own: true, other: false }],
    ['global', { own: false, other: false }],
  ] as const)('signs out with scope %s', async (scope, alive) => {
    const { client, email, session } = await signedUp();
    const other = await auth.client();
    const { data } = await other.auth.signInWithPassword({ email, password: PASSWORD });
    expect((await client.auth.signOut({ scope })).error).toBeNull();
    const probe = await auth.client();
    const lives = async (token = '') => (await probe.auth.getUser(token)).error === null;
    expect(await lives(session.access_token)).toBe(alive.own);
    expect(await lives(data.session?.access_token)).toBe(alive.other);
  });

  it('changes its metadata field by field', async () => {
    const { client } = await signedUp();
    await client.auth.updateUser({ data: { a: 1, b: 2 } });
    const { data } = await client.auth.updateUser({ data: { b: null, c: 3 } });
    expect(data.user?.user_metadata).toEqual({ a: 1, c: 3 });
  });

  it('changes its password, which ends the other sessions and not its own', async () => {
    const { client, email } = await signedUp();
    const other = await auth.client();
    const { data } = await other.auth.signInWithPassword({ email, password: PASSWORD });
    expect((await client.auth.updateUser({ password: 'another long one' })).error).toBeNull();
    expect((await client.auth.getUser()).error).toBeNull();
    expect((await other.auth.getUser()).error).not.toBeNull();
    const refreshed = await other.auth.refreshSession({ refresh_token: data.session?.refresh_token ?? '' });
    expect(refreshed.error?.code).toBe('refresh_token_not_found');
    const old = await (await auth.client()).auth.signInWithPassword({ email, password: PASSWORD });
    expect(old.error?.code).toBe('invalid_credentials');
    const fresh = await (await auth.client()).auth.signInWithPassword({ email, password: 'another long one' });
    expect(fresh.error).toBeNull();
  });

  it('changes its e-mail address, but not to one that is taken', async () => {
    const { client } = await signedUp();
    const { email: taken } = await signedUp();
    const next = newEmail();
    expect((await client.auth.updateUser({ email: taken.toUpperCase() })).error?.code).toBe('email_exists');
    expect((await client.auth.updateUser({ email: next })).data.user?.email).toBe(next);
    expect((await (await auth.client()).auth.signInWithPassword({ email: next, password: PASSWORD })).error).toBeNull();
  });

  it('is told the same for a password reset whether the account exists or not', async () => {
    const { client, email } = await signedUp();
    const known = await client.auth.resetPasswordForEmail(email);
    const unknown = await client.auth.resetPasswordForEmail('nobody@example.test');
    expect(known).toEqual(unknown);
    expect(known.error).toBeNull();
  });
});

describe('refusals', () => {
  it('have the codes that clients branch on', async () => {
    const { client, email } = await signedUp();
    const fresh = await auth.client();
    const refusal = async (call: Promise<{ error: unknown }>) => {
      const { error } = (await call) as { error: { status?: number; code?: string; name: string } | null };
      return [error?.status, error?.code];
    };
    expect(await refusal(fresh.auth.signInWithPassword({ email, password: 'wrong password' }))).toEqual([
      400,
      'invalid_credentials',
    ]);
    expect(await refusal(fresh.auth.signInWithPassword({ email: newEmail(), password: PASSWORD }))).toEqual([
      400,
      'invalid_credentials',
    ]);
    expect(await refusal(fresh.auth.signUp({ email: email.toUpperCase(), password: PASSWORD }))).toEqual([
      422,
      'user_already_exists',
    ]);
    expect(await refusal(fresh.auth.signUp({ email: 'not an address', password: PASSWORD }))).toEqual([
      400,
      'validation_failed',
    ]);
    expect(await refusal(client.auth.updateUser({ password: PASSWORD }))).toEqual([422, 'same_password']);
    expect(await refusal(fresh.auth.refreshSession({ refresh_token: 'unknown' }))).toEqual([
      400,
      'refresh_token_not_found',
    ]);
    expect(await refusal(fresh.auth.verifyOtp({ type: 'recovery', token_hash: 'unknown' }))).toEqual([
      403,
      'otp_expired',
    ]);
    expect(await refusal(fresh.auth.getUser('a.b.c'))).toEqual([403, 'bad_jwt']);
  });

  it.each([
    ['seven characters', '1234567', false],
    ['eight characters', '12345678', true],
    ['eight characters of two UTF-16 units each', '🐎'.repeat(8), true],
    ['200 characters', 'x'.repeat(200), true],
    ['201 characters', 'x'.repeat(201), false],
  ])('judge a password of %s', async (_, password, good) => {
    const { error } = await (await auth.client()).auth.signUp({ email: newEmail(), password });
    expect(error?.code).toBe(good ? undefined : 'weak_password');
    if (!good) expect(error?.message).toMatch(/use at (least 8|most 200) characters/);
  });

  it('come in the older form for a client that does not name the newer one', async () => {
    const response = await auth.post(
      '/token?grant_type=refresh_token',
      { refresh_token: 'x' },
      {
        'x-supabase-api-version': '',
      },
    );
    const old = await fetch(`${auth.url}/auth/v1/token?grant_type=refresh_token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"refresh_token":"x"}',
    });
    expect(response.status).toBe(400);
    expect(await old.json()).toMatchObject({
      code: 400,
      error_code: 'refresh_token_not_found',
      msg: expect.any(String),
    });
  });

  it.each([
    ['no JSON', '{', 400, 'bad_json'],
    ['an array', '[]', 400, 'validation_failed'],
    ['a number as e-mail', { email: 1, password: PASSWORD }, 400, 'validation_failed'],
    ['a NUL in the e-mail', { email: 'a\0@example.test', password: PASSWORD }, 400, 'validation_failed'],
    [
      'metadata with a NUL',
      { email: 'x@example.test', password: PASSWORD, data: { a: '\0' } },
      400,
      'validation_failed',
    ],
    [
      'metadata with half a surrogate pair',
      `{"email":"x@example.test","password":"${PASSWORD}","data":{"a":"\\ud800"}}`,
      400,
      'validation_failed',
    ],
    [
      'deep metadata',
      `{"email":"x@example.test","password":"${PASSWORD}","data":{"a":${'['.repeat(900)}${']'.repeat(900)}}}`,
      400,
      'validation_failed',
    ],
    ['a large body', { email: 'x@example.test', password: 'x'.repeat(20_000) }, 413, 'request_too_large'],
  ])('answer %s', async (_, body, status, code) => {
    const response = await auth.post('/signup', body);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code]);
  });

  it('answer a form of another site, unknown addresses and methods', async () => {
    const form = await auth.post('/signup', 'email=a', { 'content-type': 'text/plain' });
    expect(form.status).toBe(400);
    expect(form.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await fetch(`${auth.url}/auth/v1/signup`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    expect(preflight.ok).toBe(false);
    expect((await fetch(`${auth.url}/auth/v1/admin/users`)).status).toBe(404);
    expect((await fetch(`${auth.url}/auth/v1/constructor`)).status).toBe(404);
    expect((await fetch(`${auth.url}/auth/v1/user`, { method: 'DELETE' })).status).toBe(405);
    expect((await fetch(`${auth.url}/auth/v1/user`)).status).toBe(401);
    expect((await auth.post('/token?grant_type=id_token', {})).status).toBe(400);
    expect(auth.logged.filter((line) => line.level === 'error')).toEqual([]);
  });
});

describe('the installation', () => {
  it('shows public keys only', async () => {
    const response = await fetch(`${auth.url}/auth/v1/.well-known/jwks.json`);
    const { keys } = (await response.json()) as { keys: Record<string, unknown>[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(['alg', 'crv', 'key_ops', 'kid', 'kty', 'use', 'x', 'y']);
  });

  it('keeps auth answers out of every cache', async () => {
    const response = await auth.post('/signup', { email: newEmail(), password: PASSWORD });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('private, no-store');
  });

  it('takes its own publishable key or none, and refuses another', async () => {
    const key = await auth.identity.publishableKey();
    expect(key).toMatch(/^sb_publishable_[\w-]{43}$/);
    const settings = (headers: Record<string, string>) => fetch(`${auth.url}/auth/v1/settings`, { headers });
    expect((await settings({ apikey: key })).status).toBe(200);
    expect((await settings({})).status).toBe(200);
    expect((await settings({ apikey: 'sb_publishable_of_another_installation' })).status).toBe(401);
    // it is no credential
    const user = await fetch(`${auth.url}/auth/v1/user`, { headers: { apikey: key, authorization: `Bearer ${key}` } });
    expect(user.status).toBe(403);
  });

  it('keeps no password and no token in the clear', async () => {
    const { session } = await signedUp();
    const tables = ['users', 'sessions', 'refresh_tokens', 'one_time_tokens', 'attempts', 'settings'];
    for (const table of tables) {
      const { rows } = await auth.db.admin.query<{ all: string }>(
        `select string_agg(t::text, ' ') as all from auth.${table} t`,
      );
      const bytes = rows[0]?.all ?? '';
      for (const secret of [PASSWORD, session.refresh_token, session.access_token]) {
        expect(bytes.includes(secret)).toBe(false);
        expect(bytes.includes(Buffer.from(secret).toString('hex'))).toBe(false);
      }
    }
    const { rows } = await auth.db.admin.query('select encrypted_password from auth.users limit 1');
    expect(rows[0].encrypted_password).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(JSON.stringify(auth.logged)).not.toContain(PASSWORD);
  });
});
