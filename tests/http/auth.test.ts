import { createClient } from '@supabase/supabase-js';
import { startTestServer } from '@tests/support/http';
import { afterAll, describe, expect, it } from 'vitest';
import type { Clock } from '@/lib/clock';
import { createRequestSupabaseClient, createServerSupabaseClient, requireAuth } from '@/lib/supabase-server';

const PASSWORD = 'correct horse battery';
let offset = 0;
const clock: Clock = {
  now: () => new Date(Date.now() + offset),
  monotonicMs: () => performance.now() + offset,
};
const server = await startTestServer({ clock });
afterAll(() => server.close());

let count = 0;
const newEmail = () => `visitor${++count}@example.test`;

/** What a browser does with cookies, as far as it matters here. */
class Browser {
  readonly cookies = new Map<string, string>();

  keep(response: Response): Response {
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/Max-Age=0\b/.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, decodeURIComponent(value));
    }
    return response;
  }

  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0) headers.set('cookie', this.header);
    return this.keep(await fetch(server.url + path, { ...init, headers }));
  }

  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    return this.send(path, { method: 'POST', headers: { ...json, ...headers }, ...text });
  }

  me = async () => (await this.send('/api/me')).status;
}

async function signedUp() {
  const browser = new Browser();
  const email = newEmail();
  const response = await browser.post('/api/auth/sign-up', { email, password: PASSWORD });
  return { browser, email, response };
}

const refusal = async (response: Response) => ({ status: response.status, ...((await response.json()) as object) });

describe('sign-up and sign-in', () => {
  it('give a cookie that no script can read, and no token in the body', async () => {
    const { browser, email, response } = await signedUp();
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ success: true, data: { user: { id: expect.any(String), email } } });
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    const lines = response.headers.getSetCookie();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^sb-pipeline-auth-token=base64-[\w-]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    expect(await browser.me()).toBe(200);
    expect(await new Browser().me()).toBe(401);
  });

  it('start a new session each time', async () => {
    const { browser, email } = await signedUp();
    const before = browser.header;
    const response = await browser.post('/api/auth/sign-in', { email: email.toUpperCase(), password: PASSWORD });
    expect(response.status).toBe(200);
    expect(browser.header).not.toBe(before);
    expect(await browser.me()).toBe(200);
  });

  it('refuse in our shape, with a sentence to act on', async () => {
    const { email } = await signedUp();
    const browser = new Browser();
    const post = async (path: string, body: unknown) => refusal(await browser.post(path, body));
    expect(await post('/api/auth/sign-in', { email, password: 'wrong password' })).toEqual({
      status: 400,
      error: 'Bad request',
      details: 'The e-mail address or the password is wrong.',
    });
    expect(await post('/api/auth/sign-up', { email, password: PASSWORD })).toMatchObject({ status: 409 });
    expect(await post('/api/auth/sign-up', { email: newEmail(), password: 'short' })).toMatchObject({
      status: 400,
      details: 'password: use at least 8 characters.',
    });
    expect(await post('/api/auth/sign-up', { email: 'nobody', password: PASSWORD })).toMatchObject({ status: 400 });
    expect(await post('/api/auth/sign-in', { email, passwort: PASSWORD })).toMatchObject({ status: 400 });
    expect(browser.cookies.size).toBe(0);
  });

  it.each([
    ['another site, said by the browser', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a sister host', { 'sec-fetch-site': 'same-site' }, 403],
    ['another origin, of an older browser', { origin: 'https://evil.example' }, 403],
    ['a page without origin', { origin: 'null' }, 403],
    ['our own page', { 'sec-fetch-site': 'same-origin' }, 200],
    ['the address bar', { 'sec-fetch-site': 'none' }, 200],
    ['our own origin', { origin: server.url }, 200],
    ['no browser at all', {}, 200],
  ])('asked for by %s', async (_, headers, status) => {
    const { email } = await signedUp();
    const browser = new Browser();
    const response = await browser.post('/api/auth/sign-in', { email, password: PASSWORD }, headers as never);
    expect(response.status).toBe(status);
    expect(browser.cookies.size).toBe(status === 200 ? 1 : 0);
  });

  it('take JSON only', async () => {
    const response = await new Browser().send('/api/auth/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'email=a&password=b',
    });
    expect(response.status).toBe(415);
  });
});

describe('sign-out', () => {
  it('takes the cookie away and ends the session on the server, this one only', async () => {
    const { browser, email } = await signedUp();
    const other = new Browser();
    await other.post('/api/auth/sign-in', { email, password: PASSWORD });
    const stolen = browser.header;
    const response = await browser.post('/api/auth/sign-out');
    expect(await response.json()).toEqual({ success: true, data: null });
    expect(browser.cookies.size).toBe(0);
    const replay = await fetch(`${server.url}/api/me`, { headers: { cookie: stolen } });
    expect(replay.status).toBe(401);
    expect(await other.me()).toBe(200);
  });

  it('is no error for somebody who is signed out already', async () => {
    expect((await new Browser().post('/api/auth/sign-out')).status).toBe(200);
    const { browser } = await signedUp();
    const copy = new Browser();
    for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
    await browser.post('/api/auth/sign-out');
    expect((await copy.post('/api/auth/sign-out')).status).toBe(200);
    expect(copy.cookies.size).toBe(0);
  });

  it('cannot be asked for by another site', async () => {
    const { browser } = await signedUp();
    const response = await browser.post('/api/auth/sign-out', undefined, { 'sec-fetch-site': 'cross-site' });
    expect(response.status).toBe(403);
    expect(await browser.me()).toBe(200);
  });
});

describe('a credential', () => {
  it('by Bearer counts before the cookie, good or bad', async () => {
    const { browser } = await signedUp();
    const other = await server.createUser();
    const bad = await browser.send('/api/me', { headers: { authorization: 'Bearer bad' } });
    expect(bad.status).toBe(401);
    expect(bad.headers.get('www-authenticate')).toMatch(/^Bearer/);
    const basic = await browser.send('/api/me', { headers: { authorization: 'Basic YTpi' } });
    expect(basic.status).toBe(401);
    const good = await browser.send('/api/me', { headers: { authorization: other.bearer } });
    expect(((await good.json()) as { data: { id: string } }).data.id).toBe(other.userId);
    const besideBad = await server.request(
      '/api/me',
      { headers: { cookie: 'sb-pipeline-auth-token=base64-bad' } },
      other,
    );
    expect(besideBad.status).toBe(200);
  });

  it.each([
    ['broken base64', 'sb-pipeline-auth-token=base64-%%%'],
    ['no JSON', `sb-pipeline-auth-token=base64-${Buffer.from('nonsense').toString('base64url')}`],
    ['JSON that is no session', `sb-pipeline-auth-token=base64-${Buffer.from('null').toString('base64url')}`],
    ['a value that was not encoded', 'sb-pipeline-auth-token={"access_token":"a","refresh_token":"b"}'],
    [
      'tokens that are none',
      `sb-pipeline-auth-token=base64-${Buffer.from('{"access_token":"a","refresh_token":"b"}').toString('base64url')}`,
    ],
    ['another cookie only', 'theme=dark'],
  ])('in a cookie with %s is 401', async (_, cookie) => {
    expect((await fetch(`${server.url}/api/me`, { headers: { cookie } })).status).toBe(401);
  });

  it('in a cookie is refreshed when its hour is over, for all tabs alike', async () => {
    const { browser } = await signedUp();
    const before = browser.header;
    offset += 3_700_000;
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => fetch(`${server.url}/api/me`, { headers: { cookie: before } })),
    );
    expect(answers.map((answer) => answer.status)).toEqual(Array(6).fill(200));
    const cookies = answers.map((answer) => answer.headers.getSetCookie().map((line) => line.split(';')[0]));
    expect(cookies.every((lines) => lines.length === 1)).toBe(true);
    const tokens = cookies.map(([line = '']) =>
      JSON.parse(Buffer.from(line.split('base64-')[1] ?? '', 'base64url').toString()),
    );
    expect(new Set(tokens.map((token) => token.access_token)).size).toBe(1);
    expect(new Set(tokens.map((token) => token.refresh_token)).size).toBe(1);
    browser.keep(answers[0] as Response);
    expect(browser.header).not.toBe(before);
    const next = await browser.send('/api/me');
    expect(next.status).toBe(200);
    expect(next.headers.getSetCookie()).toEqual([]);
    // the old cookie was used up: whoever brings it back later ends the session
    offset += 11_000;
    offset += 3_700_000;
    expect((await fetch(`${server.url}/api/me`, { headers: { cookie: before } })).status).toBe(401);
    expect(await browser.me()).toBe(401);
  });

  it('fills several cookies when there is much to say about the account', async () => {
    const client = createClient(server.url, await server.identity.publishableKey(), {
      auth: { persistSession: false },
    });
    const email = newEmail();
    const data = { about: 'ä'.repeat(1_900) };
    expect((await client.auth.signUp({ email, password: PASSWORD, options: { data } })).error).toBeNull();
    const browser = new Browser();
    await browser.post('/api/auth/sign-in', { email, password: PASSWORD });
    expect(browser.cookies.size).toBeGreaterThan(1);
    expect(await browser.me()).toBe(200);
    await browser.post('/api/auth/sign-out');
    expect(browser.cookies.size).toBe(0);
  });
});

describe('reset of a password', () => {
  it('takes the secret of the link and signs in', async () => {
    const { browser, email } = await signedUp();
    const link = await server.identity.embedded?.accounts.resetLink(email);
    const token = new URL(link ?? '').hash.replace('#token=', '');
    const fresh = new Browser();
    const short = await fresh.post('/api/auth/reset-password', { token, password: 'short' });
    expect(short.status).toBe(400);
    const done = await fresh.post('/api/auth/reset-password', { token, password: 'an entirely new one' });
    expect(await done.json()).toMatchObject({ success: true, data: { user: { email } } });
    expect(await fresh.me()).toBe(200);
    expect(await browser.me()).toBe(401);
    const again = await new Browser().post('/api/auth/reset-password', { token, password: 'yet another one' });
    expect(again.status).toBe(400);
    expect((await new Browser().post('/api/auth/sign-in', { email, password: 'an entirely new one' })).status).toBe(
      200,
    );
  });
});

describe('the running product', () => {
  it('takes the unmodified supabase-js client: up, in, refresh, out', async () => {
    const key = await server.identity.publishableKey();
    const client = createClient(server.url, key, { auth: { autoRefreshToken: false } });
    const email = newEmail();
    const up = await client.auth.signUp({ email, password: PASSWORD });
    expect(up.error).toBeNull();
    const me = (token = '') => fetch(`${server.url}/api/me`, { headers: { authorization: `Bearer ${token}` } });
    expect((await me(up.data.session?.access_token)).status).toBe(200);
    expect((await client.auth.signOut()).error).toBeNull();
    expect((await me(up.data.session?.access_token)).status).toBe(401);
    const signedIn = await client.auth.signInWithPassword({ email, password: PASSWORD });
    expect(signedIn.error).toBeNull();
    const refreshed = await client.auth.refreshSession();
    expect(refreshed.error).toBeNull();
    expect((await me(refreshed.data.session?.access_token)).status).toBe(200);
    expect((await client.auth.getClaims()).data?.claims.email).toBe(email);
    expect((await client.auth.signOut()).error).toBeNull();
    expect((await client.auth.signInWithPassword({ email, password: 'wrong password' })).error?.code).toBe(
      'invalid_credentials',
    );
  });

  it('gives the route handlers of the specification what they ask for', async () => {
    const caller = await server.createUser();
    const request = (headers: Record<string, string>) => new Request(`${server.url}/api/x`, { headers });
    expect(await requireAuth(request({ authorization: caller.bearer }))).toEqual({
      user: { id: caller.userId, email: caller.email },
      response: null,
    });
    expect((await requireAuth(request({ cookie: caller.cookie }))).user?.id).toBe(caller.userId);
    const refused: Record<string, string>[] = [{}, { authorization: 'Bearer bad', cookie: caller.cookie }];
    for (const headers of refused) {
      const { user, response } = await requireAuth(request(headers));
      expect(user).toBeNull();
      expect(response?.status).toBe(401);
      expect(await response?.json()).toEqual({ error: 'Not signed in', details: expect.any(String) });
    }
  });

  it('says that data goes through the API where there is no hosted Supabase', async () => {
    const client = createServerSupabaseClient();
    expect(() => client.from('lora_cost_records')).toThrow(/data goes through the API/);
    expect(() => client.rpc('anything')).toThrow(/data goes through the API/);
    expect(() => client.storage).toThrow(/data goes through the API/);
    const caller = await server.createUser();
    const own = createRequestSupabaseClient(new Request(server.url, { headers: { cookie: caller.cookie } }), () => {});
    expect((await own.auth.getUser()).data.user?.id).toBe(caller.userId);
  });

  it('writes no password, token or cookie to its log', async () => {
    const { browser, email } = await signedUp();
    await browser.me();
    await browser.post('/api/auth/sign-in', { email, password: 'a wrong password that is seeded' });
    const log = JSON.stringify(server.logged);
    const session = JSON.parse(Buffer.from(browser.header.split('base64-')[1] ?? '', 'base64url').toString());
    for (const secret of [PASSWORD, 'a wrong password that is seeded', session.access_token, session.refresh_token]) {
      expect(log).not.toContain(secret);
    }
  });
});
