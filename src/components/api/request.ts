/** A refusal of the API in its own words, or the sentence for a server that did not answer. */
export class ApiError extends Error {
  /** HTTP status; 0 where nobody answered. */
  readonly status: number;
  /** What is wrong and what to do about it, to be shown as it is. */
  readonly details: string;

  constructor(status: number, details: string) {
    super(`${status}: ${details}`);
    this.name = 'ApiError';
    this.status = status;
    this.details = details;
  }

  /** True where the same request may succeed a little later. */
  get mayPass(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const UNREACHABLE =
  'The server cannot be reached. Check that it is running and that you are connected, then try again.';
const UNREADABLE =
  'The server sent an answer that is not understood here. Reload the page; if it stays, look at the log.';

interface Call {
  method?: string;
  body?: unknown;
  signal?: AbortSignal;
  /** A name for this request, by which it has one effect however often it is sent. */
  key?: string;
}

/** Sends a request to our own API and gives the `data` of its answer; throws an `ApiError` for everything else. */
export async function callApi<T>(path: string, init: Call = {}): Promise<T> {
  const { method = 'GET', body, signal, key } = init;
  const response = await fetch(path, {
    method,
    credentials: 'same-origin',
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw unreachable();
  });
  return readAnswer<T>(response.status, await response.json().catch(() => null));
}

/** The `data` of an answer of the API that came with this status; throws the `ApiError` that it is otherwise. */
export function readAnswer<T>(status: number, answer: unknown): T {
  if (status < 200 || status >= 300) throw new ApiError(status, detailsOf(answer) ?? UNREADABLE);
  return dataOf<T>(answer);
}

/** What is thrown where nobody answered. */
export const unreachable = (): ApiError => new ApiError(0, UNREACHABLE);

function detailsOf(answer: unknown): string | null {
  if (typeof answer !== 'object' || answer === null || !('details' in answer)) return null;
  return typeof answer.details === 'string' ? answer.details : null;
}

function dataOf<T>(answer: unknown): T {
  if (typeof answer === 'object' && answer !== null && 'data' in answer) return answer.data as T;
  throw new ApiError(502, UNREADABLE);
}

/** The words to show for whatever was thrown. */
export const sentenceOf = (error: unknown): string => (error instanceof ApiError ? error.details : UNREADABLE);
