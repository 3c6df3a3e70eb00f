import type { ServiceSession } from '@/db/session';
import { type AccountDesk, createAccountDesk, issueSignUpCode } from '@/identity/accounts';
import { type Authenticate, createAuthenticate } from '@/identity/authenticate';
import type { EndpointParts } from '@/identity/endpoint';
import { answerAuthRequest } from '@/identity/handler';
import { removeExpired } from '@/identity/maintenance';
import { createAuthSettings } from '@/identity/settings';
import { signUpPolicyOf } from '@/identity/sign-up-policy';
import { createSigningKeys } from '@/identity/signing-keys';
import { createThrottle, THROTTLE_LIMITS, type ThrottleLimits } from '@/identity/throttle';
import { createVerifier, embeddedSource, hostedSource, type VerifyAccessToken } from '@/identity/verify';
import type { Clock } from '@/lib/clock';
import type { Env } from '@/lib/env';
import type { Logger } from '@/lib/log';
import type { SupabaseParts } from '@/lib/supabase-client';
import type { SupabaseServerParts } from '@/lib/supabase-server';

/** Everything about who somebody is. */
export interface Identity {
  /** @throws PipelineError `unauthenticated`, or `unavailable` when the keys cannot be had */
  readonly verifyAccessToken: VerifyAccessToken;
  readonly authenticate: Authenticate;
  /** What only exists where this installation signs people in itself; null with hosted Supabase. */
  readonly embedded: EmbeddedIdentity | null;
  /** For supabase-js, in either mode; made at the first start. */
  publishableKey(): Promise<string>;
  /** What `lib/supabase-server` is to be provided with. */
  supabaseServerParts(): Promise<SupabaseServerParts>;
}

export interface EmbeddedIdentity {
  /** The endpoints under /auth/v1. `from` is the request on whose behalf this one is made in process. Never rejects. */
  fetch(request: Request, from?: Request): Promise<Response>;
  readonly accounts: AccountDesk;
  /** The one-time code of the first sign-up, where one is needed: to be printed by the start. */
  issueSignUpCode(): Promise<string | null>;
  /** Where people reach the server that started last, unless PIPELINE_PUBLIC_URL says it. */
  publicUrl(): Promise<string>;
  /** For the start of the server: commands make links to it. */
  rememberPublicUrl(): Promise<void>;
  /** Takes out sessions, tokens and counts that are over; for the background loop. */
  removeExpired(): Promise<void>;
}

export type IdentityEnv = Pick<
  Env,
  'supabase' | 'signup' | 'host' | 'publicUrl' | 'publicUrlGiven' | 'allowedHosts' | 'rateLimit'
>;

export interface IdentityOptions {
  readonly service: ServiceSession;
  readonly clock: Clock;
  readonly log: Logger;
  readonly env: IdentityEnv;
  /** Under which name the tries of a request's sender are counted; null (the default) where nobody knows. */
  readonly clientAddress?: (request: Request) => string | null;
}

function scaled(limits: ThrottleLimits, factor: number): ThrottleLimits {
  const scale = (limit: number) => Math.max(1, Math.round(limit * factor));
  return {
    accountFromAddress: scale(limits.accountFromAddress),
    account: scale(limits.account),
    address: scale(limits.address),
    signUp: scale(limits.signUp),
  };
}

function createHostedIdentity({ clock, env }: IdentityOptions, hosted: NonNullable<Env['supabase']>): Identity {
  const verifyAccessToken = createVerifier(hostedSource(hosted.url), clock);
  const supabase: SupabaseParts = {
    publicUrl: env.publicUrl,
    supabaseUrl: hosted.url,
    publishableKey: hosted.publishableKey,
    embeddedFetch: null,
  };
  const authenticate = createAuthenticate(verifyAccessToken, async () => supabase);
  return {
    verifyAccessToken,
    authenticate,
    embedded: null,
    publishableKey: async () => hosted.publishableKey,
    supabaseServerParts: async () => ({ ...supabase, authenticate }),
  };
}

function endpointParts({ service, clock, log, env }: IdentityOptions): EndpointParts {
  const settings = createAuthSettings(service, env);
  const keys = createSigningKeys(service, clock);
  return {
    service,
    clock,
    log,
    keys,
    settings,
    issuer: settings.issuer,
    throttle: createThrottle(service, clock, scaled(THROTTLE_LIMITS, env.rateLimit)),
    verifyAccessToken: createVerifier(embeddedSource(keys, settings.issuer), clock),
    signUpPolicy: signUpPolicyOf(env),
  };
}

/**
 * Signs people in and checks who they are. With hosted Supabase only the checking is done here; else the endpoints of
 * Supabase Auth that its clients need run in this process, over the tables of the schema `auth`.
 */
export function createIdentity(options: IdentityOptions): Identity {
  const { env, service, clock, clientAddress = () => null } = options;
  if (env.supabase) return createHostedIdentity(options, env.supabase);
  const parts = endpointParts(options);
  const { verifyAccessToken, settings } = parts;
  const fetch: EmbeddedIdentity['fetch'] = (request, from = request) =>
    answerAuthRequest(parts, request, clientAddress(from));
  const supabase = async (): Promise<SupabaseParts> => ({
    publicUrl: env.publicUrl,
    supabaseUrl: env.publicUrl,
    publishableKey: await settings.publishableKey(),
    embeddedFetch: fetch,
  });
  const authenticate = createAuthenticate(verifyAccessToken, supabase);
  return {
    verifyAccessToken,
    authenticate,
    embedded: {
      fetch,
      accounts: createAccountDesk(parts),
      issueSignUpCode: () => issueSignUpCode(parts),
      publicUrl: settings.publicUrl,
      rememberPublicUrl: settings.rememberPublicUrl,
      removeExpired: () => removeExpired(service, clock),
    },
    publishableKey: settings.publishableKey,
    supabaseServerParts: async () => ({ ...(await supabase()), authenticate }),
  };
}
