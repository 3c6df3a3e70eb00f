'use client';

import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useAnnounce } from './announcer';
import { Button } from './button';

const SHOWN_MS = 2_000;

/** Puts `text` on the clipboard and says so. `what` completes its name: "Copy the command". */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const announce = useAnnounce();
  const [outcome, setOutcome] = useState<'none' | 'copied' | 'failed'>('none');

  useEffect(() => {
    if (outcome === 'none') return;
    const timer = setTimeout(() => setOutcome('none'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('copied');
      announce(`Copied ${what}.`);
    } catch {
      // Clipboards are only for secure origins; on a plain http address of the local network there is none.
      setOutcome('failed');
      announce('The browser does not allow copying here. Select the text instead.');
    }
  }

  const Icon = outcome === 'copied' ? Check : Copy;
  return (
    <Button onClick={copy} aria-label={`Copy ${what}`}>
      <Icon aria-hidden="true" className="size-4" />
      {outcome === 'copied' ? 'Copied' : outcome === 'failed' ? 'Select and copy' : 'Copy'}
    </Button>
  );
}
