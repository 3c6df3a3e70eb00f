'use client';

import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';

const AnnounceContext = createContext<(sentence: string) => void>(() => {});

/** Holds the page's one polite live region; whoever changes something says so through `useAnnounce`. */
export function Announcer({ children }: { children: ReactNode }) {
  const [{ sentence, turn }, setSaid] = useState({ sentence: '', turn: 0 });
  const announce = useCallback((next: string) => setSaid((said) => ({ sentence: next, turn: said.turn + 1 })), []);
  return (
    <AnnounceContext value={announce}>
      {children}
      <div role="status" className="sr-only">
        {/* A new element each time, so that the same words twice are said twice. */}
        <span key={turn}>{sentence}</span>
      </div>
    </AnnounceContext>
  );
}

/** Gives the function that says one sentence to screen readers, politely. */
export const useAnnounce = (): ((sentence: string) => void) => useContext(AnnounceContext);
