import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@/lib/log';

/** Work that goes round until it is stopped. */
export interface Repeating {
  /** Makes the next round begin at once. */
  wake(): void;
  /** Ends after the round that is under way. */
  stop(): Promise<void>;
}

/** Longest pause after failures, ms. */
const LONGEST_PAUSE_MS = 10_000;

/**
 * Runs `work` again and again with pauses of `everyMs` in between, never twice at once. After a failure the pauses grow,
 * each of a length of its own, so that many workers do not come back to a database at the same moment.
 */
export function repeat(name: string, everyMs: number, work: () => Promise<unknown>, log: Logger): Repeating {
  let isStopped = false;
  let failures = 0;
  let nap = new AbortController();
  const pause = async () => {
    const grown = Math.min(LONGEST_PAUSE_MS, everyMs * 2 ** Math.min(failures, 6));
    const ms = failures === 0 ? everyMs : Math.max(everyMs, grown * (0.5 + Math.random() / 2));
    await sleep(ms, undefined, { signal: nap.signal }).catch(() => undefined);
    nap = new AbortController();
  };
  const rounds = (async () => {
    while (!isStopped) {
      try {
        await work();
        failures = 0;
      } catch (error) {
        failures += 1;
        if (!isStopped) log.warn({ error, round: name }, 'a round of the worker failed and is made again');
      }
      if (!isStopped) await pause();
    }
  })();
  return {
    wake: () => nap.abort(),
    stop: async () => {
      isStopped = true;
      nap.abort();
      await rounds;
    },
  };
}
