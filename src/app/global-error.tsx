'use client';

/** Shown where even the frame of the pages fails: plain, because nothing else can be relied on here. */
export default function GlobalError({ reset }: { reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <main>
          <h1>PIPELINE cannot show this page</h1>
          <p>Nothing was changed by that. Try again; if it stays, look at the log of the server.</p>
          <button type="button" onClick={reset}>
            Try again
          </button>
        </main>
      </body>
    </html>
  );
}
