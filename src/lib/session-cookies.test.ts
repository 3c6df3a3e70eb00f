import { describe, expect, it } from 'vitest';
import { cookieHeaderOf, parseCookies, readStoredSession, sessionCookie, setCookieHeader } from './session-cookies';

const NAME = 'sb-pipeline-auth-token';

describe('the session cookie', () => {
  it('is bound to its host and to https where people come by https', () => {
    expect(sessionCookie('https://pipeline.example.com')).toEqual({
      name: `__Host-${NAME}`,
      httpOnly: true,
      sameSite: 'lax',
      path: '/',
      secure: true,
    });
    expect(sessionCookie('http://localhost:3000')).toMatchObject({ name: NAME, httpOnly: true, secure: false });
  });

  it('is written with all its attributes', () => {
    const { name, ...options } = sessionCookie('https://pipeline.example.com');
    expect(setCookieHeader({ name, value: 'base64-abc', options: { ...options, maxAge: 60 } })).toBe(
      `__Host-${NAME}=base64-abc; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax`,
    );
    expect(setCookieHeader({ name: 'a', value: 'x; Domain=evil', options: {} })).toBe('a=x%3B%20Domain%3Devil; Path=/');
  });

  it.each([1, 2_000, 5_000, 20_000])('comes back whole with %d characters of content', async (length) => {
    const session = { access_token: 'ä'.repeat(length), refresh_token: 'r', user: { name: '🐎' } };
    const header = cookieHeaderOf(session, NAME);
    const pieces = parseCookies(`theme=dark; ${header}; other=1`);
    expect(await readStoredSession(pieces, NAME)).toEqual({ accessToken: session.access_token, refreshToken: 'r' });
    expect(await readStoredSession(pieces, `__Host-${NAME}`)).toBeNull();
    for (const piece of pieces) expect(piece.value.length).toBeLessThan(4_000);
  });

  it('is not there when a piece is missing', async () => {
    const header = cookieHeaderOf({ access_token: 'x'.repeat(9_000), refresh_token: 'r' }, NAME);
    const pieces = parseCookies(header);
    expect(pieces.length).toBeGreaterThan(2);
    expect(await readStoredSession(pieces.slice(0, -1), NAME)).toBeNull();
    expect(await readStoredSession(pieces.slice(1), NAME)).toBeNull();
  });
});

describe('a Cookie header', () => {
  it.each([
    [null, []],
    ['', []],
    ['a=1', [{ name: 'a', value: '1' }]],
    [
      'a=1; b=2;c=3',
      [
        { name: 'a', value: '1' },
        { name: 'b', value: '2' },
        { name: 'c', value: '3' },
      ],
    ],
    ['a=1; a=2', [{ name: 'a', value: '1' }]],
    [
      'a=x%20y; b=%zz; c=',
      [
        { name: 'a', value: 'x y' },
        { name: 'b', value: '%zz' },
        { name: 'c', value: '' },
      ],
    ],
    ['novalue; =nameless; a=1=2', [{ name: 'a', value: '1=2' }]],
    ['__proto__=1', [{ name: '__proto__', value: '1' }]],
  ])('%j is read', (header, cookies) => {
    expect(parseCookies(header)).toEqual(cookies);
  });
});
