'use client';

import { Button } from '@/components/ui/button';

/** Shown where a page itself fails; what exactly went wrong stays in the log. */
export default function ErrorPage({ reset }: { reset: () => void }) {
  return (
    <main className="mx-auto max-w-xl px-4 py-16">
      <h1 className="text-2xl font-semibold tracking-tight">This page failed</h1>
      <p className="mt-2 text-soft">
        Nothing was changed by that. Try again; if it stays, look at the log of the server.
      </p>
      <Button look="primary" className="mt-6" onClick={reset}>
        Try again
      </Button>
    </main>
  );
}
