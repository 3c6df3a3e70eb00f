import { createHmac, createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceSession } from '@/db/session';
import { createSigningKeys } from '@/identity/signing-keys';
import { unavailable } from '@/lib/errors';
import { newEmail, PASSWORD, startAuth } from './support';

const auth = await startAuth();
afterAll(() => auth.close());

interface Forgery {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  /** Removed from the claims. */
  without?: string[];
  sign?: (input: string) => Buffer;
}

type Jwk = JsonWebKey & { kid?: string };

let genuine: { header: Record<string, unknown>; claims: Record<string, unknown>; token: string };
let ownKey: Jwk;
const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const foreignJwk = foreign.publicKey.export({ format: 'jwk' });

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const read = (text = '') => JSON.parse(Buffer.from(text, 'base64url').toString());
const nowS = () => Math.floor(Date.now() / 1000);

/** Signs with any key; the oracle knows the private key from the table and nothing of src. */
const signWith = (key: KeyObject) => (input: string) =>
  sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
const signJwk = (jwk: Jwk) => signWith(createPrivateKey({ key: jwk, format: 'jwk' }));
const signForeign = signWith(foreign.privateKey);
const hmac = (secret: string | Buffer) => (input: string) => createHmac('sha256', secret).update(input).digest();

function forge({ header = {}, claims = {}, without = [], sign: signInput = signJwk(ownKey) }: Forgery): string {
  const all = { ...genuine.claims, ...claims };
  const kept = Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)));
  const input = `${part({ ...genuine.header, ...header })}.${part(kept)}`;
  return `${input}.${signInput(input).toString('base64url')}`;
}

beforeAll(async () => {
  const client = await auth.client();
  const { data } = await client.auth.signUp({ email: newEmail(), password: PASSWORD });
  const token = data.session?.access_token ?? '';
  const [header, claims] = token.split('.');
  genuine = { header: read(header), claims: read(claims), token };
  ownKey = (await auth.db.admin.query('select jwk from auth.signing_keys')).rows[0].jwk;
});

const publicPem = () => {
  const { d: _, ...publicJwk } = ownKey;
  return `${JSON.stringify(publicJwk)}`;
};

const good: [string, () => string][] = [
  ['the genuine token', () => genuine.token],
  ['a copy of it signed by the oracle', () => forge({})],
  ['one without e-mail address', () => forge({ without: ['email'] })],
  ['one that ended 50 s ago: clocks differ', () => forge({ claims: { exp: nowS() - 50 } })],
  ['one that begins in 50 s', () => forge({ claims: { nbf: nowS() + 50 } })],
];

const bad: [string, () => string][] = [
  ['no text', () => ''],
  ['no token', () => 'abc'],
  ['two parts', () => genuine.token.split('.').slice(0, 2).join('.')],
  ['alg none', () => forge({ header: { alg: 'none' }, sign: () => Buffer.alloc(0) })],
  ['alg None', () => forge({ header: { alg: 'None' }, sign: () => Buffer.alloc(0) })],
  ['HS256 with the public key as secret', () => forge({ header: { alg: 'HS256' }, sign: hmac(publicPem()) })],
  [
    'HS256 with the public x as secret',
    () => forge({ header: { alg: 'HS256' }, sign: hmac(Buffer.from(ownKey.x ?? '', 'base64url')) }),
  ],
  [
    'HS256 with the publishable key as secret',
    () => forge({ header: { alg: 'HS256' }, sign: hmac('sb_publishable_') }),
  ],
  ['an algorithm that is not ours', () => forge({ header: { alg: 'ES384' } })],
  ['no signature', () => `${forge({}).split('.').slice(0, 2).join('.')}.`],
  ['a signature of zeros', () => forge({ sign: () => Buffer.alloc(64) })],
  ['a signature of another key', () => forge({ sign: signForeign })],
  [
    'a changed claim',
    () => {
      const [header, , signature] = genuine.token.split('.');
      return `${header}.${part({ ...genuine.claims, sub: '8d0ef0b2-3f6f-4d1c-9a53-1f2f5a0c7e11' })}.${signature}`;
    },
  ],
  ['another issuer', () => forge({ claims: { iss: 'https://evil.example/auth/v1' } })],
  ['an issuer that only begins like ours', () => forge({ claims: { iss: `${genuine.claims.iss}/` } })],
  ['no issuer', () => forge({ without: ['iss'] })],
  ['another audience', () => forge({ claims: { aud: 'anon' } })],
  ['a list of audiences', () => forge({ claims: { aud: ['authenticated', 'other'] } })],
  ['no audience', () => forge({ without: ['aud'] })],
  ['no end', () => forge({ without: ['exp'] })],
  ['an end that is a text', () => forge({ claims: { exp: '9999999999' } })],
  ['an end 70 s ago', () => forge({ claims: { exp: nowS() - 70 } })],
  ['a beginning in 70 s', () => forge({ claims: { nbf: nowS() + 70 } })],
  ['a key of its own, in the header', () => forge({ header: { jwk: foreignJwk }, sign: signForeign })],
  ['the right key, in the header', () => forge({ header: { jwk: { ...ownKey, d: undefined } } })],
  ['an address of keys', () => forge({ header: { jku: `${auth.url}/auth/v1/.well-known/jwks.json` } })],
  ['an address of certificates', () => forge({ header: { x5u: 'https://evil.example/cert' } })],
  ['a certificate', () => forge({ header: { x5c: ['MIIB'] } })],
  ['a critical extension', () => forge({ header: { crit: ['exp'] } })],
  ['an unknown key id', () => forge({ header: { kid: 'unknown' } })],
  ['a key id that is a path', () => forge({ header: { kid: '../../../../dev/null' } })],
  ['no key id', () => forge({ header: { kid: undefined } })],
  ['an ID token', () => forge({ header: { typ: 'id_token+jwt' } })],
  ['no type', () => forge({ header: { typ: undefined } })],
  ['the role service_role', () => forge({ claims: { role: 'service_role' } })],
  ['no role', () => forge({ without: ['role'] })],
  ['no subject', () => forge({ without: ['sub'] })],
  ['a subject that is no account id', () => forge({ claims: { sub: 'root' } })],
  ['a session that is no id', () => forge({ claims: { session_id: "' or true --" } })],
  ['9,000 characters', () => forge({ claims: { padding: 'x'.repeat(9_000) } })],
];

describe('an access token', () => {
  it.each(good)('counts: %s', async (_, make) => {
    await expect(auth.identity.verifyAccessToken(make())).resolves.toMatchObject({ userId: genuine.claims.sub });
  });

  it.each(bad)('is refused: %s', async (_, make) => {
    const token = make();
    await expect(auth.identity.verifyAccessToken(token)).rejects.toMatchObject({ code: 'unauthenticated' });
    const response = await fetch(`${auth.url}/auth/v1/user`, { headers: { authorization: `Bearer ${token}` } });
    expect([401, 403]).toContain(response.status);
  });

  it('names the account, its address, its session and its end', async () => {
    await expect(auth.identity.verifyAccessToken(genuine.token)).resolves.toEqual({
      userId: genuine.claims.sub,
      email: genuine.claims.email,
      sessionId: genuine.claims.session_id,
      expiresAt: new Date((genuine.claims.exp as number) * 1000),
    });
  });

  it('never takes a role from the metadata that its owner can write', async () => {
    const client = await auth.client();
    const { data } = await client.auth.signUp({
      email: newEmail(),
      password: PASSWORD,
      options: { data: { role: 'service_role', sub: '8d0ef0b2-3f6f-4d1c-9a53-1f2f5a0c7e11' } },
    });
    const claims = read(data.session?.access_token.split('.')[1]);
    expect([claims.role, claims.sub]).toEqual(['authenticated', data.user?.id]);
  });

  it('ends, even when it was found good a moment before', async () => {
    const token = forge({ claims: { exp: nowS() + 30 } });
    await auth.identity.verifyAccessToken(token);
    auth.clock.advance(95_000);
    await expect(auth.identity.verifyAccessToken(token)).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(auth.identity.verifyAccessToken(forge({}))).resolves.toBeDefined();
  });
});

describe('the keys', () => {
  it('change without anybody being signed out, and a new one is found at once', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'next', alg: 'ES256' } as Jwk;
    await auth.identity.verifyAccessToken(genuine.token);
    await auth.db.admin.query('update auth.signing_keys set retired_at = now()');
    await auth.db.admin.query('insert into auth.signing_keys (kid, jwk) values ($1, $2)', ['next', jwk]);
    const token = forge({ header: { kid: 'next' }, sign: signJwk(jwk) });
    await expect(auth.identity.verifyAccessToken(token)).resolves.toBeDefined();
    await expect(auth.identity.verifyAccessToken(genuine.token)).resolves.toBeDefined();
    const { keys } = (await (await fetch(`${auth.url}/auth/v1/.well-known/jwks.json`)).json()) as { keys: Jwk[] };
    expect(keys.map((key) => key.kid)).toEqual(['next', ownKey.kid]);
    const client = await auth.client();
    const { data } = await client.auth.signUp({ email: newEmail(), password: PASSWORD });
    expect(read(data.session?.access_token.split('.')[0]).kid).toBe('next');
  });

  it('are read again for an unknown id, but not at every try', async () => {
    const service = auth.db.database.asService();
    let reads = 0;
    const counting: ServiceSession = {
      ...service,
      run: (...queries) => {
        reads++;
        return service.run(...queries);
      },
    };
    const keys = createSigningKeys(counting, auth.clock);
    const { kid } = await keys.current();
    expect(reads).toBe(1);
    for (let i = 0; i < 50; i++) expect(await keys.publicKey(`guess-${i}`)).toBeNull();
    expect(reads).toBe(2);
    expect(await keys.publicKey(kid)).not.toBeNull();
    expect(reads).toBe(2);
    auth.clock.advance(10_001);
    expect(await keys.publicKey('one more')).toBeNull();
    expect(reads).toBe(3);
  });

  it('are not taken for unknown while the database is away', async () => {
    const away: ServiceSession = {
      ...auth.db.database.asService(),
      run: () => Promise.reject(unavailable('The database does not answer.')),
    };
    const keys = createSigningKeys(away, auth.clock);
    await expect(keys.publicKey('any')).rejects.toMatchObject({ code: 'unavailable' });
    const back = createSigningKeys(auth.db.database.asService(), auth.clock);
    await expect(back.publicKey('any')).resolves.toBeNull();
  });

  it('are made once by processes that start at the same moment', async () => {
    const fresh = await startAuth();
    try {
      const processes = Array.from({ length: 8 }, () => fresh.another());
      const answers = await Promise.all(
        processes.map((process) => process.fetch(new Request('http://localhost/auth/v1/.well-known/jwks.json'))),
      );
      const sets = await Promise.all(answers.map((answer) => answer.text()));
      expect(new Set(sets).size).toBe(1);
      const { rows } = await fresh.db.admin.query('select count(*)::int as n from auth.signing_keys');
      expect(rows).toEqual([{ n: 1 }]);
    } finally {
      await fresh.close();
    }
  });
});
