import type { IncomingMessage } from 'node:http';

/** How slowly a request may arrive. */
export interface Pace {
  /** A request without a file is there whole within this time after its headers, ms. */
  readonly wholeWithinMs: number;
  /** A form with a file may take as long as it likes, while each window brings this much. */
  readonly windowMs: number;
  readonly bytesPerWindow: number;
}

/** 64 kB in 30 s is a bad telephone line; 512 MB over it take three days, and hold a socket and a few buffers so long. */
export const PACE: Pace = { wholeWithinMs: 50_000, windowMs: 30_000, bytesPerWindow: 64 * 1024 };

interface Watched {
  readonly request: IncomingMessage;
  readonly isForm: boolean;
  readonly onLate: () => void;
  since: number;
  bytesAt: number;
}

export interface PaceWatch {
  /** Begins to watch a request whose headers have arrived; `onLate` is called once, where it comes too slowly. */
  watch(request: IncomingMessage, onLate: () => void): void;
  /** Looks at all of them; to be called every few seconds. */
  look(): void;
}

/**
 * Finds requests that hold a socket open by sending next to nothing. Node's own limit is one time for a whole request,
 * short enough against such clients and too short for an honest upload over a slow line.
 */
export function createPaceWatch(pace: Pace = PACE, now: () => number = () => performance.now()): PaceWatch {
  const watched = new Map<IncomingMessage, Watched>();
  return {
    watch(request, onLate) {
      const isForm = /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');
      watched.set(request, { request, isForm, onLate, since: now(), bytesAt: request.socket.bytesRead });
      // an answer may be on its way before the body is: that one is watched further
      request.once('close', () => watched.delete(request));
    },
    look() {
      for (const each of watched.values()) {
        if (!each.request.complete && !isLate(each, pace, now())) continue;
        watched.delete(each.request);
        if (!each.request.complete) each.onLate();
      }
    },
  };
}

function isLate(each: Watched, pace: Pace, at: number): boolean {
  if (!each.isForm) return at - each.since > pace.wholeWithinMs;
  if (at - each.since <= pace.windowMs) return false;
  const { bytesRead } = each.request.socket;
  // what has arrived and waits for us is no fault of its sender
  const isLate = bytesRead - each.bytesAt < pace.bytesPerWindow && each.request.readableLength === 0;
  each.since = at;
  each.bytesAt = bytesRead;
  return isLate;
}
