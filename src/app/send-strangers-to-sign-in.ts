import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { sessionCookie } from '@/lib/session-cookies';

const SESSION_COOKIES = ['http://localhost', 'https://localhost'].map((url) => sessionCookie(url).name);

/**
 * A courtesy, not a check: whoever brings no session at all goes to the sign-in page at once, and from there to `address`.
 * Who may read what is decided by the API for each of its answers; a session that has ended is noticed there.
 */
export async function sendStrangersToSignIn(address: string): Promise<void> {
  const names = (await cookies()).getAll().map((cookie) => cookie.name);
  if (names.some((name) => SESSION_COOKIES.some((session) => name.startsWith(session)))) return;
  redirect(address === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(address)}`);
}
