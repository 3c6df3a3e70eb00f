import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { sql } from 'kysely';
import { builder } from '@/db/builder';
import type { ServiceSession } from '@/db/session';
import type { Clock } from '@/lib/clock';

export const SIGNING_ALGORITHM = 'ES256';

/** After this long the keys are read again, so that a key taken out of the table stops counting. */
const FRESH_MS = 10 * 60_000;
/** An unknown key id makes the keys be read again, but not more often than this. */
const COOL_DOWN_MS = 10_000;

export interface SigningKeys {
  /** The key that signs now; made when there is none. */
  current(): Promise<{ kid: string; privateKey: CryptoKey }>;
  /** The public half of a key that still counts, or null. */
  publicKey(kid: string): Promise<CryptoKey | null>;
  /** Public halves as a JSON Web Key Set. */
  keySet(): Promise<{ keys: JWK[] }>;
}

interface Loaded {
  readonly at: number;
  readonly currentKid: string;
  readonly keys: ReadonlyMap<string, { jwk: JWK; privateKey: CryptoKey; publicKey: CryptoKey; publicJwk: JWK }>;
}

// the longest token lives for 24 h
const listKeys = (now: Date) =>
  sql<{ kid: string; jwk: JWK; current: boolean }>`
    select kid, jwk, retired_at is null as current
    from auth.signing_keys
    where retired_at is null or retired_at > ${now}::timestamptz - interval '25 hours'
    order by retired_at nulls first, kid`.compile(builder);

const offerKey = (kid: string, jwk: JWK) =>
  sql`insert into auth.signing_keys (kid, jwk) values (${kid}, ${JSON.stringify(jwk)}::jsonb) on conflict do nothing`.compile(
    builder,
  );

async function makeKey(): Promise<{ kid: string; jwk: JWK }> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, jwk: { ...jwk, kid, alg: SIGNING_ALGORITHM } };
}

async function importKey(kid: string, jwk: JWK) {
  const { d: _secret, ...rest } = jwk;
  const publicJwk: JWK = { ...rest, kid, alg: SIGNING_ALGORITHM, use: 'sig', key_ops: ['verify'] };
  const privateKey = (await importJWK(jwk, SIGNING_ALGORITHM)) as CryptoKey;
  const publicKey = (await importJWK(publicJwk, SIGNING_ALGORITHM)) as CryptoKey;
  return { jwk, privateKey, publicKey, publicJwk };
}

/** The signing keys of the embedded mode, kept in the database so that all processes share them. */
export function createSigningKeys(service: ServiceSession, clock: Clock): SigningKeys {
  let loaded: Loaded | null = null;
  let loading: Promise<Loaded> | null = null;
  let searchedAt = Number.NEGATIVE_INFINITY;

  async function load(): Promise<Loaded> {
    let [rows] = await service.run(listKeys(clock.now()));
    if (!rows.some((row) => row.current)) {
      const fresh = await makeKey();
      // the unique index lets one of several processes win; all of them then read the winner's key
      [, rows] = await service.run(offerKey(fresh.kid, fresh.jwk), listKeys(clock.now()));
    }
    const currentKid = rows.find((row) => row.current)?.kid;
    if (currentKid === undefined) throw new Error('auth.signing_keys has no current key');
    const keys = await Promise.all(rows.map(async (row) => [row.kid, await importKey(row.kid, row.jwk)] as const));
    loaded = { at: clock.monotonicMs(), currentKid, keys: new Map(keys) };
    return loaded;
  }

  function reload(): Promise<Loaded> {
    loading ??= load().finally(() => {
      loading = null;
    });
    return loading;
  }

  async function fresh(): Promise<Loaded> {
    return loaded && clock.monotonicMs() - loaded.at < FRESH_MS ? loaded : reload();
  }

  return {
    async current() {
      const { currentKid, keys } = await fresh();
      const key = keys.get(currentKid);
      if (!key) throw new Error('the current signing key is not loaded');
      return { kid: currentKid, privateKey: key.privateKey };
    },
    async publicKey(kid) {
      const known = await fresh();
      const found = known.keys.get(kid);
      if (found) return found.publicKey;
      if (clock.monotonicMs() - searchedAt < COOL_DOWN_MS) return null;
      searchedAt = clock.monotonicMs();
      return (await reload()).keys.get(kid)?.publicKey ?? null;
    },
    async keySet() {
      return { keys: [...(await fresh()).keys.values()].map((key) => key.publicJwk) };
    },
  };
}
