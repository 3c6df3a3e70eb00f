/** A terminal, npm and our launcher may each pass the same Ctrl-C on: what comes within this time is one signal. */
const ECHO_MS = 1000;

/**
 * Calls `onFirst` at the first SIGINT or SIGTERM and `onSecond` at a later one. Returns what takes the listeners off.
 */
export function listenForSignals(onFirst: (signal: NodeJS.Signals) => void, onSecond: () => void): () => void {
  let firstAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      onFirst(signal);
    } else if (now - firstAt > ECHO_MS) {
      onSecond();
    }
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, onSignal);
  return () => {
    for (const name of names) process.off(name, onSignal);
  };
}
