import type { Metadata } from 'next';
import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { Overview } from '@/components/costs/overview';
import { AppShell } from '@/components/shell/app-shell';
import { sessionCookie } from '@/lib/session-cookies';

export const metadata: Metadata = { title: { absolute: 'Overview · PIPELINE' } };

const SESSION_COOKIES = ['http://localhost', 'https://localhost'].map((url) => sessionCookie(url).name);

/**
 * A courtesy, not a check: whoever brings no session at all goes to the sign-in page at once. Who may read what is
 * decided by the API for each of its answers; a session that has ended is noticed there.
 */
async function sendStrangersToSignIn(): Promise<void> {
  const names = (await cookies()).getAll().map((cookie) => cookie.name);
  if (!names.some((name) => SESSION_COOKIES.some((session) => name.startsWith(session)))) redirect('/sign-in');
}

export default async function OverviewPage() {
  await sendStrangersToSignIn();
  return (
    <AppShell>
      <Overview />
    </AppShell>
  );
}
