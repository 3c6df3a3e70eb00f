import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, refusalAnswer } from '@/http/answer';
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
