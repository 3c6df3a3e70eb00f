import { AuthFailure } from '@/identity/failure';
import { hashToken } from '@/identity/tokens';
import type { Env } from '@/lib/env';

/**
 * Who may make an account: `open`: everybody. `first`: whoever comes first, for a server that only this machine reaches.
 * `first-with-code`: the first who knows the code that the start printed. The first account with a password closes the
 * latter two.
 */
export type SignUpPolicy = 'open' | 'first' | 'first-with-code';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])(:\d+)?$/i;

/** A server on loopback that also answers to other names stands behind a proxy or a tunnel: strangers can reach it. */
export function signUpPolicyOf(env: Pick<Env, 'signup' | 'host' | 'publicUrl' | 'allowedHosts'>): SignUpPolicy {
  if (env.signup === 'open') return 'open';
  const names = [env.host, new URL(env.publicUrl).hostname, ...env.allowedHosts];
  return names.every((name) => LOOPBACK.test(name)) ? 'first' : 'first-with-code';
}

export const signUpClosed = (): AuthFailure =>
  new AuthFailure(
    422,
    'signup_disabled',
    'Signups not allowed for this instance. Whoever runs it can make an account: pipeline user create EMAIL.',
  );

export const signUpNeedsCode = (): AuthFailure =>
  new AuthFailure(
    422,
    'signup_disabled',
    'The first account needs the one-time code that the server printed when it started: send it as "sign_up_code" in "data".',
  );

/** A code is typed by hand: capitals and spaces do not matter. */
export const hashSignUpCode = (code: string): Buffer => hashToken(code.replace(/[\s-]/g, '').toUpperCase());
