import { quoted, textProblem } from '@/http/json';
import { nearestName } from '@/http/nearest';
import { badInput } from '@/lib/errors';

/**
 * Reads the query of a URL as names and values. Stricter than `URLSearchParams`, which mends in silence: broken
 * percent-encoding, bytes that are not UTF-8, NUL, and a name given twice are refused with a sentence.
 */
export function parseQuery(url: string): Record<string, string> {
  const start = url.indexOf('?');
  const query = start < 0 ? '' : (url.slice(start + 1).split('#', 1)[0] ?? '');
  const values = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = decode(equals < 0 ? '' : pair.slice(equals + 1));
    if (values.has(name)) throw badInput(`The parameter ${quoted(name)} is given twice: send it once.`);
    values.set(name, value);
  }
  return Object.fromEntries(values);
}

/** Refuses names that are not among `known`, and says which known one is nearest. */
export function refuseUnknown(kind: 'parameter' | 'field', given: readonly string[], known: readonly string[]): void {
  for (const name of given) {
    if (known.includes(name)) continue;
    const nearest = nearestName(name, known);
    if (nearest) throw badInput(`There is no ${kind} ${quoted(name)}: did you mean "${nearest}"?`);
    const choice = known.length === 0 ? 'none is taken here' : `send only ${known.join(', ')}`;
    throw badInput(`There is no ${kind} ${quoted(name)}: ${choice}.`);
  }
}

function decode(text: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw badInput('The query holds broken percent-encoding: send UTF-8, each byte as % and two hexadecimal digits.');
  }
  const problem = textProblem(decoded);
  if (problem) throw badInput(`The query ${problem}`);
  return decoded;
}
