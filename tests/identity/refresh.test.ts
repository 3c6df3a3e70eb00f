import { afterAll, describe, expect, it } from 'vitest';
import { newEmail, PASSWORD, startAuth } from './support';

const auth = await startAuth();
afterAll(() => auth.close());

interface Pair {
  access_token: string;
  refresh_token: string;
  expires_at: number;
}

async function signUp(): Promise<{ email: string; pair: Pair }> {
  const email = newEmail();
  const response = await auth.post('/signup', { email, password: PASSWORD });
  return { email, pair: (await response.json()) as Pair };
}

const inProcess = (embedded: typeof auth.embedded) => async (token: string) => {
  const response = await embedded.fetch(
    new Request('http://localhost/auth/v1/token?grant_type=refresh_token', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-supabase-api-version': '2024-01-01' },
      body: JSON.stringify({ refresh_token: token }),
    }),
  );
  const body = (await response.json()) as Pair & { code?: string };
  return { status: response.status, ...body };
};
const refresh = inProcess(auth.embedded);

const lives = async (token: string) =>
  (await fetch(`${auth.url}/auth/v1/user`, { headers: { authorization: `Bearer ${token}` } })).status === 200;

describe('a refresh token', () => {
  it('is exchanged for a new pair of the same session', async () => {
    const { pair } = await signUp();
    const next = await refresh(pair.refresh_token);
    expect(next.status).toBe(200);
    expect(next.refresh_token).not.toBe(pair.refresh_token);
    expect(next.refresh_token).toMatch(/^[\w-]{43}$/);
    const sessionOf = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).session_id;
    expect(sessionOf(next.access_token)).toBe(sessionOf(pair.access_token));
    expect((await refresh(next.refresh_token)).status).toBe(200);
  });

  it('gives the same pair again within 10 s, also from another process', async () => {
    const { pair } = await signUp();
    const first = await refresh(pair.refresh_token);
    auth.clock.advance(9_000);
    const again = await inProcess(auth.another())(pair.refresh_token);
    expect(again.access_token).toBe(first.access_token);
    expect(again.refresh_token).toBe(first.refresh_token);
    expect(again.expires_at).toBe(first.expires_at);
    expect(await lives(again.access_token)).toBe(true);
  });

  it('gives parallel tabs in several processes one and the same pair', async () => {
    const { pair } = await signUp();
    const processes = [refresh, inProcess(auth.another()), inProcess(auth.another())];
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) => (processes[i % processes.length] ?? refresh)(pair.refresh_token)),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.access_token)).size).toBe(1);
    const { rows } = await auth.db.admin.query(
      'select count(*)::int as n from auth.refresh_tokens where used_at is null and session_id = (select session_id from auth.refresh_tokens where token_hash = sha256($1))',
      [Buffer.from(pair.refresh_token)],
    );
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('that comes back after 10 s ends the session, whoever holds the newest pair', async () => {
    const { pair } = await signUp();
    const next = await refresh(pair.refresh_token);
    const other = await signUp();
    expect(await lives(next.access_token)).toBe(true);
    auth.clock.advance(10_001);
    expect(await refresh(pair.refresh_token)).toMatchObject({ status: 400, code: 'refresh_token_already_used' });
    expect(await lives(next.access_token)).toBe(false);
    expect(await refresh(next.refresh_token)).toMatchObject({ status: 400, code: 'refresh_token_not_found' });
    expect(auth.logged.some((line) => String(line.msg).includes('used refresh token'))).toBe(true);
    // another person's session is untouched
    expect(await lives(other.pair.access_token)).toBe(true);
    expect((await refresh(other.pair.refresh_token)).status).toBe(200);
  });

  it('of two rotations ago ends the session as well', async () => {
    const { pair } = await signUp();
    const second = await refresh(pair.refresh_token);
    auth.clock.advance(60_000);
    const third = await refresh(second.refresh_token);
    auth.clock.advance(60_000);
    expect((await refresh(pair.refresh_token)).code).toBe('refresh_token_already_used');
    expect(await lives(third.access_token)).toBe(false);
  });

  it('keeps a session alive for 30 days from its last use and no longer', async () => {
    const DAY = 24 * 3_600_000;
    let { pair } = await signUp();
    const left = await signUp();
    for (let i = 0; i < 2; i++) {
      auth.clock.advance(29 * DAY);
      const next = await refresh(pair.refresh_token);
      expect(next.status).toBe(200);
      pair = next;
    }
    expect(await refresh(left.pair.refresh_token)).toMatchObject({ status: 400, code: 'session_expired' });
    auth.clock.advance(31 * DAY);
    await auth.embedded.removeExpired();
    expect(await refresh(pair.refresh_token)).toMatchObject({ status: 400 });
    const { rows } = await auth.db.admin.query('select count(*)::int as n from auth.sessions');
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('leaves no readable pair in the database once its seconds are over', async () => {
    const { pair } = await signUp();
    const second = await refresh(pair.refresh_token);
    auth.clock.advance(11_000);
    await refresh(second.refresh_token);
    const { rows } = await auth.db.admin.query(
      'select replacement is null as gone from auth.refresh_tokens where token_hash = sha256($1)',
      [Buffer.from(pair.refresh_token)],
    );
    expect(rows).toEqual([{ gone: true }]);
  });
});
