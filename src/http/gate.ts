import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Answer, baseHeaders, refusalAnswer } from '@/http/answer';
import { badInput, PipelineError } from '@/lib/errors';

const METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Refuses, before Next sees it, what Next would answer in a shape that is not ours or as a failure of the server:
 * methods that no Web request can have, and addresses that cannot be decoded. Null for everything else.
 */
export function refuseEarly({ method = '', url = '' }: IncomingMessage): Answer | null {
  if (!METHODS.includes(method)) {
    const allow = METHODS.join(', ');
    const answer = refusalAnswer(
      new PipelineError('method_not_allowed', `There is no such method here: use ${allow}.`),
    );
    answer.headers.set('Allow', allow);
    return answer;
  }
  const problem = problemOf(url);
  return problem === null ? null : refusalAnswer(badInput(problem));
}

/**
 * For a server's `clientError`: says in our shape what was wrong with bytes that Node could not read as a request, and
 * ends the connection. 431 for headers that are too long, 408 for a request that took too long to arrive, else 400.
 */
export function answerClientError({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || code === 'ECONNRESET') return void socket.destroy();
  const { status, error, details } = unreadable(code);
  const body = JSON.stringify({ error, details });
  const headers = baseHeaders('no-store');
  headers.set('Content-Type', 'application/json; charset=utf-8');
  headers.set('Content-Length', String(Buffer.byteLength(body)));
  headers.set('Connection', 'close');
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

function unreadable(code: string | undefined): { status: number; error: string; details: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        error: 'Headers too large',
        details: 'Address and headers are too long: send at most 16 kB of them.',
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        error: 'Request timeout',
        details: 'The request did not arrive in time: send it without pauses.',
      };
    default:
      return {
        status: 400,
        error: 'Bad request',
        details: 'These bytes are no HTTP request: check its first line, headers and length.',
      };
  }
}

/** Sends an answer over plain node:http; the connection closes after it, since a body may still be on its way. */
export function writeAnswer(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, [...[...headers].flat(), 'Connection', 'close']);
  response.end(body ?? undefined);
}

function problemOf(url: string): string | null {
  if (!url.startsWith('/')) return 'The address of a request here starts with "/": send only path and query.';
  const path = url.split('?', 1)[0] ?? '';
  try {
    if (/[\0\\]/.test(decodeURIComponent(path)))
      return 'The address holds a NUL character or a backslash: leave it out.';
  } catch {
    return 'The address holds broken percent-encoding: send UTF-8, each byte as % and two hexadecimal digits.';
  }
  return null;
}
