import type { RawAnswer } from '@tests/support/raw-http';
import type { FuzzRequest } from './requests';

const SLOWEST_MS = 5_000;

/** What must never be in a refusal: the insides of the program, the database or the machine. */
const LEAKS: readonly RegExp[] = [
  /\bat .+:\d+:\d+/,
  /node_modules|node:internal|\.tsx?\b|\/src\/|\/home\/|\/work\/|\/var\/|file:\/\//,
  /\b(select|insert into|update|delete from|where|join)\b.+\b(from|set|values|user_id|auth)\b/i,
  /\b(relation|column|constraint|syntax error|violates|duplicate key|out of range for type|invalid input syntax)\b/i,
  /\b(lora_|pg_|auth\.|pgboss|postgres)/i,
  /\b(TypeError|ReferenceError|RangeError|SyntaxError|ZodError|DatabaseError|PipelineError|ECONN\w+)\b/,
];

/**
 * Everything that is wrong with an answer, as sentences; empty for an answer as it should be. `isRefusal` says whether
 * the JSON content of a refusal has its form.
 */
export function faultsOf(request: FuzzRequest, answer: RawAnswer, isRefusal = isOurRefusal): string[] {
  const faults: string[] = [];
  const { status, body, headers, ms } = answer;
  if (ms > SLOWEST_MS) faults.push(`took ${Math.round(ms)} ms`);
  if (status >= 500) faults.push(`status ${status}`);
  if (isCutOff(request, answer)) return faults;
  if (status === 0) faults.push('the connection ended without an answer');
  if (headers.get('access-control-allow-origin') !== null) faults.push('allows another site to read');
  if (status !== 204 && headers.get('x-content-type-options') !== 'nosniff') faults.push('may be sniffed');
  if (!isPublic(request) && !headers.get('cache-control')?.includes('private'))
    faults.push('may stay in a shared cache');
  if (status < 400) return faults;
  if (request.method !== 'HEAD' && !isRefusal(parsed(body)))
    faults.push(`a refusal in another shape: ${body.slice(0, 200)}`);
  if (request.method === 'HEAD' && request.lie === 'none' && body !== '') faults.push('HEAD with a body');
  for (const leak of LEAKS) if (leak.test(body)) faults.push(`the refusal shows ${leak}: ${body.slice(0, 300)}`);
  if (body.length > 1_000) faults.push(`a refusal of ${body.length} characters`);
  return faults;
}

/** The keys with which anybody may check a token are the one thing that is for everybody. */
const isPublic = ({ path }: FuzzRequest): boolean => path.endsWith('/jwks.json');

/** Where the framing is a lie, the connection may end without an answer. */
export const isCutOff = ({ lie }: FuzzRequest, { status }: RawAnswer): boolean => lie !== 'none' && status === 0;

function parsed(body: string): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(body);
    return typeof content === 'object' && content !== null ? { ...content } : {};
  } catch {
    return {};
  }
}

/** `{ error, details }` and nothing else. */
export function isOurRefusal({ error, details, ...more }: Record<string, unknown>): boolean {
  return typeof error === 'string' && typeof details === 'string' && details !== '' && Object.keys(more).length === 0;
}

/** The form in which Supabase Auth refuses, as its clients know it: the newer or the older one. */
export function isAuthRefusal({ code, message, error_code, msg }: Record<string, unknown>): boolean {
  if (typeof code === 'number') return typeof error_code === 'string' && typeof msg === 'string' && msg !== '';
  return (code === undefined || typeof code === 'string') && typeof message === 'string' && message !== '';
}
