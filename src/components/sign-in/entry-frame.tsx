import type { ReactNode } from 'react';
import { Wordmark } from '../shell/wordmark';

/** What stands around the pages for people who are not signed in. */
export function EntryFrame({ children }: { children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="w-full max-w-sm">
        <div className="mb-6">
          <Wordmark />
        </div>
        <div className="rounded-lg border border-line bg-panel p-6 shadow-panel">{children}</div>
      </div>
    </main>
  );
}
