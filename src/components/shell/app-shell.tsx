import type { ReactNode } from 'react';
import { QueryProvider } from '../api/query-provider';
import { Announcer } from '../ui/announcer';
import { AppHeader } from './app-header';

/** What stands around every screen of somebody who is signed in. */
export function AppShell({ children }: { children: ReactNode }) {
  return (
    <QueryProvider>
      <Announcer>
        <a
          href="#main"
          className="sr-only z-50 rounded-md bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
        >
          Skip to the content
        </a>
        <AppHeader />
        <main id="main" tabIndex={-1} className="mx-auto max-w-7xl px-4 py-5 outline-none sm:px-6 sm:py-7">
          {children}
        </main>
      </Announcer>
    </QueryProvider>
  );
}
