/** What became of a request: a status, `refused` before it was sent, or `cut` without an answer. */
export interface Outcome {
  readonly status: number | 'refused' | 'cut';
  readonly retryAfter: string | null;
  readonly startedMs: number;
  readonly ms: number;
}

const causeOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined;
  return cause?.code ?? String(error);
};

/** Sends a request to its end, whatever that is; never throws. */
export async function send(url: string, init: RequestInit = {}): Promise<Outcome> {
  const startedMs = performance.now();
  const outcome = (status: Outcome['status'], retryAfter: string | null = null): Outcome => ({
    status,
    retryAfter,
    startedMs,
    ms: performance.now() - startedMs,
  });
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(15_000), ...init });
    await response.arrayBuffer();
    return outcome(response.status, response.headers.get('retry-after'));
  } catch (error) {
    return outcome(causeOf(error) === 'ECONNREFUSED' ? 'refused' : 'cut');
  }
}

/** How many of each kind, for a line of a report. */
export function tally(outcomes: readonly Outcome[]): string {
  const groups = Map.groupBy(outcomes, ({ status }) => status);
  return [...groups].map(([status, of]) => `${status}: ${of.length}`).join(', ');
}
