import { SignJWT } from 'jose';
import type { SessionRow } from '@/identity/session-store';
import { SIGNING_ALGORITHM, type SigningKeys } from '@/identity/signing-keys';
import type { AccountRow } from '@/identity/store';
import type { Clock } from '@/lib/clock';

/** How long an access token of a sign-in lives. */
export const ACCESS_TOKEN_S = 3_600;

export interface AccessTokenParts {
  readonly keys: SigningKeys;
  readonly issuer: () => Promise<string>;
  readonly clock: Clock;
}

/** Signs an access token with the claims of Supabase Auth. Returns it with its end in Unix seconds. */
export async function signAccessToken(
  parts: AccessTokenParts,
  account: AccountRow,
  session: SessionRow,
  lifetimeS = ACCESS_TOKEN_S,
): Promise<{ accessToken: string; expiresAt: number }> {
  const { kid, privateKey } = await parts.keys.current();
  const issuedAt = Math.floor(parts.clock.now().getTime() / 1000);
  const expiresAt = issuedAt + lifetimeS;
  const accessToken = await new SignJWT({
    email: account.email ?? '',
    phone: '',
    role: 'authenticated',
    aal: 'aal1',
    amr: [{ method: session.method, timestamp: Math.floor(session.created_at.getTime() / 1000) }],
    session_id: session.id,
    is_anonymous: false,
    app_metadata: account.app_metadata,
    user_metadata: account.user_metadata,
  })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid, typ: 'JWT' })
    .setIssuer(await parts.issuer())
    .setAudience('authenticated')
    .setSubject(account.id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(privateKey);
  return { accessToken, expiresAt };
}
