import { sql } from 'kysely';
import { builder } from '@/db/builder';
import type { ServiceSession } from '@/db/session';
import { randomToken } from '@/identity/tokens';
import type { Env } from '@/lib/env';

/** Where people reach the product, and whether somebody said so, or it was guessed from HOST and PORT. */
export type PublicUrl = Pick<Env, 'publicUrl' | 'publicUrlGiven'>;

/** What the first start decides once for a database, whichever process comes first. */
export interface AuthSettings {
  /**
   * The `iss` of every access token. Kept in the database and not read from the environment: a command started without
   * the server's PORT, or a server moved to another name, must not refuse tokens that are good.
   */
  issuer(): Promise<string>;
  /** The public key of this installation for supabase-js. It names the installation and grants nothing. */
  publishableKey(): Promise<string>;
  /** Where people reach the server that started last; for commands, which do not know its HOST and PORT. */
  publicUrl(): Promise<string>;
  /** Called by the server when it starts. */
  rememberPublicUrl(): Promise<void>;
}

const offer = (name: string, value: string) =>
  sql`insert into auth.settings (name, value) values (${name}, ${value}) on conflict (name) do nothing`.compile(
    builder,
  );

const read = (name: string) =>
  sql<{ value: string }>`select value from auth.settings where name = ${name}`.compile(builder);

const write = (name: string, value: string) =>
  sql`
    insert into auth.settings (name, value) values (${name}, ${value})
    on conflict (name) do update set value = excluded.value`.compile(builder);

/** Settings that are made when first asked for. */
export function createAuthSettings(service: ServiceSession, env: PublicUrl): AuthSettings {
  const known = new Map<string, Promise<string>>();

  async function decide(name: string, proposal: string): Promise<string> {
    const [, [row]] = await service.run(offer(name, proposal), read(name));
    if (!row) throw new Error(`auth.settings has no ${name}`);
    return row.value;
  }

  function setting(name: string, propose: () => string): Promise<string> {
    const found = known.get(name) ?? decide(name, propose());
    known.set(name, found);
    // a failure is not remembered: the next call asks again
    found.catch(() => known.delete(name));
    return found;
  }

  return {
    issuer: () => setting('issuer', () => `${env.publicUrl}/auth/v1`),
    publishableKey: () => setting('publishable_key', () => `sb_publishable_${randomToken()}`),
    async publicUrl() {
      if (env.publicUrlGiven) return env.publicUrl;
      const [[row]] = await service.run(read('public_url'));
      return row?.value ?? env.publicUrl;
    },
    async rememberPublicUrl() {
      await service.run(write('public_url', env.publicUrl));
    },
  };
}
