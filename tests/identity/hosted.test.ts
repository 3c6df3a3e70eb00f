import { createClient } from '@supabase/supabase-js';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceSession } from '@/db/session';
import { createIdentity, type Identity } from '@/identity/identity';
import { createLogger } from '@/lib/log';
import { cookieHeaderOf, sessionCookie } from '@/lib/session-cookies';
import { type AuthServer, identityEnv, movableClock, newEmail, PASSWORD, serveFetch, startAuth } from './support';

const log = createLogger({ level: 'silent' });
const SUBJECT = '8d0ef0b2-3f6f-4d1c-9a53-1f2f5a0c7e11';

/** With hosted Supabase identity never touches the auth tables. */
const noDatabase = {
  kind: 'service',
  run: () => Promise.reject(new Error('the database was asked')),
  transaction: () => Promise.reject(new Error('the database was asked')),
} as unknown as ServiceSession;

function hosted(url: string, clock = movableClock()): Identity {
  const env = identityEnv({ supabase: { url, publishableKey: 'sb_publishable_test' } });
  return createIdentity({ service: noDatabase, clock, log, env });
}

describe('with the key set of a hosted project', () => {
  let served: Awaited<ReturnType<typeof serveFetch>>;
  let fetches = 0;
  let isDown = false;
  const keys = new Map<string, Awaited<ReturnType<typeof generateKeyPair>>>();

  beforeAll(async () => {
    keys.set('es', await generateKeyPair('ES256', { extractable: true }));
    keys.set('rs', await generateKeyPair('RS256', { extractable: true }));
    served = await serveFetch(async (request) => {
      fetches++;
      if (isDown) return new Response('bad gateway', { status: 502 });
      if (new URL(request.url).pathname !== '/auth/v1/.well-known/jwks.json')
        return new Response(null, { status: 404 });
      const set = [...keys].filter(([kid]) => kid !== 'foreign');
      const jwks = await Promise.all(
        set.map(async ([kid, pair]) => ({
          ...(await exportJWK(pair.publicKey)),
          kid,
          alg: kid === 'rs' ? 'RS256' : 'ES256',
        })),
      );
      return Response.json({ keys: jwks });
    });
    keys.set('foreign', await generateKeyPair('ES256'));
  });
  afterAll(() => served.close());

  const token = (kid: string, alg = 'ES256', issuer = `${served.url}/auth/v1`) => {
    const pair = keys.get(kid);
    if (!pair) throw new Error(`no key ${kid}`);
    return new SignJWT({ role: 'authenticated', email: 'a@example.test', session_id: SUBJECT })
      .setProtectedHeader({ alg, kid, typ: 'JWT' })
      .setIssuer(issuer)
      .setAudience('authenticated')
      .setSubject(SUBJECT)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(pair.privateKey);
  };

  it('verifies tokens here, with one look at the keys', async () => {
    const identity = hosted(served.url);
    const before = fetches;
    for (let i = 0; i < 5; i++) {
      await expect(identity.verifyAccessToken(await token('es'))).resolves.toMatchObject({ userId: SUBJECT });
    }
    await expect(identity.verifyAccessToken(await token('rs', 'RS256'))).resolves.toMatchObject({ userId: SUBJECT });
    expect(fetches - before).toBe(1);
  });

  it('refuses foreign keys and issuers, and does not ask for unknown keys at every try', async () => {
    const identity = hosted(served.url);
    await identity.verifyAccessToken(await token('es'));
    const before = fetches;
    for (let i = 0; i < 20; i++) {
      await expect(identity.verifyAccessToken(await token('foreign'))).rejects.toMatchObject({
        code: 'unauthenticated',
      });
    }
    expect(fetches - before).toBeLessThanOrEqual(1);
    const strange = await token('es', 'ES256', 'https://other.supabase.co/auth/v1');
    await expect(identity.verifyAccessToken(strange)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('says unavailable, and never lets anybody in, while the keys cannot be had', async () => {
    isDown = true;
    try {
      const identity = hosted(served.url);
      await expect(identity.verifyAccessToken(await token('es'))).rejects.toMatchObject({ code: 'unavailable' });
      const closed = hosted('http://127.0.0.1:9');
      await expect(closed.verifyAccessToken(await token('es'))).rejects.toMatchObject({ code: 'unavailable' });
      isDown = false;
      await expect(identity.verifyAccessToken(await token('es'))).resolves.toMatchObject({ userId: SUBJECT });
    } finally {
      isDown = false;
    }
  });

  it('has no endpoints of its own', () => {
    expect(hosted(served.url).embedded).toBeNull();
  });
});

describe('cookies over a remote sign-in service', () => {
  // the embedded endpoints over HTTP stand in for a hosted project
  let remote: AuthServer;
  beforeAll(async () => {
    const place = await serveFetch(async (request) => remote.embedded.fetch(request));
    remote = await startAuth({ publicUrl: place.url });
    afterAll(async () => {
      await place.close();
      await remote.close();
    });
    url = place.url;
  });
  let url = '';

  it('are refreshed there, and the new ones come back', async () => {
    const clock = movableClock();
    const identity = createIdentity({
      service: noDatabase,
      clock,
      log,
      env: identityEnv({ supabase: { url, publishableKey: await remote.identity.publishableKey() } }),
    });
    const client = createClient(url, await remote.identity.publishableKey(), { auth: { persistSession: false } });
    const { data } = await client.auth.signUp({ email: newEmail(), password: PASSWORD });
    await client.auth.stopAutoRefresh();
    const { name } = sessionCookie('http://localhost:3000');
    const request = (session: object) =>
      new Request('http://localhost:3000/api/me', { headers: { cookie: cookieHeaderOf(session, name) } });
    const session = data.session ?? {};
    await expect(identity.authenticate(request(session))).resolves.toMatchObject({
      caller: { userId: data.user?.id },
      setCookies: [],
    });
    clock.advance(3_700_000);
    remote.clock.advance(3_700_000);
    const refreshed = await identity.authenticate(request(session));
    expect(refreshed.caller?.userId).toBe(data.user?.id);
    expect(refreshed.setCookies).toHaveLength(1);
    expect(refreshed.setCookies[0]).toMatch(
      /^sb-pipeline-auth-token=base64-[\w-]+; Path=\/; .*HttpOnly; SameSite=Lax$/,
    );
  });
});
